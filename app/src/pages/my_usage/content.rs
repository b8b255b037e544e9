//! What is left, limit by limit; what was done; what was denied.

use super::operations::operations;
use crate::{
    pages::raises::list,
    server_fns::raises::WithdrawRaise,
    ui::{Bar, Card, Notice, ask_for_more, chain, format, refusal_card, served_error},
};
use domain::{
    budgets::BudgetMeter,
    period::PeriodKind,
    raises::OwnLimit,
    views::{LimitRow, MeterStanding, MyUsage, RefusalGroup},
};
use leptos::prelude::*;

/// The whole page; `query` is that of its address.
pub(crate) fn content(usage: &MyUsage, query: &str) -> impl IntoView + use<> {
    let failed = served_error::<WithdrawRaise>(query).any();
    let failed = failed.map(|error| view! { <Notice><p>{error.message}</p></Notice> });
    let cards = usage.meters.iter().filter_map(card).collect_view();
    let limits = usage.meters.iter().enumerate().map(|(place, meter)| limits(meter, place == 0));
    let limits = limits.collect_view();
    view! {
        <h1>"My Usage"</h1>
        {failed}
        <div class="cards">{cards}</div>
        {list::own(&usage.requests)}
        <section class="section">
            <h2>"Why this much"</h2>
            <p class="section-text">
                "Every limit below must have room. The one that leaves the least says what you can still \
                 use."
            </p>
            <div class="disclosures">{limits}</div>
        </section>
        {operations(&usage.operations)}
        {refusals(&usage.refusals)}
    }
}

/// Credits, and the meters with personal budgets, have a card each.
fn card(standing: &MeterStanding) -> Option<impl IntoView + use<>> {
    let budget =
        BudgetMeter::ALL.into_iter().find(|meter| meter.as_str() == standing.meter.as_str());
    let title = match budget {
        Some(meter) => meter.name(),
        None if standing.meter.is_credits() => "Credits",
        None => return None,
    };
    let figure = match &standing.left {
        Some(left) => view! {
            {left.clone()}
            " "
            <span class="unit">{format!("{} left", standing.unit)}</span>
        }
        .into_any(),
        None => view! { "Unlimited" }.into_any(),
    };
    let bar = standing.binding().map(|row| bar(title, row));
    let text = [own(standing, budget), limited(standing)].join(" ");
    let ask = asked(standing, budget).map(|limit| (limit, title));
    Some(view! {
        <Card title>
            <p class="figure">{figure}</p>
            {bar}
            <p class="card-text">{text}</p>
            {ask.map(|(limit, what)| ask_for_more(&limit, what))}
        </Card>
    })
}

fn bar(title: &str, row: &LimitRow) -> Option<impl IntoView + use<>> {
    let limit = row.limit.as_ref()?;
    let label = format!("{title}: used of the limit that binds");
    let (used, total, set_aside) = (limit.taken, limit.limit, limit.set_aside);
    Some(view! { <Bar label used total set_aside amount=row.used.clone() /> })
}

/// Whether there is a limit of their own.
fn own(standing: &MeterStanding, budget: Option<BudgetMeter>) -> String {
    let counts = |row: &&LimitRow| budget.is_none() || row.period == PeriodKind::Monthly;
    let own = standing.own().find(counts);
    let limit = own.and_then(|row| Some((row.limit.as_ref()?, row)));
    match (limit, budget) {
        (Some((limit, row)), Some(_)) => {
            format!("Your personal budget is {} {}.", limit.text, row.period.per())
        }
        (Some((limit, row)), None) => {
            format!("Your own limit is {} {}.", limit.text, row.period.per())
        }
        (None, Some(_)) => {
            "You have no personal budget and share the organization’s pool.".to_owned()
        }
        (None, None) => {
            "You have no limit of your own and share the organization’s pool.".to_owned()
        }
    }
}

/// What the card offers to ask for: the limit that it tells of, and of credits one in any case.
fn asked(standing: &MeterStanding, budget: Option<BudgetMeter>) -> Option<OwnLimit> {
    if budget.is_none() {
        return Some(OwnLimit::Credits);
    }
    let monthly = |row: &&LimitRow| row.period == PeriodKind::Monthly;
    standing.own().find(monthly).and_then(|row| row.ask.clone())
}

/// Which limit says what is left, and until when.
fn limited(standing: &MeterStanding) -> String {
    let Some(row) = standing.binding() else { return String::new() };
    let packs = row.from_packs.as_ref();
    let packs = packs.map(|packs| format!(" Extra credits make up {packs} of these."));
    let resets = row.resets.as_ref().map(|resets| format!(", resets {}", format::moment(resets)));
    format!(
        "Limited by {}{}.{}",
        format::binds_you(row.scope),
        resets.unwrap_or_default(),
        packs.unwrap_or_default(),
    )
}

/// One meter with all its limits, which open.
fn limits(standing: &MeterStanding, open: bool) -> impl IntoView + use<> {
    let left = match (&standing.left, standing.binding()) {
        (Some(left), Some(row)) => {
            format!("{left} left, limited by {}", format::binds_you(row.scope))
        }
        _ => "Unlimited".to_owned(),
    };
    view! {
        <details class="disclosure" id=format!("limits-{}", standing.meter) open=open>
            <summary>
                <span class="disclosure-name">{standing.name.clone()}</span>
                <span class="sub">{left}</span>
            </summary>
            {chain(&standing.chain)}
        </details>
    }
}

fn refusals(groups: &[RefusalGroup]) -> impl IntoView + use<> {
    let list = if groups.is_empty() {
        view! { <p class="empty">"Nothing of yours was refused in the last 30 days."</p> }
            .into_any()
    } else {
        let cards = groups.iter().map(refusal_card).collect_view();
        view! { <div class="disclosures">{cards}</div> }.into_any()
    };
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Refused"</h2>
                <span class="sub">"In the last 30 days, and which limit said no"</span>
            </div>
            {list}
        </section>
    }
}
