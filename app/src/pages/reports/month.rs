//! The review of a month, for the page and for paper.

use super::people;
use crate::{
    navigation::{REALLOCATION, REPORTS, REPORTS_CSV},
    ui::{Html, Notice, fact, format},
};
use chrono::{Datelike as _, Months, NaiveDate};
use domain::{
    catalogue::MeterKind,
    forecast::METHOD,
    reports::{MeterMonth, MonthReport},
};
use leptos::prelude::*;

/// The review.
pub(crate) fn report(report: &MonthReport, edits: bool) -> Html {
    let name = name_of(report.first);
    let code = report.first.format("%Y-%m").to_string();
    let running =
        (!report.over).then(|| format!(" so far, to {}", report.last.format("%-d %b %Y")));
    let behind = (report.behind > 0).then(|| {
        let entries = format::grouped(report.behind);
        view! {
            <Notice>
                <p>{format!("{entries} new entries are being added up and are not in these numbers yet.")}</p>
            </Notice>
        }
    });
    let reallocation = edits.then(|| {
        view! { <a class="button" href=REALLOCATION>"Propose new limits"</a> }
    });
    let meters = report.meters.as_deref().map(|of| meters(report, of));
    Html::of(view! {
        <div class="page-head">
            <div>
                <h1>{format!("{name} in review")}</h1>
                <p class="page-sub">
                    {format!("Days of {}", report.zone)} {running}
                </p>
            </div>
            <div class="page-actions">
                {reallocation}
                <a class="button" href=format!("{REPORTS_CSV}?month={code}") rel="external" download>
                    "Download CSV"
                </a>
            </div>
        </div>
        {around(report)}
        {behind}
        <dl class="facts">{facts(report)}</dl>
        {meters}
        {people::consume_most(report)}
        {people::met_limits(report)}
        {people::barely_used(report)}
        {people::given_back(report)}
    })
}

/// Such as `October 2026`.
fn name_of(month: NaiveDate) -> String {
    month.format("%B %Y").to_string()
}

/// The months before and after.
fn around(report: &MonthReport) -> impl IntoView + use<> {
    let link = |month: NaiveDate| {
        let address = format!("{REPORTS}?month={}", month.format("%Y-%m"));
        view! {
            <li>
                <a class="button button-small" href=address>{name_of(month)}</a>
            </li>
        }
    };
    let before =
        report.first.checked_sub_months(Months::new(1)).filter(|month| month.year() > 1973);
    let after = report.first.checked_add_months(Months::new(1)).filter(|_| report.over);
    view! {
        <ul class="spans" aria-label="Other months">
            {before.map(link)}
            {after.map(link)}
        </ul>
    }
}

fn facts(report: &MonthReport) -> impl IntoView + use<> {
    let credits = report.meters.as_ref();
    let credits = credits.and_then(|of| of.iter().find(|of| of.meter.code.is_credits()));
    let used = credits.map(|of| {
        fact(
            "Credits used",
            format::grouped(of.used),
            format!("{} the month before", format::grouped(of.before)),
        )
    });
    let active = report.members.iter().filter(|of| of.used > 0).count();
    let active = i64::try_from(active).unwrap_or(i64::MAX);
    let listed = i64::try_from(report.members.len()).unwrap_or(i64::MAX);
    let refused: i64 = report.refusals.iter().map(|of| of.times).sum();
    let met = report.members.iter().filter(|of| of.met_limits()).count();
    let met = format::counted(i64::try_from(met).unwrap_or(i64::MAX), "member");
    let refunded: i64 = report.members.iter().map(|of| of.refunded).sum();
    view! {
        {used}
        {fact("Members who used credits", format::grouped(active), format!("of {} listed", format::grouped(listed)))}
        {fact("Refused", format::counted(refused, "time"), format!("{met} met a limit"))}
        {fact("Given back to members", format::counted(refunded, "credit"), "taken off where it was used")}
    }
}

/// Every meter with the month before, and what the next will take.
fn meters(report: &MonthReport, meters: &[MeterMonth]) -> impl IntoView + use<> {
    let rows = meters.iter().map(|of| meter(report, of)).collect_view();
    let empty = meters.is_empty().then(|| {
        view! { <p class="empty">"Nothing was used in this month or in the one before."</p> }
    });
    let table = (!meters.is_empty()).then(|| {
        view! {
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Meter"</th>
                            <th scope="col" class="number">"Used"</th>
                            <th scope="col" class="number">"Month before"</th>
                            <th scope="col" class="number">"Given back"</th>
                            <th scope="col" class="number">"Plan includes"</th>
                            <th scope="col" class="number">"Next month"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="sub">{METHOD}</p>
        }
    });
    view! {
        <section class="section">
            <h2>"What was used"</h2>
            {empty}
            {table}
        </section>
    }
}

fn meter(report: &MonthReport, of: &MeterMonth) -> impl IntoView + use<> {
    let text = |amount: i64| of.meter.unit.text(amount, &report.currency);
    let limit = of.limit.map_or_else(|| "Unlimited".to_owned(), text);
    let next = match of.next {
        None => view! { <span class="quiet">"too few days"</span> }.into_any(),
        Some(next) => {
            let over = of.limit.is_some_and(|limit| next.likely > limit);
            let note = if over { "more than the plan includes, " } else { "" };
            let range = format!("{note}{} to {}", text(next.low), text(next.high));
            view! {
                <span>{text(next.likely)} <span class="sub">{range}</span></span>
            }
            .into_any()
        }
    };
    let used = match of.meter.kind {
        MeterKind::Counter => text(of.used),
        MeterKind::Gauge => format!("{} at the end", text(of.used)),
    };
    view! {
        <tr>
            <th scope="row">{of.meter.name.clone()}</th>
            <td class="number" data-label="Used">{used}</td>
            <td class="number" data-label="Month before">{text(of.before)}</td>
            <td class="number" data-label="Given back">{text(of.refunded)}</td>
            <td class="number" data-label="Plan includes">{limit}</td>
            <td class="number" data-label="Next month">{next}</td>
        </tr>
    }
}
