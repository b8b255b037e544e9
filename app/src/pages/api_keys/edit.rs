//! One key: renaming it, replacing it, ending it.

use super::table::scopes;
use crate::{
    navigation::{API_KEYS, address},
    server_fns::api_keys::{EditApiKey, RevokeApiKey, RotateApiKey},
    ui::{FormError, FormFooter, SelectField, TextField, served_error, served_form},
};
use chrono::TimeDelta;
use domain::{api_keys::KeyState, period::TimeZone};
use leptos::prelude::*;
use service::ApiKey;

/// How long a key can still work after it was replaced, in seconds.
const OVERLAPS: [(&str, &str); 5] = [
    ("0", "Not at all: it ends at once"),
    ("3600", "1 hour"),
    ("86400", "1 day"),
    ("604800", "7 days"),
    ("2592000", "30 days"),
];

/// The section about a key that the address names.
pub(super) fn section(key: &ApiKey, query: &str, zone: TimeZone) -> impl IntoView + use<> {
    let place = key.subtenant_name.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    let may = format!("{}_… may {}{place}.", key.prefix, scopes(&key.scopes));
    let forms = (key.state == KeyState::Active).then(|| {
        view! { {form(key, query, zone)} {rotate(key, query)} {revoke(key, query)} }
    });
    view! {
        <section class="section" aria-labelledby="edit-key">
            <div class="section-head">
                <h2 id="edit-key">{key.name.clone()}</h2>
                <div class="section-actions">
                    <a class="button button-small" href=API_KEYS>"Back to all"</a>
                </div>
            </div>
            <p class="section-text">{may}</p>
            {forms}
        </section>
    }
}

fn form(key: &ApiKey, query: &str, zone: TimeZone) -> impl IntoView + use<> {
    let error = served_error::<EditApiKey>(query);
    // The day whose end is the key's, or in which it ends.
    let last_day =
        key.expires_at.map(|end| zone.local_day(end - TimeDelta::seconds(1)).to_string());
    let last_day = last_day.unwrap_or_default();
    let fields = view! {
        {hidden(key, error)}
        <input type="hidden" name="last_day_before" value=last_day.clone() />
        <TextField
            name="name"
            label="Name"
            value=error.text("name", key.name.clone())
            required=true
            error
        />
        <TextField
            name="last_day"
            label="Last day"
            kind="date"
            value=error.text("last_day", last_day)
            hint="Empty: it works until somebody revokes it."
            error
        />
        <FormFooter
            error
            fields=&["name", "last_day"]
            pending=false
            button="Save"
            reload=address(API_KEYS, &[("key", &key.id.to_string())])
        />
    };
    served_form::<EditApiKey>("form", fields)
}

fn rotate(key: &ApiKey, query: &str) -> impl IntoView + use<> {
    let error = served_error::<RotateApiKey>(query);
    let options = OVERLAPS.map(|(value, label)| (value.to_owned(), label.to_owned())).into();
    let fields = view! {
        {hidden(key, error)}
        <SelectField
            name="overlap"
            label="How long this one still works"
            options
            value=error.text("overlap", "86400".to_owned())
            error
        />
        <FormFooter error fields=&["overlap"] pending=false button="Replace the key" />
    };
    view! {
        <details class="details" open=!error.none_yet()>
            <summary>"Replace the key"</summary>
            <p class="section-text">
                "A new one is made with the same name, which may do the same. Until this one ends both work: give \
                 your program the new one meanwhile."
            </p>
            {served_form::<RotateApiKey>("form", fields)}
        </details>
    }
}

fn revoke(key: &ApiKey, query: &str) -> impl IntoView + use<> {
    let error = served_error::<RevokeApiKey>(query);
    let fields = view! {
        {hidden(key, error)}
        <FormFooter error fields=&[] pending=false button="Revoke the key" />
    };
    view! {
        <details class="details" open=!error.none_yet()>
            <summary>"Revoke the key"</summary>
            <p class="section-text">
                "The next request with it is refused, and it can't be brought back."
            </p>
            {served_form::<RevokeApiKey>("form form-inline", fields)}
        </details>
    }
}

/// Which key a form is about, and as what it was seen.
fn hidden(key: &ApiKey, error: FormError) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="key" value=key.id.to_string() />
        <input type="hidden" name="version" value=error.version(key.version) />
    }
}
