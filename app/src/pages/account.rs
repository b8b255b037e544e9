//! `/account`: who one is here, and one's password.

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    server_fns::people::SetPassword,
    ui::{Card, FormError, FormFooter, PostForm, TextField, use_posting},
};
use domain::{access::Rights, views::Identity};
use leptos::prelude::*;
use leptos_meta::Title;

/// The account of the one who looks.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let who = Who::here();
    view! {
        <Title text="Account" />
        <Suspense>
            {move || Suspend::new(async move { page_or_refusal(content(who).await) })}
        </Suspense>
    }
}

async fn content(who: Who) -> Result<AnyView, Refusal> {
    let identity = who.anyone().await?;
    let (email, has_password) = (identity.email.clone(), identity.has_password);
    Ok(view! {
        <h1>"Account"</h1>
        <div class="cards">
            <Card title="You">{facts(&identity)}</Card>
            <Card title="Password">
                <PasswordForm email=email.clone() has_password />
            </Card>
        </div>
    }
    .into_any())
}

fn facts(identity: &Identity) -> impl IntoView + use<> {
    let roles = match &identity.rights {
        Rights::Roles { roles, .. } => {
            // From the most to the least powerful.
            let mut roles = roles.clone();
            roles.sort();
            roles.iter().map(ToString::to_string).collect()
        }
        Rights::Scopes(scopes) => scopes.iter().map(|scope| scope.code().to_owned()).collect(),
    };
    let roles: Vec<String> = roles;
    view! {
        <dl class="pairs">
            <dt>"Name"</dt>
            <dd>{identity.name.clone()}</dd>
            <dt>"Email"</dt>
            <dd>{identity.email.clone()}</dd>
            <dt>"Organization"</dt>
            <dd>{identity.organization.clone()}</dd>
            <dt>"Roles"</dt>
            <dd>{roles.join(", ")}</dd>
        </dl>
    }
}

#[component]
fn PasswordForm(
    /// Whose password: for password managers, which look for it in the form.
    email: String,
    /// Whether there is one to change.
    has_password: bool,
) -> impl IntoView {
    let posting = use_posting::<SetPassword>();
    let error = FormError::of(posting);
    let who = Who::here();
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

/// The fields of a form that sets a password.
pub(crate) fn password_fields(
    email: String,
    has_password: bool,
    error: FormError,
    pending: Signal<bool>,
) -> impl IntoView {
    let current = has_password.then(|| {
        view! {
            <TextField
                name="current"
                label="Current password"
                kind="password"
                autocomplete="current-password"
                required=true
                error
            />
        }
    });
    view! {
        <input type="email" autocomplete="username" value=email hidden />
        {current}
        <TextField
            name="new"
            label="New password"
            kind="password"
            autocomplete="new-password"
            hint="Long beats complicated: a few words that belong together only for you."
            required=true
            error
        />
        <FormFooter
            error
            fields=&["current", "new"]
            pending
            button=if has_password { "Change password" } else { "Set password" }
        />
    }
}
