//! The way through the pages of a table.

use leptos::prelude::*;

/// Links to the page before and the page after. Nothing where there is only one page.
#[component]
pub(crate) fn Paging(
    /// Which page this is, from 1.
    page: i64,
    /// How many pages there are.
    pages: i64,
    /// The addresses of the page before and the page after.
    around: [String; 2],
) -> impl IntoView {
    let link = |href: String, label: &'static str, there: bool| {
        if there {
            view! { <a class="button button-small" href=href>{label}</a> }.into_any()
        } else {
            view! { <button class="button button-small" disabled>{label}</button> }.into_any()
        }
    };
    let [before, after] = around;
    (pages > 1).then(|| {
        view! {
            <nav class="paging" aria-label="Pages of the table">
                {link(before, "Previous", page > 1)}
                <span class="sub">{format!("Page {page} of {pages}")}</span>
                {link(after, "Next", page < pages)}
            </nav>
        }
    })
}
