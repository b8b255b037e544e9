//! `/settings/usage-quotas`: what the organization and its subtenants spend, and may.

use super::{Open, Place, Shown, Whose, new_link, quotas};
use crate::{
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    navigation::USAGE_QUOTAS,
    server_fns::quotas::usage_quotas,
    ui::{LiveForm, filter},
};
use domain::{
    access::Action,
    views::{Identity, QuotaScope, QuotasPage},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// What the organization and its subtenants spend, and may.
#[component]
pub(crate) fn UsageQuotasPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let shown = Memo::new(move |_| {
        query.with(|query| {
            (Place::parse(USAGE_QUOTAS, &query.to_query_string()), Open::parse(query))
        })
    });
    let data = Resource::new_blocking(
        move || shown.get(),
        |(Place { whose, page }, open)| {
            let subtenant = match whose {
                Whose::Organization(subtenant) => subtenant,
                Whose::User { .. } => None,
            };
            usage_quotas(subtenant, Some(page), open.and_then(Open::quota))
        },
    );
    refetch_when_changed(data);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let identity = who.allowed_to(Action::ViewUsageQuotas).await?;
                let (place, open) = shown.get_untracked();
                Ok::<_, Refusal>(content(&identity, &data.await?, &place, open))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Usage Quotas" />
        <Transition fallback=|| view! { <p class="loading">"Loading quotas…"</p> }>
            {content}
        </Transition>
    }
}

fn content(identity: &Identity, data: &QuotasPage, place: &Place, open: Option<Open>) -> AnyView {
    let place = Place { page: data.page, ..place.clone() };
    let shown = Shown { data, place: &place, rights: &identity.rights };
    view! {
        <div class="page-head">
            <div>
                <h1>"Usage Quotas"</h1>
                <p class="page-sub">
                    "What the organization and its subtenants may spend in a day, a month and a year"
                </p>
            </div>
            {new_link(shown)}
        </div>
        {selector(data)}
        {quotas(shown, open)}
    }
    .into_any()
}

/// Whose quotas are shown: the whole organization's, or those of a subtenant.
fn selector(data: &QuotasPage) -> impl IntoView + use<> {
    let options = data.subtenants.iter();
    let options = options.map(|one| (one.id.to_string(), one.name.clone())).collect();
    let chosen = match &data.scope {
        QuotaScope::Subtenant(subtenant) => subtenant.id.to_string(),
        QuotaScope::Organization | QuotaScope::Member(_) => String::new(),
    };
    view! {
        <LiveForm action=USAGE_QUOTAS label="Choose whose quotas are shown">
            {filter("subtenant", "Quotas of", "Whole organization", options, &chosen)}
        </LiveForm>
    }
}
