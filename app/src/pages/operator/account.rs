//! `/operator/account`: who one is here, and one's password.

use crate::{
    guard::{Refusal, WhoOperates, console_page},
    pages::account::password_fields,
    server_fns::operators::OperatorSetPassword,
    ui::{Card, FormError, PostForm, use_posting},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The account of the operator who looks.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let who = WhoOperates::here();
    view! {
        <Title text="Account" />
        <Suspense>
            {move || Suspend::new(async move { console_page(content(who).await) })}
        </Suspense>
    }
}

async fn content(who: WhoOperates) -> Result<AnyView, Refusal> {
    let identity = who.anyone().await?;
    let (email, has_password) = (identity.email.clone(), identity.has_password);
    Ok(view! {
        <h1>"Account"</h1>
        <div class="cards">
            <Card title="You">
                <dl class="pairs">
                    <dt>"Name"</dt>
                    <dd>{identity.name.clone()}</dd>
                    <dt>"Email"</dt>
                    <dd>{identity.email.clone()}</dd>
                </dl>
            </Card>
            <Card title="Password">
                <PasswordForm email=email.clone() has_password />
            </Card>
        </div>
    }
    .into_any())
}

#[component]
fn PasswordForm(
    /// Whose password.
    email: String,
    /// Whether there is one to change.
    has_password: bool,
) -> impl IntoView {
    let posting = use_posting::<OperatorSetPassword>();
    let error = FormError::of(posting);
    let who = WhoOperates::here();
    Effect::new(move || {
        if let Some(Ok(())) = posting.answer().get() {
            who.reload();
        }
    });
    view! {
        <PostForm posting class="form">
            {password_fields(email, has_password, error, posting.pending())}
        </PostForm>
    }
}
