//! What people look for in a list: a form whose answer is an address, so that it can be kept, sent
//! and gone back to.

use leptos::prelude::*;
use leptos_router::components::Form;

/// A form that filters the list at `path`.
#[component]
pub(crate) fn Filters(
    /// The path of the page.
    path: &'static str,
    /// The address without any filter, where there is one.
    clear: Option<String>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <search>
            <Form method="get" action=path attr:class="filters">
                {children()}
                <div class="filters-end">
                    <button class="button" type="submit">
                        "Show"
                    </button>
                    {clear.map(|href| view! { <a href=href>"Clear"</a> })}
                </div>
            </Form>
        </search>
    }
}
