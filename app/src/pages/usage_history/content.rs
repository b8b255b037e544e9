//! What *Usage history* shows: the chart, who had which part, and the ways to the same as a file and to
//! the entries behind it.

use crate::{
    charts::{Chart, Series},
    server_fns::usage::ShareUsage,
    ui::{Html, Notice, fact, format},
    usage_address::{HISTORY, HISTORY_CSV, LEDGER, at},
};
use chrono::{Datelike as _, NaiveDate};
use domain::{
    catalogue::MeterKind,
    history::{Breakdown, DayRange, History, HistoryInput, Part},
    ids::MemberId,
    views::MemberChoice,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use service::UsageChoices;

/// What a breakdown is called.
pub(crate) fn by(by: Breakdown) -> &'static str {
    match by {
        Breakdown::Day => "Days only",
        Breakdown::Member => "Members",
        Breakdown::Subtenant => "Subtenants",
        Breakdown::Operation => "Operations",
    }
}

/// What was used.
pub(crate) fn history(found: &History, input: &HistoryInput, choices: &UsageChoices) -> Html {
    let chart = chart(found, &choices.currency).view();
    Html::of(view! {
        {behind(found.behind)}
        {spans(input, choices)}
        <dl class="facts">{facts(found, &choices.currency)}</dl>
        <section class="section">{chart}</section>
        {parts(found, input, choices)}
        <p class="section-text">
            {format!("Days are those of {}. ", found.zone)}
            <a href=at(HISTORY_CSV, input) rel="external" download>
                "Download as CSV"
            </a>
            " · "
            <a href=at(LEDGER, input)>"Entries of the ledger"</a>
        </p>
        {choices.shared.map(sharing)}
    })
}

/// Whether members see this too, and the way to change it. A plain form: it is rarely used.
fn sharing(shared: bool) -> impl IntoView + use<> {
    let (text, button) = if shared {
        ("All members see usage, history and reports.", "Show it to administrators only")
    } else {
        ("Members without a role see only their own usage.", "Show it to all members")
    };
    view! {
        <form class="sharing" method="post" action=ShareUsage::url()>
            <p class="section-text">{text}</p>
            <input type="hidden" name="shared" value=(!shared).to_string() />
            <button class="button button-small" type="submit">
                {button}
            </button>
        </form>
    }
}

/// For a moment after a very large import.
pub(crate) fn behind(entries: i64) -> Option<impl IntoView + use<>> {
    (entries > 0).then(|| {
        let entries = format::grouped(entries);
        view! {
            <Notice>
                <p>{format!("{entries} new entries are being added up and are not in these numbers yet.")}</p>
            </Notice>
        }
    })
}

/// Spans of time that are often asked for.
fn spans(input: &HistoryInput, choices: &UsageChoices) -> impl IntoView + use<> {
    let today = choices.today;
    let month = DayRange::month(today, today);
    let before = today.with_day(1).and_then(|first| first.pred_opt());
    let spans = [
        ("30 days", Some(DayRange::ending_with(today, 30))),
        ("This month", month),
        ("Last month", before.and_then(|day| DayRange::month(day, today))),
        ("Six months", Some(DayRange::six_months(today))),
        ("A year", Some(DayRange::ending_with(today, 365))),
    ];
    let links = spans.into_iter().filter_map(|(name, range)| {
        let range = range?;
        let (from, to) = (range.first().to_string(), range.last().to_string());
        let current = (input.from == from && input.to == to).then_some("true");
        let address = at(HISTORY, &HistoryInput { from, to, ..input.clone() });
        Some(view! {
            <li>
                <a class="button button-small" href=address aria-current=current>
                    {name}
                </a>
            </li>
        })
    });
    view! { <ul class="spans" aria-label="Spans of time">{links.collect_view()}</ul> }
}

fn facts(found: &History, currency: &str) -> impl IntoView + use<> {
    let text = |amount: i64| found.meter.unit.text(amount, currency);
    let gauge = found.meter.kind == MeterKind::Gauge;
    let days = i64::try_from(found.days.len()).unwrap_or(i64::MAX);
    let range = format!("{} – {}", day(found.from), day(found.to));
    let total = found.total();
    let first = if gauge {
        fact("Level at the end", text(total), range)
    } else {
        fact("Used", text(total), range)
    };
    let busiest = found.days.iter().zip(&found.all.amounts).rev().max_by_key(|(_, used)| **used);
    let busiest = busiest.map(|(on, used)| {
        let name = if gauge { "Highest level" } else { "Busiest day" };
        fact(name, text(*used), format!("on {}", day(*on)))
    });
    let average = (!gauge).then(|| {
        let note = format!("over {}", format::counted(days, "day"));
        fact("A day on average", text(total / days.max(1)), note)
    });
    let refunded: i64 = found.all.refunded.iter().sum();
    let refunded = (!gauge)
        .then(|| fact("Given back", text(refunded), "taken off the day on which it was used"));
    view! { {first} {average} {busiest} {refunded} }
}

