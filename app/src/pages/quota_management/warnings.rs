//! What an administrator should know, and the way to do something about it.

use super::distribute_dialog;
use crate::{
    table_address::TableAddress,
    ui::{Notice, format},
};
use domain::{
    access::{Action, Rights},
    member_table::{MemberQuery, MemberSort, Risk, SortBy},
    views::QuotaManagement,
    warnings::{Concerned, Warning},
};
use leptos::prelude::*;

/// All warnings of the page.
pub(super) fn warnings(
    data: &QuotaManagement,
    address: &TableAddress,
    rights: &Rights,
) -> impl IntoView + use<> {
    data.warnings
        .iter()
        .map(|warning| {
            let links = links(warning, address, rights);
            let text = text(warning);
            view! {
                <Notice>
                    <p>{text} {links}</p>
                </Notice>
            }
        })
        .collect_view()
}

/// What helps, as far as the one who looks may do it.
fn links(warning: &Warning, address: &TableAddress, rights: &Rights) -> impl IntoView + use<> {
    let settings = |label| {
        let href = address.with(&[("edit", "settings")]);
        (Action::EditCreditSettings, label, href, "")
    };
    let distribute = || {
        let href = address.with(&[("edit", "distribute")]);
        (Action::EditMemberLimits, "Distribute evenly", href, distribute_dialog::OPENER)
    };
    let show = |risk| {
        let query = MemberQuery {
            risk: Some(risk),
            sort: MemberSort { by: SortBy::Used, descending: true },
            ..MemberQuery::default()
        };
        (Action::ViewCredits, "Show them", TableAddress { query, page: 1 }.here(), "")
    };
    let link = match warning {
        Warning::NoEnterpriseLimit | Warning::CycleNotRunning => settings("Set a limit"),
        Warning::CycleEnds { .. } => settings("Set the next dates"),
        Warning::LimitBelowUse { .. } | Warning::OverPromised { .. } => {
            settings("Change the limit")
        }
        Warning::LooksMonthly { .. } => settings("Change the cycle"),
        Warning::Unallocated { .. } | Warning::OverAllocated { .. } => distribute(),
        Warning::LimitsBelowUse(_) | Warning::LimitsReached(_) => show(Risk::Reached),
    };
    let (action, label, href, id) = link;
    rights.allow(action).then(|| {
        let id = (!id.is_empty()).then_some(id);
        view! {
            " "
            <a href=href id=id data-noscroll>
                {label}
            </a>
        }
    })
}

fn text(warning: &Warning) -> String {
    let credits = |number: &i64| format::counted(*number, "credit");
    match warning {
        Warning::NoEnterpriseLimit => {
            "No enterprise limit is set: anyone without a limit of their own can use all that the \
             plan holds."
                .to_owned()
        }
        Warning::CycleNotRunning => {
            "The enterprise limit does not apply today: its custom dates lie elsewhere.".to_owned()
        }
        Warning::CycleEnds { at } => format!(
            "The custom cycle ends {}. After that no enterprise limit applies.",
            format::moment(at)
        ),
        Warning::LimitBelowUse { limit, used } => format!(
            "The enterprise limit of {} is below the {} used already: further use is refused until \
             the reset.",
            credits(limit),
            format::grouped(*used)
        ),
        Warning::Unallocated { credits: part, base } => format!(
            "Everyone has a limit, and together they leave {} of {} out ({}): nobody can use those.",
            format::grouped(*part),
            credits(base),
            format::Share::of(*part, *base).text()
        ),
        Warning::OverAllocated { credits: part, base } => format!(
            "Limits promise {} more than the {} there are: the last to ask are refused.",
            credits(part),
            format::grouped(*base)
        ),
        Warning::OverPromised { excess } => format!(
            "Limits promise {} more than are left. Lower some of them, or raise the enterprise \
             limit: otherwise the last to ask are refused.",
            credits(excess)
        ),
        Warning::LimitsBelowUse(who) => {
            format!("{} used more than the limit set since: no further use.", names(who))
        }
        Warning::LimitsReached(who) => format!("{} used all of their own limit.", names(who)),
        Warning::LooksMonthly { percent } => format!(
            "The limit starts anew each week, but {percent}% of the last four weeks’ use fell into \
             one of them: a monthly cycle may fit better."
        ),
    }
}

/// Such as `Ann, Bo and 3 more`.
fn names(who: &Concerned) -> String {
    let more = who.count - i64::try_from(who.names.len()).unwrap_or(0);
    let names = who.names.join(", ");
    if more > 0 { format!("{names} and {} more", format::grouped(more)) } else { names }
}
