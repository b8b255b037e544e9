//! `/settings/usage`: what is used of the plan and of every meter, one's own part of it, and how it
//! went.

#[cfg(feature = "ssr")]
mod content;
#[cfg(feature = "ssr")]
mod credits;
#[cfg(feature = "ssr")]
mod lasting;
#[cfg(feature = "ssr")]
mod own;

#[cfg(feature = "ssr")]
pub(crate) use content::content;

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    server_fns::usage_page::usage_page,
    ui::Panel,
};
use domain::access::Action;
use leptos::prelude::*;
use leptos_meta::Title;

/// What is used. It is only read, so that the server alone renders it.
#[component]
pub(crate) fn UsagePage() -> impl IntoView {
    let who = Who::here();
    let usage = Resource::new_blocking(|| (), |()| usage_page());
    refetch_when_changed(usage);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.allowed_to(Action::ViewUsage).await?;
                let html = usage.await?;
                Ok::<_, Refusal>(view! { <Panel html /> }.into_any())
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Usage" />
        <Transition fallback=|| view! { <p class="loading">"Loading usage…"</p> }>
            {content}
        </Transition>
    }
}
