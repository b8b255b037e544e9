//! `/`: leads to the first page that a person's rights open.

use crate::{
    guard::{Refusal, Who, lead_to, page_or_refusal},
    navigation::entries,
};
use leptos::prelude::*;

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
    Ok(first.map(|entry| lead_to(entry.path)).into_any())
}