fn chart(found: &History, currency: &str) -> Chart {
    let series = |name: &str, of: &domain::history::Series| Series {
        name: name.to_owned(),
        amounts: of.amounts.clone(),
    };
    let parts = found.series.iter().map(|of| {
        let name = of.part.as_ref().map_or("All others", |part| part.name.as_str());
        series(name, of)
    });
    let parts: Vec<Series> = parts.collect();
    let parts = if parts.is_empty() { vec![series(&found.meter.name, &found.all)] } else { parts };
    Chart::of_meter("history".to_owned(), &found.meter, found.days.clone(), parts, currency)
}

/// Who or what had which part, each with the way to its own history and to its entries.
fn parts(
    found: &History,
    input: &HistoryInput,
    choices: &UsageChoices,
) -> Option<impl IntoView + use<>> {
    let only = |part: &Part| {
        let mut input = HistoryInput { by: String::new(), ..input.clone() };
        let key = part.key.clone();
        match found.by {
            Breakdown::Day => {}
            Breakdown::Member => input.member = key,
            Breakdown::Subtenant => input.subtenant = key,
            Breakdown::Operation => input.operation = key,
        }
        input
    };
    let text = |amount: i64| found.meter.unit.text(amount, &choices.currency);
    let total = found.total();
    let row = |part: &Part| {
        let only = only(part);
        let share = format::Share::of(part.used, total).text();
        view! {
            <tr>
                <th scope="row">
                    <a href=at(HISTORY, &only)>{part.name.clone()}</a>
                </th>
                <td class="number" data-label="Used">{text(part.used)}</td>
                <td class="number" data-label="Share">{share}</td>
                <td class="number" data-label="Given back">{text(part.refunded)}</td>
                <td class="actions">
                    <a href=at(LEDGER, &only)>"Entries"</a>
                </td>
            </tr>
        }
    };
    (found.by != Breakdown::Day && !found.parts.is_empty()).then(|| {
        let rows = found.parts.iter().map(row).collect_view();
        let more = (found.more_parts > 0).then(|| {
            let more = format::grouped(found.more_parts);
            view! { <p class="sub">{format!("and {more} more, which are in the CSV file")}</p> }
        });
        view! {
            <section class="section">
                <h2>{by(found.by)}</h2>
                <div class="table-box">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col" class="number">
                                    {if found.meter.kind == MeterKind::Gauge { "Level" } else { "Used" }}
                                </th>
                                <th scope="col" class="number">"Share"</th>
                                <th scope="col" class="number">"Given back"</th>
                                <th scope="col" class="actions"><span class="hidden">"Entries"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {more}
            </section>
        }
    })
}

/// The members whose usage can be shown.
pub(crate) fn members(input: &HistoryInput, choices: &UsageChoices) -> Html {
    let row = |member: &MemberChoice| {
        let MemberChoice { id: MemberId(id), name, email, subtenant } = member.clone();
        let input = HistoryInput { member: id.to_string(), ..input.clone() };
        view! {
            <tr>
                <th scope="row" class="person">
                    <a class="person-name" href=at(HISTORY, &input)>
                        {name}
                    </a>
                    <span class="sub">{email}</span>
                </th>
                <td data-label="Subtenant">{subtenant.unwrap_or_else(|| "–".to_owned())}</td>
            </tr>
        }
    };
    if choices.found.is_empty() {
        let text = "Nobody matches. Look for a part of a name or of an email.";
        return Html::of(view! { <p class="empty">{text}</p> });
    }
    Html::of(view! {
        <section class="section">
            <div class="section-head">
                <h2>"Choose a member"</h2>
                <span class="sub">"to see what they used"</span>
            </div>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Member"</th>
                            <th scope="col">"Subtenant"</th>
                        </tr>
                    </thead>
                    <tbody>{choices.found.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
            <p class="sub">"The first 20 by name. Look for a part of a name or of an email."</p>
        </section>
    })
}

/// A day as people read it.
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}
