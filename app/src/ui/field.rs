//! Labelled inputs, each with its explanation and its error next to it.

use super::form::FormError;
use leptos::prelude::*;

/// An input of one line or of several.
#[component]
pub(crate) fn TextField(
    /// The name under which the form sends it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Its id on the page; the name, if left out.
    #[prop(default = name)]
    id: &'static str,
    /// The type of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What it starts with.
    #[prop(optional, into)]
    value: String,
    /// What happens with it.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// How many lines it shows at first; an input of one line, if left out.
    #[prop(optional)]
    lines: Option<u16>,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether the form can't be sent without it.
    #[prop(optional)]
    required: bool,
    /// Whether the focus starts here.
    #[prop(optional)]
    autofocus: bool,
    /// The error of the form that it is part of.
    error: FormError,
    /// The name that errors have for it; the name of the input, if left out.
    #[prop(default = name)]
    error_field: &'static str,
) -> impl IntoView {
    let message = move || error.at(error_field);
    let wrong = move || message().is_some();
    let starts_wrong = untrack(wrong);
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match (wrong(), hint.is_some()) {
            (true, true) => Some(format!("{error_id} {hint_id}")),
            (true, false) => Some(error_id.clone()),
            (false, true) => Some(hint_id.clone()),
            (false, false) => None,
        }
    };
    error.focus_on_error(error_field, id);
    let invalid = move || wrong().then_some("true");
    let autofocus = autofocus || starts_wrong;
    let input = match lines {
        Some(lines) => view! {
            <textarea
                class="input"
                id=id
                name=name
                rows=lines
                required=required
                autofocus=autofocus
                aria-invalid=invalid
                aria-describedby=described_by
            >
                {value}
            </textarea>
        }
        .into_any(),
        None => view! {
            <input
                class="input"
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                required=required
                autofocus=autofocus
                aria-invalid=invalid
                aria-describedby=described_by
            />
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            {input}
            <p class="field-error" id=error_id>
                {message}
            </p>
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
        </div>
    }
}

/// A checkbox that the form sends as `true`.
#[component]
pub(crate) fn Checkbox(
    /// The name under which the form sends it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Whether it starts checked.
    checked: bool,
    /// What happens when it is checked.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Whether the focus starts here.
    #[prop(optional)]
    autofocus: bool,
    /// Whether the part of the form that follows is shown only while this is checked.
    #[prop(optional)]
    reveals: bool,
) -> impl IntoView {
    choice(Choice {
        kind: "checkbox",
        name,
        value: "true".to_owned(),
        label: label.to_owned(),
        checked,
        hint: hint.map(str::to_owned),
        autofocus,
        reveals,
    })
}

/// One of several options of the same name.
#[component]
pub(crate) fn Radio(
    /// The name under which the form sends it.
    name: &'static str,
    /// What the form sends.
    #[prop(into)]
    value: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// Whether it starts selected.
    checked: bool,
    /// What happens when it is selected.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Whether the focus starts here.
    #[prop(optional)]
    autofocus: bool,
    /// Whether the part of the form that follows is shown only while this is checked.
    #[prop(optional)]
    reveals: bool,
) -> impl IntoView {
    choice(Choice { kind: "radio", name, value, label, checked, hint, autofocus, reveals })
}

struct Choice {
    kind: &'static str,
    name: &'static str,
    value: String,
    label: String,
    checked: bool,
    hint: Option<String>,
    autofocus: bool,
    reveals: bool,
}

fn choice(choice: Choice) -> impl IntoView {
    let id = format!("{}-{}", choice.name, choice.value);
    let hint_id = choice.hint.as_ref().map(|_| format!("{id}-hint"));
    view! {
        <div class="choice">
            <input
                id=id.clone()
                type=choice.kind
                name=choice.name
                value=choice.value
                checked=choice.checked
                autofocus=choice.autofocus
                data-reveals=choice.reveals.then_some("")
                aria-describedby=hint_id.clone()
            />
            <label for=id>{choice.label}</label>
            {choice.hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
        </div>
    }
}
