//! A labelled choice of one out of many.

use super::form::FormError;
use leptos::prelude::*;

/// A select with its error next to it.
#[component]
pub(crate) fn SelectField(
    /// The name under which the form sends it, and its id.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What can be chosen: what the form sends, and what people read.
    options: Vec<(String, String)>,
    /// What it starts with.
    value: String,
    /// The error of the form that it is part of.
    error: FormError,
) -> impl IntoView {
    let message = move || error.at(name);
    let wrong = move || message().is_some();
    let error_id = format!("{name}-error");
    let described_by = {
        let error_id = error_id.clone();
        move || wrong().then(|| error_id.clone())
    };
    error.focus_on_error(name, name);
    view! {
        <div class="field">
            <label class="field-label" for=name>
                {label}
            </label>
            <select
                class="input"
                id=name
                name=name
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=described_by
            >
                {choices(options, &value)}
            </select>
            <p class="field-error" id=error_id>
                {message}
            </p>
        </div>
    }
}

/// A select that narrows a table down: all of it, or what is chosen.
pub(crate) fn filter(
    name: &'static str,
    label: &'static str,
    any: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
) -> impl IntoView + use<> {
    view! {
        <select class="input filters-choice" name=name aria-label=label>
            <option value="">{any}</option>
            {choices(options, chosen)}
        </select>
    }
}

/// The options of a select, with the one that it starts with.
fn choices(options: Vec<(String, String)>, chosen: &str) -> impl IntoView + use<> {
    options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! {
                <option value=value selected=selected>
                    {label}
                </option>
            }
        })
        .collect_view()
}
