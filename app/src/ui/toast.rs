//! The message after something was saved.

use super::icon::{Icon, Symbol};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

/// What was saved, from the URL that a form redirects to. The element is always there, because
/// screen readers announce only what changes in one that they know.
#[component]
pub(crate) fn Toast() -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let page =
        move || query.with(|query| query.get_str("page").map(|page| format!("?page={page}")));
    let message = move || query.with(|query| query.get_str("saved").and_then(message));
    let toast = move |text| {
        view! {
            <div class="toast">
                <Icon symbol=Symbol::Done />
                <span>{text}</span>
                <a
                    class="icon-button"
                    href=move || format!("{}{}", path.get(), page().unwrap_or_default())
                    aria-label="Dismiss"
                    data-noscroll
                >
                    <Icon symbol=Symbol::Close />
                </a>
            </div>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {move || message().map(toast)}
        </div>
    }
}

fn message(saved: &str) -> Option<&'static str> {
    match saved {
        "settings" | "member" => Some("Saved. The next request sees the new limit."),
        "password" => Some("Saved. Use the new password the next time you sign in."),
        _ => None,
    }
}
