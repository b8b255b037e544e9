//! What was spent today, this month and this year, each against what is available.

use crate::ui::{Bar, Card, format};
use domain::{
    answer::LimitScope,
    period::PeriodKind,
    views::{BindingLimit, QuotasPage, SpendCard},
};
use leptos::prelude::*;

/// One card for each period.
pub(super) fn cards(data: &QuotasPage) -> impl IntoView + use<> {
    let cards = data.cards.iter().map(|card| {
        let content = content(card);
        view! { <Card title=title(card.period)>{content}</Card> }
    });
    view! { <div class="cards">{cards.collect_view()}</div> }
}

fn title(period: PeriodKind) -> &'static str {
    match period {
        PeriodKind::Daily => "Today",
        PeriodKind::Monthly => "This month",
        _ => "This year",
    }
}

fn content(card: &SpendCard) -> impl IntoView + use<> {
    let left = match &card.available {
        Some(available) => format!("{available} left"),
        // A shorter limit starts anew before this period ends, so it does not bind here.
        None => format!("No {} limit", card.period.as_str()),
    };
    let held = card.held.as_ref().map(|held| format!(" · {held} held for work under way"));
    view! {
        <p class="figure">{card.used.clone()} " " <span class="unit">"used"</span></p>
        <p>{left} <span class="sub">{held}</span></p>
        {card.bound_by.as_ref().map(|limit| bound_by(card.period, limit))}
        <p class="card-text">{format!("Resets {}", format::moment(&card.resets))}</p>
    }
}

/// How close it is to the limit that binds, and whose limit that is.
fn bound_by(period: PeriodKind, limit: &BindingLimit) -> impl IntoView + use<> {
    let whose = match limit.scope {
        LimitScope::Plan => "the plan’s",
        LimitScope::Organization => "the organization’s",
        LimitScope::Subtenant => "the subtenant’s",
        LimitScope::Member => "the member’s",
    };
    let of = format!("of {whose} {} {}", limit.limit, limit.period.per());
    view! {
        <Bar
            label=format!("{}: used {of}", title(period))
            used=limit.taken_amount
            total=limit.limit_amount
            amount=limit.taken.clone()
        />
        <p class="sub">{format!("{} {of}", limit.taken)}</p>
    }
}
