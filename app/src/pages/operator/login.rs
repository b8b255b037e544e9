//! `/operator/login`.

use crate::{
    guard::WhoOperates,
    pages::login::{credentials, used_link_notice},
    server_fns::operators::OperatorLogin,
    ui::{FormError, use_action},
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Signs an operator in.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let action = use_action::<OperatorLogin>();
    let error = FormError::of(action);
    let who = WhoOperates::here();
    Effect::new(move || {
        if let Some(Ok(())) = action.value().get() {
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
            <ActionForm action attr:class="form">
                {credentials(error, action.pending())}
            </ActionForm>
            <p class="sub">
                "To use what your organization has, " <a href="/login">"sign in there"</a> "."
            </p>
        </main>
    }
    .into_any()
}
