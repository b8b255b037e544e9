//! A choice of one of several, folded up.

use super::form::FormError;
use leptos::prelude::*;

/// A labelled drop-down list.
#[component]
pub(crate) fn Select(
    /// The name under which the form sends it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Its id on the page; the name, if left out.
    #[prop(default = name)]
    id: &'static str,
    /// What can be chosen: what the form sends, and what people read.
    options: Vec<(String, String)>,
    /// What is chosen at first.
    #[prop(into)]
    value: String,
    /// The error of the form that it is part of.
    #[prop(optional)]
    error: Option<FormError>,
) -> impl IntoView {
    let message = move || error.and_then(|error| error.at(name));
    let error_id = format!("{id}-error");
    let options = options.into_iter().map(|(code, text)| {
        let selected = code == value;
        view! { <option value=code selected=selected>{text}</option> }
    });
    let options = options.collect_view();
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            <select
                class="input"
                id=id
                name=name
                aria-invalid=move || message().is_some().then_some("true")
                aria-describedby=error_id.clone()
            >
                {options}
            </select>
            <p class="field-error" id=error_id.clone()>
                {message}
            </p>
        </div>
    }
}
