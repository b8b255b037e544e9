//! `/operator/login`.

use crate::{
    guard::WhoOperates,
    pages::login::{credentials, used_link_notice},
    server_fns::operators::OperatorLogin,
    ui::{FormError, PostForm, use_posting},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Signs an operator in.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let posting = use_posting::<OperatorLogin>();
    let error = FormError::of(posting);
    let who = WhoOperates::here();
    Effect::new(move || {
        if let Some(Ok(())) = posting.answer().get() {
            who.reload();
        }
    });
    let query = use_query_map();
    let link_used = move || query.with(|query| query.get_str("link").is_some());
    view! {
        <Title text="Operator sign-in" />
        <main class="alone">
            <p class="brand">"Allot"</p>
            <div>
                <h1>"Operator console"</h1>
                <p class="page-sub">"For those who run this installation."</p>
            </div>
            {move || link_used().then(used_link_notice)}
            <PostForm posting class="form">
                {credentials(error, posting.pending())}
            </PostForm>
            <p class="sub">
                "To use what your organization has, " <a href="/login">"sign in there"</a> "."
            </p>
        </main>
    }
    .into_any()
}
