//! A dialog as a state of the URL: the server renders it open, and closing it is a link.

use super::icon::{Icon, Symbol};
use leptos::{ev::MouseEvent, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// A dialog over the page. Without JavaScript it is an open `<dialog>` with a backdrop; hydrated
/// it is a modal one: focus stays inside, Esc closes it, and focus returns to what opened it.
#[component]
pub(crate) fn Dialog(
    /// Its title.
    title: String,
    /// The address of the page without it.
    close: String,
    /// The id of the link that opens it.
    opener: String,
    /// Whether it has room for a table.
    #[prop(optional)]
    wide: bool,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = node.get() {
            // Wait for the element to be part of the page: it is created before it is put there.
            request_animation_frame(move || {
                dialog.set_open(false);
                // Fails only where the dialog has been taken off the page already.
                _ = dialog.show_modal();
            });
        }
    });
    focus_when_gone(opener.clone());

    let navigate = use_navigate();
    let left = ArcStoredValue::new(false);
    // Once: the browser tells of a dialog that was closed a little later, and whoever follows another
    // link within that time is not to be called back.
    let leave = {
        let close = close.clone();
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        move || {
            if left.try_update_value(|left| !std::mem::replace(left, true)) == Some(true) {
                navigate(&close, options.clone());
            }
        }
    };
    let leave_now = leave.clone();
    // The link's own address is for browsers without JavaScript, which find their place again by
    // its fragment; following it here would make the page jump.
    let close_at_once = move |event: MouseEvent| {
        // Gone while the page is being loaded anew under the dialog; the link is followed then.
        if let Some(dialog) = node.try_get_untracked().flatten() {
            event.prevent_default();
            dialog.close();
            leave_now();
        }
    };
    view! {
        <dialog
            open
            class="dialog"
            class:dialog-wide=wide
            aria-labelledby="dialog-title"
            node_ref=node
            on:close=move |_| leave()
        >
            <div class="dialog-head">
                <h2 id="dialog-title">{title}</h2>
                <a
                    class="icon-button"
                    href=format!("{close}#{opener}")
                    aria-label="Close"
                    on:click=close_at_once
                >
                    <Icon symbol=Symbol::Close />
                </a>
            </div>
            {children()}
        </dialog>
    }
}

/// Moves the focus to an element once the component that calls this is gone, unless somebody has moved it
/// on by then: the next key is for what they have chosen. Within an effect, because effects run in
/// browsers only.
fn focus_when_gone(id: String) {
    Effect::new(move || {
        let id = id.clone();
        let give_back = move || {
            if !is_focus_elsewhere() {
                focus(&id);
            }
        };
        on_cleanup(move || request_animation_frame(give_back));
    });
}

/// Whether something has the focus that is in no dialog.
fn is_focus_elsewhere() -> bool {
    document().active_element().is_some_and(|active| {
        active.tag_name() != "BODY" && active.closest("dialog").is_ok_and(|dialog| dialog.is_none())
    })
}

/// Moves the focus to the element with this id.
pub(crate) fn focus(id: &str) {
    use leptos::wasm_bindgen::JsCast;

    let element = document().get_element_by_id(id);
    if let Some(element) =
        element.and_then(|element| element.dyn_into::<leptos::web_sys::HtmlElement>().ok())
    {
        // Nothing is lost where the browser refuses.
        _ = element.focus();
    }
}
