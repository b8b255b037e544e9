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

/// One of several values.
#[component]
pub(crate) fn SelectField(
    /// The name under which the form sends it; also its id on the page.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What the form sends, with what people read.
    options: Vec<(&'static str, String)>,
    /// What it starts with.
    value: String,
) -> impl IntoView {
    let options = options.into_iter().map(|(code, text)| {
        view! { <option value=code selected=code == value>{text}</option> }
    });
    view! {
        <div class="field">
            <label class="field-label" for=name>
                {label}
            </label>
            <select class="input" id=name name=name>
                {options.collect_view()}
            </select>
        </div>
    }
}
