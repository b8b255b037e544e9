//! One channel: its form, and what can be done with it.

use super::fields;
use crate::{
    navigation::WEBHOOKS,
    server_fns::webhooks::{EditChannel, RemoveChannel, RenewChannelSecret, TryChannel},
    ui::{Checkbox, FormError, FormFooter, Notice, TextField, served_error, served_form},
    usage_address::field,
};
use domain::{channels::Carried, notices::ChannelKind, period::TimeZone};
use leptos::prelude::*;
use service::Channel;

/// The section about a channel that the address names.
pub(super) fn section(channel: &Channel, query: &str, zone: TimeZone) -> impl IntoView + use<> {
    let next = channel.next_at.filter(|_| channel.failures > 0 && channel.waiting > 0);
    let next = next.map(|at| {
        let at = zone.local_text(at);
        view! { <p class="section-text">{format!("It is tried again at {at}.")}</p> }
    });
    view! {
        <section class="section" aria-labelledby="edit-channel">
            <div class="section-head">
                <h2 id="edit-channel">{channel.name.clone()}</h2>
                <div class="section-actions">
                    <a class="button button-small" href=WEBHOOKS>"Back to all"</a>
                </div>
            </div>
            {tried(channel, query)}
            {next}
            {try_out(channel, query)}
            {form(channel, query)}
            {secret(channel, query)}
            {remove(channel, query)}
        </section>
    }
}

/// What came of a test that was sent a moment ago.
fn tried(channel: &Channel, query: &str) -> Option<AnyView> {
    match field(query, "tried").as_deref() {
        Some("arrived") => Some(view! { <p role="status">"The test arrived."</p> }.into_any()),
        Some("failed") => {
            let why = channel.error.clone().unwrap_or_default();
            let notice = view! {
                <Notice>
                    <p role="status">{format!("The test did not arrive. {why}")}</p>
                </Notice>
            };
            Some(notice.into_any())
        }
        _ => None,
    }
}

fn try_out(channel: &Channel, query: &str) -> impl IntoView + use<> {
    let error = served_error::<TryChannel>(query);
    let fields = view! {
        {hidden(channel)}
        <FormFooter error fields=&[] pending=false button="Send a test" />
    };
    served_form::<TryChannel>("form form-inline", fields)
}

fn form(channel: &Channel, query: &str) -> impl IntoView + use<> {
    let error = served_error::<EditChannel>(query);
    let codes = |kinds: &[&'static str], levels: &[&'static str]| Carried::parse(kinds, levels);
    let kinds: Vec<_> = channel.kinds.iter().map(|kind| kind.code()).collect();
    let levels: Vec<_> = channel.levels.iter().map(|level| level.code()).collect();
    let carried = codes(&kinds, &levels).unwrap_or_else(|_| Carried::usual());
    let (saved_url, url_hint) = match channel.kind {
        ChannelKind::Webhook => (channel.url.clone(), "Begins with https://."),
        _ => (
            String::new(),
            "Leave it empty to keep the address: who knows it can write to the chat.",
        ),
    };
    let secret = channel.kind.takes_secret().then(|| {
        let hint = if channel.signed {
            "Leave it empty to keep the secret."
        } else {
            "Empty: messages are not signed."
        };
        view! { <TextField name="secret" label="Secret of the chat" hint error /> }
    });
    let enabled = error.checked("enabled", "true", channel.enabled);
    let fields = view! {
        {hidden(channel)}
        <input type="hidden" name="version" value=error.version(channel.version) />
        <TextField
            name="name"
            label="Name"
            value=error.text("name", channel.name.clone())
            required=true
            error
        />
        <TextField
            name="url"
            label="Address"
            kind="url"
            value=error.text("url", saved_url)
            hint=url_hint
            error
        />
        {secret}
        {fields::carried(&carried, error)}
        {fields::language(channel.language, error)}
        <Checkbox
            name="enabled"
            label="Switched on"
            checked=enabled
            hint="Switched off, nothing is sent to it, and what happens meanwhile is not sent later."
        />
        {fields::footer(error, format!("{WEBHOOKS}?channel={}", channel.id))}
    };
    served_form::<EditChannel>("form", fields)
}

/// Making a new secret, after a second look.
fn secret(channel: &Channel, query: &str) -> Option<impl IntoView + use<>> {
    if channel.kind != ChannelKind::Webhook {
        return None;
    }
    let error = served_error::<RenewChannelSecret>(query);
    let text = "The secret before is worth nothing from then on: the receiver refuses messages until it knows \
                the new one.";
    Some(confirmed::<RenewChannelSecret>(channel, "Make a new secret", text, error))
}

/// Removing it, likewise.
fn remove(channel: &Channel, query: &str) -> impl IntoView + use<> {
    let error = served_error::<RemoveChannel>(query);
    let text = "Nothing is sent to it any more, and what waits for it is forgotten.";
    confirmed::<RemoveChannel>(channel, "Remove the channel", text, error)
}

fn confirmed<F: leptos::server_fn::ServerFn>(
    channel: &Channel,
    label: &'static str,
    text: &'static str,
    error: FormError,
) -> impl IntoView + use<F> {
    let open = !error.none_yet();
    let fields = view! {
        {hidden(channel)}
        <input type="hidden" name="version" value=error.version(channel.version) />
        <FormFooter error fields=&[] pending=false button=label />
    };
    view! {
        <details class="details" open=open>
            <summary>{label}</summary>
            <p class="section-text">{text}</p>
            {served_form::<F>("form form-inline", fields)}
        </details>
    }
}

fn hidden(channel: &Channel) -> impl IntoView + use<> {
    view! { <input type="hidden" name="channel" value=channel.id.to_string() /> }
}
