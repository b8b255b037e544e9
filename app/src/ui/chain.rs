//! Chains of limits from the plan down to the one who looks, and the refusal cards that they make
//! (SPEC section 13). On the server alone.

use super::{
    bar::Bar,
    format,
    icon::{Icon, Symbol},
};
use crate::navigation::{RAISE_ASK, address};
use domain::{
    access::Role,
    answer::LimitScope,
    raises::OwnLimit,
    refusals::Verdict,
    views::{LimitRow, RefusalGroup},
};
use leptos::prelude::*;

/// Denials that are alike: when they were, and behind that why the last one was denied.
pub(crate) fn refusal_card(group: &RefusalGroup) -> impl IntoView + use<> {
    let bound = group.binding().map(|row| format!("limited by {}", format::binds_you(row.scope)));
    view! {
        <details class="disclosure" id=format!("refusal-{}", group.id)>
            <summary>
                <span class="disclosure-name">{group.operation.clone()}</span>
                <span class="sub">{group.when.clone()}</span>
                <span class="sub">{bound}</span>
            </summary>
            <p class="chain-text">{asked(group)}</p>
            {group.binding().map(|row| view! { <p class="chain-text">{binds(row)}</p> })}
            <div class="chain-text">
                {group.binding().and_then(|row| Some(ask_for_more(row.ask.as_ref()?, &row.meter)))}
            </div>
            {chain(&group.chain)}
        </details>
    }
}

/// The link to where somebody asks for more of a limit of their own.
pub(crate) fn ask_for_more(limit: &OwnLimit, what: &str) -> impl IntoView + use<> {
    let href = address(RAISE_ASK, &[("own_limit", &limit.to_string())]);
    let label = format!("Ask for more: {what}");
    view! {
        <p class="ask">
            <a class="button button-small" href=href aria-label=label>
                "Ask for more"
            </a>
        </p>
    }
}

fn asked(group: &RefusalGroup) -> String {
    let asked = format!("{} × {}", format::grouped(group.quantity), group.operation);
    match group.would_fit {
        0 => format!("Asked for {asked}. None of it would have fitted."),
        fit => format!("Asked for {asked}. {} would have fitted.", format::grouped(fit)),
    }
}

/// The limit that binds, when it resets, and who can raise it.
fn binds(row: &LimitRow) -> String {
    let limit = row.limit.as_ref().map(|limit| format!("{} {}", limit.text, row.period.per()));
    let resets = match &row.resets {
        None => "It never resets.".to_owned(),
        Some(at) if at.from_now.is_empty() => format!("It was reset {}.", at.text),
        Some(at) => format!("It resets {}.", format::moment(at)),
    };
    let raised = match row.raised_by.as_slice() {
        [] => "It takes another plan to raise it.".to_owned(),
        roles => format!("{} can raise it.", any_of(roles)),
    };
    let whose = format::capitalized(format::binds_you(row.scope));
    format!("{whose} of {} on {} binds. {resets} {raised}", limit.unwrap_or_default(), row.meter)
}

/// Such as `A Tenant Administrator or a Quota Administrator`.
fn any_of(roles: &[Role]) -> String {
    let roles: Vec<String> = roles.iter().map(|role| format!("a {role}")).collect();
    let (last, others) = roles.split_last().map_or(("", &[][..]), |(last, of)| (last.as_str(), of));
    let text = if others.is_empty() {
        last.to_owned()
    } else {
        format!("{} or {last}", others.join(", "))
    };
    format::capitalized(&text)
}

/// Every limit, from the plan down, meter by meter.
pub(crate) fn chain(rows: &[LimitRow]) -> impl IntoView + use<> {
    let several = rows.iter().any(|row| row.meter != rows[0].meter);
    let meters = rows.chunk_by(|one, next| one.meter == next.meter).map(|of_meter| {
        let meter = of_meter.first().map(|row| row.meter.clone()).unwrap_or_default();
        let title = several.then(|| view! { <p class="chain-meter">{meter.clone()}</p> });
        let links = of_meter.iter().map(link).collect_view();
        view! {
            {title}
            <ol class="chain" aria-label=format!("Limits on {meter}, from the plan down")>
                {links}
            </ol>
        }
    });
    meters.collect_view()
}

fn link(row: &LimitRow) -> impl IntoView + use<> {
    let (class, symbol, verdict) = match (row.verdict, &row.requested) {
        (Verdict::Binds, _) => ("chain-link chain-binds", Some(Symbol::Warning), "Binds"),
        (Verdict::Failed, _) => ("chain-link", Some(Symbol::Close), "Too little left"),
        (Verdict::Passed, Some(_)) => ("chain-link", Some(Symbol::Done), "Had room"),
        (Verdict::Passed, None) => ("chain-link", None, ""),
    };
    let limit = match &row.limit {
        None => "Unlimited".to_owned(),
        Some(limit) => match &limit.allowed_to {
            None => format!("{} {}", limit.text, row.period.per()),
            Some(most) => format!("{} {}, allowed to {most}", limit.text, row.period.per()),
        },
    };
    let bar = row.limit.as_ref().map(|limit| {
        let label = format!("Used of the limit of {}", whose(row.scope));
        let (used, total, set_aside) = (limit.taken, limit.limit, limit.set_aside);
        view! { <Bar label used total set_aside amount=row.used.clone() /> }
    });
    let resets = row.resets.as_ref().map(|at| match at.from_now.as_str() {
        "" => format!("Was reset {}", at.text),
        _ => format!("Resets {}", format::moment(at)),
    });
    let what = format!("{} {}", row.meter, row.period.per());
    view! {
        <li class=class>
            <div class="chain-head">
                <span class="chain-whose">{whose(row.scope)}</span>
                <span>{limit}</span>
                <span class="chain-verdict">
                    {symbol.map(|symbol| view! { <Icon symbol /> })}
                    {verdict}
                </span>
            </div>
            {bar}
            <p class="sub">{amounts(row)}</p>
            {resets.map(|text| view! { <p class="sub">{text}</p> })}
            {own_to_ask_for(row).map(|limit| ask_for_more(limit, &what))}
        </li>
    }
}

/// A limit of their own, as it stands, that they can ask to have raised.
fn own_to_ask_for(row: &LimitRow) -> Option<&OwnLimit> {
    row.ask.as_ref().filter(|_| row.scope == LimitScope::Member && row.requested.is_none())
}

fn amounts(row: &LimitRow) -> String {
    let mut parts = vec![format!("{} used", row.used)];
    parts.extend(row.held.as_ref().map(|held| format!("{held} held")));
    parts.extend(row.set_aside.as_ref().map(|kept| format!("{kept} set aside for others")));
    parts.extend(row.left.as_ref().map(|left| match &row.from_packs {
        Some(packs) => format!("{left} left, {packs} of it extra credits"),
        None => format!("{left} left"),
    }));
    parts.extend(row.requested.as_ref().map(|asked| format!("{asked} asked for")));
    parts.join(" · ")
}

/// Whose limit it is, for the one who looks.
fn whose(scope: LimitScope) -> &'static str {
    match scope {
        LimitScope::Plan => "The plan",
        LimitScope::Organization => "The organization",
        LimitScope::Subtenant => "Your subtenant",
        LimitScope::Member => "You",
    }
}
