//! `/account`: who one is here, one's password, and the language of messages.

use super::panel_page::form_panel_page;
use crate::{
    server_fns::people::account,
    ui::{FormError, FormFooter, TextField},
};
use domain::access::Action;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
pub(crate) use content::content;

/// The account of the one who looks.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    form_panel_page("Account", Action::ViewOwnUsage, |query| Box::pin(account(query)))
}

#[cfg(feature = "ssr")]
mod content {
    use super::password_fields;
    use crate::{
        server_fns::people::{SetLanguage, SetPassword},
        ui::{Card, FormFooter, Html, SelectField, served_error, served_form},
    };
    use domain::{access::Rights, notices::Language, views::Identity};
    use leptos::prelude::*;

    /// The whole page.
    pub(crate) fn content(identity: &Identity, language: Language, query: &str) -> Html {
        let error = served_error::<SetPassword>(query);
        let (email, has_password) = (identity.email.clone(), identity.has_password);
        let password = password_fields(email, has_password, error, Signal::stored(false));
        // Cards take what outlives them.
        let password = served_form::<SetPassword>("form", password).into_any();
        let (facts, messages) = (facts(identity).into_any(), messages(language, query).into_any());
        Html::of(view! {
            <h1>"Account"</h1>
            <div class="cards">
                <Card title="You">{facts}</Card>
                <Card title="Password">{password}</Card>
                <Card title="Messages">{messages}</Card>
            </div>
        })
    }

    fn facts(identity: &Identity) -> impl IntoView + use<> {
        let roles: Vec<String> = match &identity.rights {
            Rights::Roles { roles, .. } => {
                // From the most to the least powerful.
                let mut roles = roles.clone();
                roles.sort();
                roles.iter().map(ToString::to_string).collect()
            }
            Rights::Key(key) => key.scopes.iter().map(|scope| scope.code().to_owned()).collect(),
        };
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

    fn messages(language: Language, query: &str) -> impl IntoView + use<> {
        let error = served_error::<SetLanguage>(query);
        let named = |language: Language| (language.code().to_owned(), language.to_string());
        served_form::<SetLanguage>(
            "form",
            view! {
                <SelectField
                    name="language"
                    label="Language of emails to you"
                    options=Language::ALL.map(named).to_vec()
                    value=language.code().to_owned()
                    error
                />
                <FormFooter error fields=&["language"] pending=false button="Save" />
            },
        )
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
