//! What the page shows, from top to bottom.

use super::{credits, lasting, own};
use crate::{
    charts::{Chart, Series, sparkline},
    pages::{
        plan::{
            facts,
            usage::{group, groups},
        },
        usage_history::content::behind,
    },
    usage_address::{HISTORY, at},
};
use domain::{catalogue::MeterKind, history::HistoryInput, plan_report::MeterUse, views::PlanView};
use leptos::prelude::*;
use service::{Course, UsagePage, UsageTogether};

/// The meters whose history is drawn on the page; the page *Usage history* has all of them.
const DRAWN: [&str; 4] = ["emails", "ai_tokens", "contacts", "storage"];

/// The whole page.
pub(crate) fn content(page: &UsagePage) -> AnyView {
    let together = page.together.as_ref();
    let plan = together.and_then(|of| of.plan.as_ref());
    let offer = plan.and_then(|plan| plan.report.current());
    let whose = match (offer, together.and_then(|of| of.subtenant.as_ref())) {
        (Some(offer), _) => format!("{} · {} plan", page.organization, offer.name),
        (None, Some(subtenant)) => format!("{} · {subtenant}", page.organization),
        (None, None) => page.organization.clone(),
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Usage"</h1>
                <p class="page-sub">{whose}</p>
            </div>
            <a class="button" href=HISTORY>
                "Usage history"
            </a>
        </div>
        {together.and_then(|of| behind(of.behind))}
        {plan.zip(offer).map(|(plan, offer)| facts(plan, offer))}
        {together.map(|of| credits::section(of, &page.currency))}
        {together.and_then(|of| lasting::section(of, &page.currency))}
        {together.map(|of| meters(of, &page.currency))}
        {together.is_none().then(one_at_a_time)}
        {own::section(page)}
        {together.map(|of| history(of, &page.currency))}
    }
    .into_any()
}

/// For those who see single members and not what they use together.
fn one_at_a_time() -> impl IntoView {
    view! {
        <p class="empty">
            "You see one member at a time. " <a href=HISTORY>"Choose a member"</a>
            " to see what they use."
        </p>
    }
}

/// Every meter: in cards with the limits of the plan or, for a subtenant, which has none, in a list.
fn meters(of: &UsageTogether, currency: &str) -> AnyView {
    match &of.plan {
        Some(plan) => cards(of, plan).into_any(),
        None => list(of, currency).into_any(),
    }
}

fn cards(of: &UsageTogether, plan: &PlanView) -> impl IntoView + use<> {
    let beside = |used: &MeterUse| {
        let course = of.courses.iter().find(|course| course.meter.code == used.meter.code);
        course.and_then(course_beside)
    };
    view! {
        <section class="section">
            <h2>"Meters"</h2>
            <div class="cards">
                {groups(&plan.report, &beside)} {group(&plan.report, None, &beside)}
            </div>
        </section>
    }
}

fn list(of: &UsageTogether, currency: &str) -> impl IntoView + use<> {
    let row = |course: &Course| {
        let used = course.meter.unit.text(course.used, currency);
        let when = match course.meter.kind {
            MeterKind::Counter => "this month",
            MeterKind::Gauge => "now",
        };
        view! {
            <tr>
                <th scope="row">{course.meter.name.clone()}</th>
                <td data-label="Six months">{course_beside(course)}</td>
                <td class="number" data-label="Used">
                    {used}
                    " "
                    <span class="unit">{when}</span>
                </td>
            </tr>
        }
    };
    // Seats are the organization's.
    let courses = of.courses.iter().filter(|course| !course.meter.counts_seats());
    let rows = courses.map(row).collect_view();
    view! {
        <section class="section">
            <h2>"Meters"</h2>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Meter"</th>
                            <th scope="col">"Six months"</th>
                            <th scope="col" class="number">
                                "Used"
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

/// How a meter went, in small, where it has moved. By week: days and weekends in such a small picture
/// would hide where it is going.
fn course_beside(course: &Course) -> Option<AnyView> {
    let weeks = course.amounts.rchunks_exact(7).rev();
    let weeks = weeks.map(|week| match course.meter.kind {
        MeterKind::Counter => week.iter().sum(),
        MeterKind::Gauge => week.last().copied().unwrap_or_default(),
    });
    let weeks: Vec<i64> = weeks.collect();
    let moved = weeks.iter().any(|amount| *amount != 0);
    moved.then(|| sparkline(&weeks, format!("{}, six months by week", course.meter.name)))
}

fn history(of: &UsageTogether, currency: &str) -> impl IntoView + use<> {
    let drawn = DRAWN
        .iter()
        .filter_map(|code| of.courses.iter().find(|course| course.meter.code.as_str() == *code));
    let charts = drawn.map(|Course { meter, amounts, .. }| {
        let id = format!("six-months-{}", meter.code);
        let series = Series { name: meter.name.clone(), amounts: amounts.clone() };
        let chart = Chart::of_meter(id, meter, of.days.clone(), vec![series], currency);
        let input = HistoryInput { meter: meter.code.to_string(), ..HistoryInput::default() };
        let address = at(HISTORY, &input);
        let label = format!("Usage history of {}", meter.name);
        view! {
            <section class="card" aria-label=meter.name.clone()>
                {chart.view()}
                <a class="chart-more" href=address>
                    {label}
                </a>
            </section>
        }
    });
    view! {
        <section class="section">
            <h2>"Six months"</h2>
            <div class="charts">{charts.collect_view()}</div>
        </section>
    }
}
