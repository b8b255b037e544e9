//! Credits: what is left until when, and what was used on each day of the month.

use crate::{
    charts::{Chart, Limit, Series, Shape},
    pages::plan::usage,
    ui::{Card, format},
};
use domain::{answer::LimitScope, catalogue::MeterKind, units::Unit};
use leptos::prelude::*;
use service::{CreditsUse, Pace, UsageTogether};

/// What is left and what was used lately, and the month day by day.
pub(super) fn section(of: &UsageTogether, currency: &str) -> impl IntoView + use<> {
    let offer = of.plan.as_ref().and_then(|plan| Some((&plan.report, plan.report.current()?)));
    let left = offer.map(|(report, plan)| {
        let credits = usage::credits(report, plan);
        view! { <Card title="Monthly credits">{credits}</Card> }
    });
    let (used, chart) = (used(of), chart(&of.credits, currency));
    view! {
        <section class="section">
            <h2>"Credits"</h2>
            <div class="cards">{left} <Card title="Used">{used}</Card></div>
            <section class="card" aria-label="This month by day">
                {chart.view()}
                {of.credits.pace.map(pace)}
            </section>
        </section>
    }
}

fn used(of: &UsageTogether) -> impl IntoView + use<> {
    let CreditsUse { today, week, month, .. } = of.credits;
    view! {
        <p class="figure">
            {format::grouped(today)} " " <span class="unit">"credits today"</span>
        </p>
        <dl class="pairs pairs-numbers">
            <dt>"This week"</dt>
            <dd>{format::grouped(week)}</dd>
            <dt>"This month"</dt>
            <dd>{format::grouped(month)}</dd>
        </dl>
        <p class="card-text">
            {format!("The month resets {}.", format::moment(&of.billing_period.resets))}
        </p>
    }
}

fn chart(used: &CreditsUse, currency: &str) -> Chart {
    let credits = Series { name: "Credits".to_owned(), amounts: used.amounts.clone() };
    Chart {
        id: "credits".to_owned(),
        title: "Used on each day of this month".to_owned(),
        shape: Shape::Bars,
        kind: MeterKind::Counter,
        days: used.days.clone(),
        series: vec![credits],
        unit: Unit { unit: "credits".to_owned(), scale: 0 },
        currency: currency.to_owned(),
        limit: used.pace.map(|pace| Limit { label: "Even pace".to_owned(), amount: pace.a_day }),
    }
}

fn pace(pace: Pace) -> impl IntoView {
    let whose = match pace.scope {
        LimitScope::Plan => "The monthly credits of the plan",
        _ => "The enterprise limit",
    };
    let (limit, a_day) = (format::grouped(pace.limit), format::counted(pace.a_day, "credit"));
    view! {
        <p class="sub">
            {format!("{whose}, {limit}, would last until the reset at an even pace of {a_day} a day.")}
        </p>
    }
}
