//! `/login`.

use crate::{
    guard::Who,
    server_fns::people::Login,
    ui::{FormError, FormFooter, TextField, use_action},
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

/// Signs in.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let action = use_action::<Login>();
    let error = FormError::of(action);
    let who = Who::here();
    Effect::new(move || {
        if let Some(Ok(())) = action.value().get() {
            who.reload();
        }
    });
    view! {
        <Title text="Sign in" />
        <main class="alone">
            <p class="brand">"Allot"</p>
            <h1>"Sign in"</h1>
            <ActionForm action attr:class="form">
                <TextField
                    name="email"
                    label="Email"
                    kind="email"
                    autocomplete="username"
                    required=true
                    autofocus=true
                    error
                />
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    error
                />
                <FormFooter
                    error
                    fields=&["email", "password"]
                    pending=action.pending()
                    button="Sign in"
                />
            </ActionForm>
        </main>
    }
    .into_any()
}
