//! `/enterprise/credit-packs`: what was bought on top of the plan, what is left of it, and what paid
//! for what.

mod ledger;
mod table;

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    navigation::credit_packs_address,
    server_fns::packs::credit_packs,
    ui::{Bar, Card, Figure, format},
};
use domain::{
    access::Action,
    ids::PackId,
    packs::PackState,
    views::{CreditPacks, Identity, PackRow},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// What the URL asks for.
#[derive(Clone, Copy, PartialEq)]
struct Shown {
    /// Whether packs are left out that can't pay.
    open_only: bool,
    /// The pack whose ledger is shown.
    pack: Option<PackId>,
    /// Before which number of the ledger the page of it begins.
    before: Option<i64>,
}

/// What was bought on top of the plan.
#[component]
pub(crate) fn CreditPacksPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let shown = Memo::new(move |_| {
        query.with(|query| Shown {
            open_only: query.get_str("show") == Some("open"),
            pack: query.get_str("pack").and_then(|id| id.parse::<Uuid>().ok()).map(PackId),
            before: query.get_str("before").and_then(|seq| seq.parse().ok()),
        })
    });
    let data = Resource::new_blocking(
        move || shown.get(),
        |Shown { pack, before, .. }| credit_packs(pack, before),
    );
    refetch_when_changed(data);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let identity = who.allowed_to(Action::ViewCredits).await?;
                let data = data.await?;
                Ok::<_, Refusal>(content(&identity, &data, shown.get_untracked()))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Credit packs" />
        <Transition fallback=|| view! { <p class="loading">"Loading credit packs…"</p> }>
            {content}
        </Transition>
    }
}

fn content(identity: &Identity, data: &CreditPacks, shown: Shown) -> AnyView {
    let opened = data.opened.as_ref().map(|opened| ledger::dialog(opened, shown));
    view! {
        <div class="page-head">
            <div>
                <h1>"Credit packs"</h1>
                <p class="page-sub">
                    {format!("{} · extra credits, bought once", identity.organization)}
                </p>
            </div>
        </div>
        {cards(data)}
        <section class="section">
            <div class="section-head">
                <h2>"Packs"</h2>
                {filter(data, shown.open_only)}
            </div>
            {packs(data, shown)}
        </section>
        {opened}
    }
    .into_any()
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
