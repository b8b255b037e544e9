//! `/login`.

use crate::{
    guard::Who,
    server_fns::people::Login,
    ui::{FormError, FormFooter, Notice, PostForm, TextField, use_posting},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Signs in.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let posting = use_posting::<Login>();
    let error = FormError::of(posting);
    let who = Who::here();
    Effect::new(move || {
        if let Some(Ok(())) = posting.answer().get() {
            who.reload();
        }
    });
    let query = use_query_map();
    let link_used = move || query.with(|query| query.get_str("link").is_some());
    view! {
        <Title text="Sign in" />
        <main class="alone">
            <p class="brand">"Allot"</p>
            <h1>"Sign in"</h1>
            {move || link_used().then(used_link_notice)}
            <PostForm posting class="form">
                {credentials(error, posting.pending())}
            </PostForm>
        </main>
    }
    .into_any()
}

/// The fields of a sign-in.
pub(crate) fn credentials(error: FormError, pending: Signal<bool>) -> impl IntoView {
    view! {
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
            pending
            button="Sign in"
        />
    }
}

/// For someone who came by a sign-in link that works no more.
pub(crate) fn used_link_notice() -> impl IntoView {
    view! {
        <Notice>
            <p>
                "This sign-in link was used already, or has expired. Sign in with your password, or \
                 ask for a new link."
            </p>
        </Notice>
    }
}
