//! `/my-usage`: what is left for the one who looks, and why.

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    server_fns::credits::my_usage,
    ui::{Bar, Card, Figure, format},
};
use domain::{
    access::Action,
    answer::{LimitReport, LimitScope},
    views::{MyUsage, Period},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// What is left for the one who looks.
#[component]
pub(crate) fn MyUsagePage() -> impl IntoView {
    let who = Who::here();
    let usage = Resource::new_blocking(|| (), |()| my_usage());
    refetch_when_changed(usage);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.allowed_to(Action::ViewOwnUsage).await?;
                Ok::<_, Refusal>(content(&usage.await?))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="My Usage" />
        <Transition fallback=|| view! { <p class="loading">"Loading your usage…"</p> }>
            {content}
        </Transition>
    }
}

fn content(usage: &MyUsage) -> AnyView {
    let window = &usage.usage_window;
    let (left, binding) = (usage.left.left, binding(usage));
    view! {
        <h1>"My Usage"</h1>
        <Card title="Credits">
            <Figure value=left unit="credits left" />
            {binding}
        </Card>
        <section class="section">
            <h2>"Why this much"</h2>
            <p class="section-text">
                {format!(
                    "You have used {} in the window {} ({}). Every limit below must have room. {}",
                    format::counted(usage.used, "credit"),
                    window.days,
                    window.zone,
                    share_of_pool(usage),
                )}
            </p>
            {limits(usage)}
        </section>
    }
    .into_any()
}

fn share_of_pool(usage: &MyUsage) -> String {
    match usage.cap {
        Some(cap) => format!("Your own limit is {}.", format::cap(cap, own_limit(&usage.limits))),
        None => "You have no limit of your own and share the organization’s pool.".to_owned(),
    }
}

fn own_limit(limits: &[LimitReport]) -> Option<i64> {
    limits.iter().find(|report| report.scope == LimitScope::Member).and_then(|report| report.limit)
}

/// The limit that leaves the least, as a bar and a sentence.
fn binding(usage: &MyUsage) -> Option<impl IntoView + use<>> {
    let scope = usage.left.bound_by;
    let report = usage.limits.iter().find(|report| report.scope == scope)?;
    let text = format!(
        "Limited by {}, resets {}.{}",
        limited_by(scope),
        resets(report, &usage.usage_window),
        from_packs(usage.left.left, report.remaining),
    );
    let bar = report.limit.map(|limit| {
        let used = report.used.saturating_add(report.reserved);
        view! { <Bar label="Used of the limit that binds" used total=limit set_aside=report.set_aside /> }
    });
    Some(view! {
        {bar}
        <p class="card-text">{text}</p>
    })
}

/// The part that packs add to what the limit itself leaves.
fn from_packs(left: i64, remaining: Option<i64>) -> String {
    match left - remaining.unwrap_or(left) {
        ..=0 => String::new(),
        extra => format!(" Extra credits make up {} of these.", format::grouped(extra)),
    }
}

fn limited_by(scope: LimitScope) -> &'static str {
    match scope {
        LimitScope::Member => "your own limit",
        other => format::bound_by(other),
    }
}

/// When a limit starts anew: in the organization's zone with the time to go where it counts in
/// the usage window, in UTC where it counts in the plan's month.
fn resets(report: &LimitReport, window: &Period) -> String {
    match report.resets_at {
        None => "Never".to_owned(),
        Some(at) if at == window.resets.at => format::moment(&window.resets),
        Some(at) => at.format("%-d %b %Y, %H:%M UTC").to_string(),
    }
}

fn limits(usage: &MyUsage) -> impl IntoView + use<> {
    let rows =
        usage.limits.iter().map(|report| limit_row(report, &usage.usage_window)).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Limit of"</th>
                        <th scope="col" class="number">"Limit"</th>
                        <th scope="col" class="number">"Used"</th>
                        <th scope="col" class="number">"Held"</th>
                        <th scope="col" class="number">"Set aside"</th>
                        <th scope="col" class="number">"Left"</th>
                        <th scope="col">"Resets"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn limit_row(report: &LimitReport, window: &Period) -> impl IntoView + use<> {
    let or_unlimited = |amount: Option<i64>| amount.map_or("Unlimited".to_owned(), format::grouped);
    view! {
        <tr>
            <th scope="row">{scope_name(report.scope)} <span class="sub">{report.period.as_str()}</span></th>
            <td class="number" data-label="Limit">{or_unlimited(report.limit)}</td>
            <td class="number" data-label="Used">{format::grouped(report.used)}</td>
            <td class="number" data-label="Held">{format::grouped(report.reserved)}</td>
            <td class="number" data-label="Set aside">{format::grouped(report.set_aside)}</td>
            <td class="number" data-label="Left">{or_unlimited(report.remaining)}</td>
            <td data-label="Resets">{resets(report, window)}</td>
        </tr>
    }
}

fn scope_name(scope: LimitScope) -> &'static str {
    match scope {
        LimitScope::Plan => "The plan",
        LimitScope::Organization => "The organization",
        LimitScope::Subtenant => "Your subtenant",
        LimitScope::Member => "You",
    }
}
