//! The top of the page: the periods, and what is left of plan, packs and enterprise limit.

use crate::ui::{Bar, Card, Figure, fact, format};
use domain::views::QuotaManagement;
use leptos::prelude::*;

/// Periods, reset and seats, in one line.
pub(super) fn facts(data: &QuotaManagement) -> impl IntoView + use<> {
    let (seats, seats_note) = format::seats(data.seats_used, data.seats);
    let resets = &data.usage_window.resets;
    view! {
        <dl class="facts">
            {fact("Billing period", data.billing_period.days.clone(), data.billing_period.zone.clone())}
            {fact("Usage window", data.usage_window.days.clone(), data.usage_window.zone.clone())}
            {fact("Usage resets", resets.text.clone(), format!("in {}", resets.from_now))}
            {fact("Seats", seats, seats_note)}
        </dl>
    }
}

/// What is left of the plan, of the packs, and of the enterprise limit.
pub(super) fn cards(data: &QuotaManagement) -> impl IntoView + use<> {
    let (plan, extra, enterprise) = (plan(data), extra(data), enterprise(data));
    view! {
        <div class="cards">
            <Card title="Monthly plan credits">{plan}</Card>
            <Card title="Extra credits">{extra}</Card>
            <Card title="Enterprise limit">{enterprise}</Card>
        </div>
    }
}

fn plan(data: &QuotaManagement) -> impl IntoView + use<> {
    let at_the_end = if data.extra_credits > 0 {
        "When they are used up, extra credits pay."
    } else {
        "When they are used up, requests are refused until the refill."
    };
    view! {
        <Figure value=data.plan_credits_left unit="credits left" />
        <Bar label="Monthly plan credits used" used=data.plan_credits_used total=data.plan_credits />
        <dl class="pairs pairs-numbers">
            <dt>"Used"</dt>
            <dd>{format::grouped(data.plan_credits_used)}</dd>
            <dt>"Total"</dt>
            <dd>{format::grouped(data.plan_credits)}</dd>
        </dl>
        <p class="card-text">
            {format!("Refills {}. {at_the_end}", format::moment(&data.billing_period.resets))}
        </p>
    }
}

fn extra(data: &QuotaManagement) -> impl IntoView + use<> {
    view! {
        <Figure value=data.extra_credits unit="credits left" />
        <dl class="pairs pairs-numbers">
            <dt>"Packs with credits"</dt>
            <dd>{format::grouped(data.packs)}</dd>
        </dl>
        <p class="card-text">{format::packs_pay(data.settings.packs_extend)}</p>
    }
}

fn enterprise(data: &QuotaManagement) -> AnyView {
    let Some(report) = &data.enterprise else {
        return view! {
            <p class="figure figure-none">"No limit set"</p>
            <dl class="pairs pairs-numbers">
                <dt>"Used in this window"</dt>
                <dd>{format::grouped(data.used)}</dd>
            </dl>
            <p class="card-text">"Only what the plan and the packs hold limits usage."</p>
        }
        .into_any();
    };
    let limit = report.limit.unwrap_or(0);
    let held = (report.reserved > 0).then(|| {
        view! {
            <dt>"Held for work under way"</dt>
            <dd>{format::grouped(report.reserved)}</dd>
        }
    });
    let packs_extend = data.settings.packs_extend && data.extra_credits > 0;
    let at_the_end = if packs_extend {
        "When it is reached, extra credits pay."
    } else {
        "When it is reached, requests are refused until the reset."
    };
    let on_top = packs_extend.then(|| {
        view! {
            <dt>"Extra credits on top"</dt>
            <dd>{format::grouped(data.extra_credits)}</dd>
        }
    });
    view! {
        <Figure value=report.remaining.unwrap_or(0) unit="credits left to share" />
        <Bar
            label="Enterprise limit used"
            used=report.used.saturating_add(report.reserved)
            total=limit
            set_aside=report.set_aside
        />
        <dl class="pairs pairs-numbers">
            <dt>"Used"</dt>
            <dd>{format::grouped(report.used)}</dd>
            {held}
            <dt>"Set aside for custom limits"</dt>
            <dd>{format::grouped(report.set_aside)}</dd>
            <dt>"Limit"</dt>
            <dd>{format::grouped(limit)}</dd>
            {on_top}
        </dl>
        <p class="card-text">{at_the_end}</p>
    }
    .into_any()
}
