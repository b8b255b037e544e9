//! `/my-usage`: what is left for the one who looks, and why.

#[cfg(feature = "ssr")]
mod content;
#[cfg(feature = "ssr")]
mod operations;

#[cfg(feature = "ssr")]
pub(crate) use content::content;

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    server_fns::my_usage::my_usage,
    ui::Panel,
};
use domain::access::Action;
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
                let html = usage.await?;
                Ok::<_, Refusal>(view! { <Panel html /> }.into_any())
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
