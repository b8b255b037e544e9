//! One of the facts in a row under a page's title.

use leptos::prelude::*;

/// A name with its value and what there is to say about it.
pub(crate) fn fact(name: &'static str, value: String, note: impl Into<String>) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
            <dd class="sub">{note.into()}</dd>
        </div>
    }
}
