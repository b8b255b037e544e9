//! `/operator/rate-card`: what operations cost, and the meters that they take from.

use super::rate_card_dialogs::{meter_dialog, operation_dialog};
use crate::{
    guard::{Refusal, WhoOperates, console_page},
    navigation::RATE_CARD,
    server_fns::catalogue::operator_rate_card,
    ui::format,
};
use domain::{
    console::{MeterRow, OperationRow, RateCard},
    input::Code,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

/// What is being edited; without a code it is new.
#[derive(Clone, PartialEq)]
enum Edit {
    Operation(Option<Code>),
    Meter(Option<Code>),
}

impl Edit {
    fn of(query: &ParamsMap) -> Option<Self> {
        let code = |name| query.get_str(name).map(|code| code.parse::<Code>().ok());
        match query.get_str("new") {
            Some("operation") => return Some(Self::Operation(None)),
            Some("meter") => return Some(Self::Meter(None)),
            _ => {}
        }
        let operation = code("operation").flatten().map(|code| Self::Operation(Some(code)));
        operation.or_else(|| code("meter").flatten().map(|code| Self::Meter(Some(code))))
    }
}

/// What operations cost, and the meters that they take from.
#[component]
pub(crate) fn RateCardPage() -> impl IntoView {
    let who = WhoOperates::here();
    let query = use_query_map();
    let edit = Memo::new(move |_| query.with(Edit::of));
    // Loaded again when a dialog opens or closes: something may have been saved.
    let card = Resource::new_blocking(move || edit.get(), |_| operator_rate_card());
    let content = move || {
        let edit = edit.get();
        Suspend::new(async move {
            let content = async {
                who.anyone().await?;
                Ok::<_, Refusal>(content(&card.await?, edit))
            };
            console_page(content.await)
        })
    };
    view! {
        <Title text="Rate card" />
        <Transition fallback=|| view! { <p class="loading">"Loading the rate card…"</p> }>
            {content}
        </Transition>
    }
}

fn content(card: &RateCard, edit: Option<Edit>) -> AnyView {
    let operations = card
        .operations
        .iter()
        .map(|operation| operation_row(operation, &card.meters))
        .collect_view();
    let meters = card.meters.iter().map(meter_row).collect_view();
    view! {
        <div class="page-head">
            <div>
                <h1>"Rate card"</h1>
                <p class="page-sub">"What one unit of each operation takes. The next request is charged by it."</p>
            </div>
        </div>
        <section class="section">
            {head("Operations", "operation", "New operation")}
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Operation"</th>
                            <th scope="col">"One unit takes"</th>
                            <th scope="col" class="actions"><span class="hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{operations}</tbody>
                </table>
            </div>
        </section>
        <section class="section">
            {head("Meters", "meter", "New meter")}
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Meter"</th>
                            <th scope="col">"Unit"</th>
                            <th scope="col">"Counts"</th>
                            <th scope="col" class="number">"Decimal places"</th>
                            <th scope="col" class="actions"><span class="hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{meters}</tbody>
                </table>
            </div>
        </section>
        {edit.and_then(|edit| dialog(card, &edit))}
    }
    .into_any()
}

fn head(title: &'static str, what: &'static str, new: &'static str) -> impl IntoView {
    view! {
        <div class="page-head">
            <h2>{title}</h2>
            <a class="button" id=format!("new-{what}") href=format!("{RATE_CARD}?new={what}") data-noscroll>
                {new}
            </a>
        </div>
    }
}

fn operation_row(operation: &OperationRow, meters: &[MeterRow]) -> impl IntoView + use<> {
    let price = |(meter, amount): &(Code, i64)| {
        let known = meters.iter().find(|known| known.code == *meter);
        let name = known.map_or_else(|| meter.to_string(), |known| known.name.clone());
        format!("{} {}", format::grouped(*amount), name)
    };
    let prices: Vec<String> = operation.prices.iter().map(price).collect();
    let free = prices.is_empty();
    let prices = if free { "Nothing: never blocked".to_owned() } else { prices.join(" + ") };
    view! {
        <tr>
            {named(&operation.name, &operation.code)}
            <td data-label="One unit takes"><span class:quiet=free>{prices}</span></td>
            <td class="actions">{edit_link("operation", &operation.name, &operation.code)}</td>
        </tr>
    }
}

fn meter_row(meter: &MeterRow) -> impl IntoView + use<> {
    let counts = match meter.kind {
        domain::catalogue::MeterKind::Counter => "Anew each period",
        domain::catalogue::MeterKind::Gauge => "What there is",
    };
    view! {
        <tr>
            {named(&meter.name, &meter.code)}
            <td data-label="Unit">{meter.unit.clone()}</td>
            <td data-label="Counts">{counts}</td>
            <td class="number" data-label="Decimal places">{meter.scale}</td>
            <td class="actions">{edit_link("meter", &meter.name, &meter.code)}</td>
        </tr>
    }
}

fn named(name: &str, code: &Code) -> impl IntoView + use<> {
    view! {
        <th scope="row" class="person">
            <span class="person-name">{name.to_owned()}</span>
            <span class="sub">{code.to_string()}</span>
        </th>
    }
}

fn edit_link(what: &str, name: &str, code: &Code) -> impl IntoView + use<> {
    view! {
        <a
            class="button button-small"
            id=format!("edit-{what}-{code}")
            href=format!("{RATE_CARD}?{what}={code}")
            aria-label=format!("Edit {name}")
            data-noscroll
        >
            "Edit"
        </a>
    }
}

/// The dialog that the address asks for, if there is such a thing.
fn dialog(card: &RateCard, edit: &Edit) -> Option<AnyView> {
    match edit {
        Edit::Operation(None) => Some(operation_dialog(None, &card.meters)),
        Edit::Meter(None) => Some(meter_dialog(None)),
        Edit::Operation(Some(code)) => {
            let operation = card.operations.iter().find(|operation| operation.code == *code)?;
            Some(operation_dialog(Some(operation), &card.meters))
        }
        Edit::Meter(Some(code)) => {
            Some(meter_dialog(Some(card.meters.iter().find(|meter| meter.code == *code)?)))
        }
    }
}
