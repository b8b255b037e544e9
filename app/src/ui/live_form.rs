//! A form that narrows a table down.

use leptos::{
    ev::Event,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlFormElement},
};
use leptos_router::components::Form;
use std::time::Duration;

/// How long somebody has to pause before what they type counts.
const PAUSE: Duration = Duration::from_millis(40);

/// A form whose fields are the page's address. Without JavaScript its button sends them; hydrated,
/// the page follows what is typed and chosen.
#[component]
pub(crate) fn LiveForm(
    /// The path of the page.
    action: &'static str,
    /// What it is for.
    label: &'static str,
    /// Its fields.
    children: Children,
) -> impl IntoView {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let send_soon = move |event: Event| {
        let Some(form) = form_of(&event) else { return };
        // Gone once the page is being loaded for what was typed before, while this form is still
        // there to be typed into: then that was sent already.
        if let Some(before) = waiting.try_get_value().flatten() {
            before.clear();
        }
        let send = move || {
            // Somebody may have gone to another page meanwhile.
            if form.is_connected() {
                _ = form.request_submit();
            }
        };
        // Fails only where there is no window.
        waiting.set_value(set_timeout_with_handle(send, PAUSE).ok());
    };
    view! {
        <search class="filters" aria-label=label on:input=send_soon>
            <Form method="GET" action noscroll=true replace=true attr:class="filters-form">
                {children()}
                <button class="button button-small filters-button" type="submit">
                    "Apply"
                </button>
            </Form>
        </search>
    }
}

/// The form that the element belongs to from which an event came.
pub(crate) fn form_of(event: &Event) -> Option<HtmlFormElement> {
    let from: Element = event.target()?.dyn_into().ok()?;
    from.closest("form").ok()??.dyn_into().ok()
}
