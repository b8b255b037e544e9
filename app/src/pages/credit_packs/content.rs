//! The page *Credit packs*: all packs, or the ledger behind one of them.

use super::{ledger, table};
use crate::{
    navigation::credit_packs_address,
    ui::{Bar, Card, Figure, Html, format},
    usage_address::field,
};
use domain::{
    ids::PackId,
    packs::PackState,
    views::{CreditPacks, PackRow},
};
use leptos::prelude::*;
use uuid::Uuid;

/// What the address asks for.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    /// Whether packs are left out that can't pay.
    pub(super) open_only: bool,
    /// The pack whose ledger is shown.
    pub(crate) pack: Option<PackId>,
    /// Before which number of the ledger the page of it begins.
    pub(crate) before: Option<i64>,
}

impl Shown {
    /// Reads the query of an address; what is unknown is left out.
    pub(crate) fn read(query: &str) -> Self {
        let pack = field(query, "pack").and_then(|id| id.parse::<Uuid>().ok());
        Self {
            open_only: field(query, "show").as_deref() == Some("open"),
            pack: pack.map(PackId),
            before: field(query, "before").and_then(|seq| seq.parse().ok()),
        }
    }
}

/// The whole page.
pub(crate) fn page(data: &CreditPacks, shown: Shown) -> Html {
    let content = match &data.opened {
        Some(opened) => ledger::section(opened, shown).into_any(),
        None => view! {
            {cards(data)}
            <section class="section">
                <div class="section-head">
                    <h2>"Packs"</h2>
                    {filter(data, shown.open_only)}
                </div>
                {packs(data, shown)}
            </section>
        }
        .into_any(),
    };
    Html::of(view! {
        <div>
            <h1>"Credit packs"</h1>
            <p class="page-sub">"Extra credits, bought once"</p>
        </div>
        {content}
    })
}

/// What is left, and which pack is the next to lose some of it.
fn cards(data: &CreditPacks) -> impl IntoView + use<> {
    let open = data.packs.iter().filter(|row| is_open(row)).count();
    let (left, held, pay) = (data.left, data.held, format::packs_pay(data.packs_extend));
    let next = data.packs.first().filter(|row| is_open(row)).map(|row| {
        let next = next_to_pay(row);
        view! { <Card title="Next to pay">{next}</Card> }
    });
    view! {
        <div class="cards">
            <Card title="Extra credits">
                <Figure value=left unit="credits left" />
                <dl class="pairs pairs-numbers">
                    <dt>"Packs with credits"</dt>
                    <dd>{open}</dd>
                    <dt>"Held for work under way"</dt>
                    <dd>{format::grouped(held)}</dd>
                </dl>
                <p class="card-text">{pay}</p>
            </Card>
            {next}
        </div>
    }
}

fn next_to_pay(row: &PackRow) -> impl IntoView + use<> {
    let pack = &row.pack;
    view! {
        <Figure value=pack.left unit="credits left" />
        <Bar label="Next pack used" used={pack.credits - pack.left} total=pack.credits />
        <dl class="pairs pairs-numbers">
            <dt>"Bought"</dt>
            <dd>{row.bought.text.clone()}</dd>
        </dl>
        <p class="card-text">
            {row
                .ends
                .as_ref()
                .map_or_else(
                    || "It never ends.".to_owned(),
                    |end| format!("What is left is lost {}.", format::moment(end)),
                )}
        </p>
    }
}

fn is_open(row: &PackRow) -> bool {
    row.pack.state == PackState::Open
}

/// Which packs are shown, with the number of each kind.
fn filter(data: &CreditPacks, open_only: bool) -> impl IntoView + use<> {
    let open = data.packs.iter().filter(|row| is_open(row)).count();
    let link = |label: &'static str, number: usize, only: bool| {
        view! {
            <a
                class="tab"
                href=credit_packs_address(only, "")
                aria-current=(only == open_only).then_some("true")
                data-noscroll
            >
                {label}
                <span class="sub">{number}</span>
            </a>
        }
    };
    view! {
        <nav class="tabs" aria-label="Which packs">
            {link("All", data.packs.len(), false)}
            {link("Open", open, true)}
        </nav>
    }
}

fn packs(data: &CreditPacks, shown: Shown) -> AnyView {
    let rows: Vec<&PackRow> =
        data.packs.iter().filter(|row| !shown.open_only || is_open(row)).collect();
    match (rows.is_empty(), data.packs.is_empty()) {
        (false, _) => table::table(&rows, shown.open_only).into_any(),
        (true, true) => view! {
            <p class="empty">
                "No packs yet. The operator of this installation grants them: ask there when the \
                 monthly credits are not enough."
            </p>
        }
        .into_any(),
        (true, false) => view! {
            <p class="empty">
                "No pack has credits left. "
                <a href=credit_packs_address(false, "")>"Show all packs"</a>
            </p>
        }
        .into_any(),
    }
}
