//! The way to the other pages of a table.

use leptos::prelude::*;

/// Links to the page before and the page after; nothing where there is only one.
#[component]
pub(crate) fn Paging(
    /// Which page this is, from 1.
    page: i64,
    /// How many there are.
    pages: i64,
    /// The address of a page.
    address: impl Fn(i64) -> String,
) -> impl IntoView {
    let link = |to: i64, label: &'static str| {
        if (1..=pages).contains(&to) {
            view! { <a class="button button-small" href=address(to)>{label}</a> }.into_any()
        } else {
            view! { <button class="button button-small" disabled>{label}</button> }.into_any()
        }
    };
    (pages > 1).then(|| {
        view! {
            <nav class="paging" aria-label="Pages of the table">
                {link(page - 1, "Previous")}
                <span class="sub">{format!("Page {page} of {pages}")}</span>
                {link(page + 1, "Next")}
            </nav>
        }
    })
}
