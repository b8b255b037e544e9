//! A message that stays on the page.

use super::icon::{Icon, Symbol};
use leptos::prelude::*;

/// Something that people should know or do, with the way to do it inside.
#[component]
pub(crate) fn Notice(
    /// The message.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="notice">
            <Icon symbol=Symbol::Warning />
            <div class="notice-text">{children()}</div>
        </div>
    }
}
