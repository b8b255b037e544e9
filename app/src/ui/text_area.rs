//! A labelled input of many lines.

use super::form::FormError;
use leptos::{html, prelude::*};

/// An input of many lines, with its explanation and its error next to it.
#[component]
pub(crate) fn TextArea(
    /// The name under which the form sends it, and its id.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What happens with it.
    hint: &'static str,
    /// How many lines are in sight.
    rows: &'static str,
    /// The input itself, for what fills it in.
    node: NodeRef<html::Textarea>,
    /// The error of the form that it is part of.
    error: FormError,
) -> impl IntoView {
    let message = move || error.at(name);
    let wrong = move || message().is_some();
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described_by = format!("{error_id} {hint_id}");
    error.focus_on_error(name, name);
    view! {
        <div class="field">
            <label class="field-label" for=name>
                {label}
            </label>
            <textarea
                class="input text-area"
                id=name
                name=name
                rows=rows
                spellcheck="false"
                required
                node_ref=node
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=described_by
            ></textarea>
            <p class="field-error" id=error_id>
                {message}
            </p>
            <p class="field-hint" id=hint_id>
                {hint}
            </p>
        </div>
    }
}
