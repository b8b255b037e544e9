//! The people of a review: who used most, who met limits, who barely used theirs, who was given back.

use crate::{
    ui::format,
    usage_address::{HISTORY, at},
};
use domain::{
    answer::LimitScope,
    history::HistoryInput,
    refusals::LimitName,
    reports::{MemberMonth, MonthReport, RefusedBy},
};
use leptos::prelude::*;

/// Members of each list; all are in the CSV file.
const LISTED: usize = 20;

/// Who used most.
pub(super) fn consume_most(report: &MonthReport) -> impl IntoView + use<> {
    let all: i64 = report.members.iter().map(|of| of.used).sum::<i64>() + report.of_organization;
    let used = report.members.iter().filter(|of| of.used > 0).collect::<Vec<_>>();
    let row = |of: &&MemberMonth| {
        let share = format::Share::of(of.used, all).text();
        let (limit, of_limit) = match of.limit {
            Some(limit) => (format::grouped(limit), format::Share::of(of.used, limit).text()),
            None => ("Pool".to_owned(), "–".to_owned()),
        };
        view! {
            <tr>
                {name(report, of)}
                <td class="number" data-label="Credits used">{format::grouped(of.used)}</td>
                <td class="number" data-label="Share of all">{share}</td>
                <td class="number" data-label="Own limit now">{limit}</td>
                <td class="number" data-label="Of the limit">{of_limit}</td>
            </tr>
        }
    };
    let rows = used.iter().take(LISTED).map(row).collect_view();
    let head = ["Credits used", "Share of all", "Own limit now", "Of the limit"];
    section("Who used most", "Nobody used credits in this month.", (&head, rows), used.len())
}

/// Who was refused something, and by which limit.
pub(super) fn met_limits(report: &MonthReport) -> impl IntoView + use<> {
    let met = report.members.iter().filter(|of| of.met_limits()).collect::<Vec<_>>();
    let row = |of: &&MemberMonth| {
        let limit = of.limit.map_or_else(|| "Pool".to_owned(), format::grouped);
        view! {
            <tr>
                {name(report, of)}
                <td class="number" data-label="Refused">{format::counted(of.refused, "time")}</td>
                <td class="number" data-label="Credits used">{format::grouped(of.used)}</td>
                <td class="number" data-label="Own limit now">{limit}</td>
            </tr>
        }
    };
    let rows = met.iter().take(LISTED).map(row).collect_view();
    let head = ["Refused", "Credits used", "Own limit now"];
    let by = report.refusals.iter().take(LISTED).map(refused_by).collect_view();
    let by = (!report.refusals.is_empty()).then(|| {
        view! {
            <h3>"Which limit refused whom"</h3>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Who"</th>
                            <th scope="col">"Limit"</th>
                            <th scope="col" class="number">"Refused"</th>
                        </tr>
                    </thead>
                    <tbody>{by}</tbody>
                </table>
            </div>
        }
    });
    view! {
        {section("Who met limits", "Nobody was refused anything, and nobody used up a limit.", (&head, rows), met.len())}
        {by}
    }
}

fn refused_by(of: &RefusedBy) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row">{of.name.clone()}</th>
            <td data-label="Limit">{limit(&of.limit)}</td>
            <td class="number" data-label="Refused">{format::counted(of.times, "time")}</td>
        </tr>
    }
}

/// A limit in words.
fn limit(of: &LimitName) -> String {
    let whose = match of.scope {
        LimitScope::Plan => "the plan’s",
        LimitScope::Organization => "the organization’s",
        LimitScope::Subtenant => "the subtenant’s",
        LimitScope::Member => "their own",
    };
    format!("{whose} {} limit on {}", of.period.as_str(), of.meter)
}

/// Who used less than a fifth of their own limit.
pub(super) fn barely_used(report: &MonthReport) -> impl IntoView + use<> {
    let mut idle: Vec<&MemberMonth> = report.members.iter().filter(|of| of.barely_used()).collect();
    idle.sort_by_key(|of| std::cmp::Reverse(of.limit.unwrap_or_default() - of.used));
    let row = |of: &&MemberMonth| {
        let limit = of.limit.unwrap_or_default();
        view! {
            <tr>
                {name(report, of)}
                <td class="number" data-label="Credits used">{format::grouped(of.used)}</td>
                <td class="number" data-label="Own limit now">{format::grouped(limit)}</td>
                <td class="number" data-label="Not used">{format::grouped(limit - of.used)}</td>
            </tr>
        }
    };
    let rows = idle.iter().take(LISTED).map(row).collect_view();
    let head = ["Credits used", "Own limit now", "Not used"];
    let none = "Everybody with a limit of their own used at least a fifth of it.";
    section("Who barely used theirs", none, (&head, rows), idle.len())
}

/// To whom credits were given back.
pub(super) fn given_back(report: &MonthReport) -> impl IntoView + use<> {
    let mut back: Vec<&MemberMonth> = report.members.iter().filter(|of| of.refunded > 0).collect();
    back.sort_by_key(|of| std::cmp::Reverse(of.refunded));
    let row = |of: &&MemberMonth| {
        view! {
            <tr>
                {name(report, of)}
                <td class="number" data-label="Given back">{format::grouped(of.refunded)}</td>
                <td class="number" data-label="Credits used">{format::grouped(of.used)}</td>
            </tr>
        }
    };
    let rows = back.iter().take(LISTED).map(row).collect_view();
    let head = ["Given back", "Credits used"];
    section("Refunds", "No credits were given back in this month.", (&head, rows), back.len())
}

/// A member, with the way to what they used day by day.
fn name(report: &MonthReport, of: &MemberMonth) -> impl IntoView + use<> {
    let history = HistoryInput {
        from: report.first.to_string(),
        to: report.last.to_string(),
        member: of.member.to_string(),
        ..HistoryInput::default()
    };
    let sub =
        of.subtenant.as_ref().map_or(of.email.clone(), |name| format!("{} · {name}", of.email));
    view! {
        <th scope="row" class="person">
            <a class="person-name" href=at(HISTORY, &history)>{of.name.clone()}</a>
            <span class="sub">{sub}</span>
        </th>
    }
}

/// A list under its title, or that there is nobody on it.
fn section(
    title: &'static str,
    none: &'static str,
    (head, rows): (&[&'static str], impl IntoView),
    count: usize,
) -> AnyView {
    let columns = head.iter().map(|name| view! { <th scope="col" class="number">{*name}</th> });
    let columns = columns.collect_view();
    let content = if count == 0 {
        view! { <p class="empty">{none}</p> }.into_any()
    } else {
        view! {
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Member"</th>
                            {columns}
                        </tr>
                    </thead>
                    <tbody>{rows.into_any()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let more = i64::try_from(count.saturating_sub(LISTED)).unwrap_or(i64::MAX);
    let more = (more > 0).then(|| {
        view! { <p class="sub">{format!("and {} more, which are in the CSV file", format::grouped(more))}</p> }
    });
    view! {
        <section class="section">
            <h2>{title}</h2>
            {content}
            {more}
        </section>
    }
    .into_any()
}
