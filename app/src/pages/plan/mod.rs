//! `/enterprise/plan`: what the plan includes, what is used of it, what other plans include, and
//! asking for one of them.

mod comparison;
mod request;
pub(super) mod usage;

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    server_fns::plans::plan_view,
    ui::{fact, format},
};
use domain::{
    access::Action,
    plan_report::PlanOffer,
    views::{Identity, PlanView},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// What the plan includes.
#[component]
pub(crate) fn PlanPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let asks = Memo::new(move |_| query.with(|query| query.get_str("ask").is_some()));
    // Loaded again after something was asked for or withdrawn, which leaves its mark in the URL.
    let saved = move || query.with(|query| query.get_str("saved").map(str::to_owned));
    let data = Resource::new_blocking(saved, |_| plan_view());
    refetch_when_changed(data);
    let content = move || {
        Suspend::new(async move {
            let asks = asks.get();
            let content = async {
                let identity = who.allowed_to(Action::ViewCredits).await?;
                Ok::<_, Refusal>(content(&identity, &data.await?, asks))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Plan" />
        <Transition fallback=|| view! { <p class="loading">"Loading your plan…"</p> }>
            {content}
        </Transition>
    }
}

fn content(identity: &Identity, view: &PlanView, asks: bool) -> AnyView {
    let Some(plan) = view.report.current() else {
        // Only where an installation has more plans than are listed.
        return view! { <p class="empty">"This plan is not listed."</p> }.into_any();
    };
    let dialog = asks.then(|| request::dialog(view, identity)).flatten();
    view! {
        <div class="page-head">
            <div>
                <h1>"Plan"</h1>
                <p class="page-sub">{format!("{} · {} plan", identity.organization, plan.name)}</p>
            </div>
            {request::ask_link(view, identity)}
        </div>
        {request::open(view, identity)}
        {facts(view, plan)}
        {usage::cards(view, plan)}
        {comparison::comparison(&view.report)}
        {dialog}
    }
    .into_any()
}

/// The billing period, the refill, the seats, and whether limits on spend are included.
pub(super) fn facts(view: &PlanView, plan: &PlanOffer) -> impl IntoView + use<> {
    let period = &view.billing_period;
    let (seats, seats_note) = format::seats(view.report.seats_used, plan.seats);
    let (feature, feature_note) = if plan.usage_quota_feature {
        ("Included", "limits on spend can be set freely")
    } else {
        ("Not included", "limits on spend can only be lowered")
    };
    view! {
        <dl class="facts">
            {fact("Billing period", period.days.clone(), period.zone.clone())}
            {fact("Refill", period.resets.text.clone(), format!("in {}", period.resets.from_now))}
            {fact("Seats", seats, seats_note)}
            {fact("Usage Quotas", feature.to_owned(), feature_note)}
        </dl>
    }
}
