//! `/`: leads to the first page that a person's rights open.

use crate::{
    guard::{Refusal, Who, page_or_refusal, replacing},
    navigation::entries,
};
use leptos::prelude::*;
use leptos_router::components::Redirect;

/// Leads on.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let who = Who::here();
    view! {
        <Suspense>
            {move || Suspend::new(async move { page_or_refusal(content(who).await) })}
        </Suspense>
    }
}

async fn content(who: Who) -> Result<AnyView, Refusal> {
    let identity = who.anyone().await?;
    let first = entries(&identity.rights).next();
    Ok(first.map(|entry| view! { <Redirect path=entry.path options=replacing() /> }).into_any())
}
