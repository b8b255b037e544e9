//! The page *API keys*: the keys in one state, and the form for one more or of one of them.

use super::{edit, table};
use crate::{
    server_fns::api_keys::CreateApiKey,
    ui::{
        Checkbox, FormError, FormFooter, Html, SelectField, TextField, served_error, served_form,
    },
};
use domain::views::members::SubtenantChoice;
use leptos::prelude::*;
use service::ApiKeysPage;

/// What the form for a new key shows the errors of itself.
const FIELDS: &[&str] = &["name", "scopes", "subtenant", "last_day"];
/// Where programs read what they can call.
const DOCUMENTATION: &str = "/api/docs";

/// The whole page, by the query of its address; `made` is a key of a moment ago.
pub(crate) fn page(page: &ApiKeysPage, query: &str, made: Option<String>) -> Html {
    let form = match &page.open {
        Some(key) => edit::section(key, query, page.list.zone).into_any(),
        None => create(&page.subtenants, query).into_any(),
    };
    Html::of(view! {
        <div>
            <h1>"API keys"</h1>
            <p class="page-sub">
                "Programs call Allot with these. What they can call is in the "
                <a href=DOCUMENTATION rel="external">"API documentation"</a> "."
            </p>
        </div>
        {made.map(new_key)}
        {table::section(page, query)}
        {form}
    })
}

/// A key that nothing shows again.
fn new_key(key: String) -> impl IntoView {
    view! {
        <section class="card secrets" aria-label="The new key">
            <h2 class="card-title">"The new key"</h2>
            <p>
                "Copy it now, to where your program keeps its secrets: it is not shown again, and nobody can \
                 look it up. Whoever has it can do what it may."
            </p>
            <p class="code">{key}</p>
        </section>
    }
}

fn create(subtenants: &[SubtenantChoice], query: &str) -> impl IntoView + use<> {
    let error = served_error::<CreateApiKey>(query);
    let whole = (String::new(), "The whole organization".to_owned());
    let parts = subtenants.iter().map(|part| (part.id.to_string(), part.name.clone()));
    let options = std::iter::once(whole).chain(parts).collect();
    let fields = view! {
        <TextField
            name="name"
            label="Name"
            value=error.text("name", String::new())
            hint="What it is for, such as the program that has it."
            required=true
            error
        />
        {scopes(error)}
        <div class="field-row">
            <SelectField
                name="subtenant"
                label="Reaches"
                options
                value=error.text("subtenant", String::new())
                error
            />
            <TextField
                name="last_day"
                label="Last day"
                kind="date"
                value=error.text("last_day", String::new())
                hint="Empty: it works until somebody revokes it."
                error
            />
        </div>
        <p class="section-text">
            "A key of one subtenant asks for decisions on its members, and sees and administers what somebody may \
             who administers that subtenant. For everything else it is refused."
        </p>
        <FormFooter error fields=FIELDS pending=false button="Make key" />
    };
    view! {
        <section class="section" aria-labelledby="make-key">
            <h2 id="make-key">"Make a key"</h2>
            {served_form::<CreateApiKey>("form", fields)}
        </section>
    }
}

/// What a key may do.
fn scopes(error: FormError) -> impl IntoView {
    let checked = |name, usual| error.checked(name, "true", usual);
    view! {
        <fieldset class="fieldset" aria-describedby="scopes-error">
            <legend>"What it may do"</legend>
            <p class="field-error" id="scopes-error">{error.at("scopes")}</p>
            <Checkbox
                name="consume"
                label="consume"
                checked=checked("consume", true)
                hint="Ask for decisions: check, use, hold, give back, and set gauges."
            />
            <Checkbox
                name="read"
                label="read"
                checked=checked("read", false)
                hint="See usage, limits, members, and everything else that pages show."
            />
            <Checkbox
                name="admin"
                label="admin"
                checked=checked("admin", false)
                hint="Change limits, members, alerts and keys. It makes no key that may do more than itself."
            />
        </fieldset>
    }
}
