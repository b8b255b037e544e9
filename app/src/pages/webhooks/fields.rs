//! The fields of channels: what forms for new ones and for those that are there have in common.

use crate::{
    server_fns::webhooks::AddChannel,
    ui::{Checkbox, FormError, FormFooter, SelectField, TextField, served_form},
};
use domain::{
    channels::{Carried, LimitLevel},
    notices::{Language, NewsKind},
};
use leptos::prelude::*;

/// What forms show the errors of themselves.
const FIELDS: &[&str] = &["name", "kind", "url", "secret", "kinds", "levels", "language"];

/// The kinds of news as forms name them.
const KINDS: [(NewsKind, &str); 5] = [
    (NewsKind::LimitReached, "carried[limit_reached]"),
    (NewsKind::RaiseRequested, "carried[raise_requested]"),
    (NewsKind::RaiseAnswered, "carried[raise_answered]"),
    (NewsKind::WeeklyDigest, "carried[weekly_digest]"),
    (NewsKind::MonthReport, "carried[month_report]"),
];

const LEVELS: [(LimitLevel, &str, &str); 3] = [
    (LimitLevel::Organization, "carried[organization]", "of the plan and the organization"),
    (LimitLevel::Subtenant, "carried[subtenant]", "of subtenants"),
    (LimitLevel::Member, "carried[member]", "of members"),
];

/// A kind of news in words.
pub(super) fn kind_label(kind: NewsKind) -> &'static str {
    match kind {
        NewsKind::LimitReached => "Limits that are nearly or wholly used up",
        NewsKind::RaiseRequested => "Requests for more",
        NewsKind::RaiseAnswered => "Answers to requests",
        NewsKind::WeeklyDigest => "The weekly digest",
        NewsKind::MonthReport => "The report of the month",
        NewsKind::ChannelTest => "Tests",
    }
}

/// The form for a new channel.
pub(super) fn new_channel(kinds: Vec<(String, String)>, error: FormError) -> impl IntoView + use<> {
    let fields = view! {
        <div class="field-row">
            <SelectField
                name="kind"
                label="What it speaks"
                options=kinds
                value=error.text("kind", "webhook".to_owned())
                error
            />
            <TextField
                name="name"
                label="Name"
                value=error.text("name", String::new())
                required=true
                error
            />
        </div>
        <TextField
            name="url"
            label="Address"
            kind="url"
            value=error.text("url", String::new())
            hint="Begins with https://. Your chat gives it to you as an incoming webhook or a custom robot."
            required=true
            error
        />
        <TextField
            name="secret"
            label="Secret of the chat"
            hint="Only for Feishu and DingTalk with signatures. A signed webhook gets a secret here, which is shown once."
            error
        />
        {carried(&Carried::usual(), error)}
        {language(Language::English, error)}
        <FormFooter error fields=FIELDS pending=false button="Add channel" />
    };
    served_form::<AddChannel>("form", fields)
}

/// What it carries.
pub(super) fn carried(now: &Carried, error: FormError) -> impl IntoView + use<> {
    let kinds = KINDS.into_iter().map(|(kind, name)| {
        let checked = error.checked(name, "true", now.kinds().contains(&kind));
        view! { <Checkbox name label=kind_label(kind) checked /> }
    });
    let levels = LEVELS.into_iter().map(|(level, name, label)| {
        let checked = error.checked(name, "true", now.levels().contains(&level));
        view! { <Checkbox name label checked /> }
    });
    view! {
        <div class="levels">
            <div class="card">
                <fieldset class="fieldset" aria-describedby="kinds-error">
                    <legend>"What it carries"</legend>
                    <p class="field-error" id="kinds-error">{error.at("kinds")}</p>
                    {kinds.collect_view()}
                </fieldset>
            </div>
            <div class="card">
                <fieldset class="fieldset" aria-describedby="levels-error">
                    <legend>"Limits"</legend>
                    <p class="field-error" id="levels-error">{error.at("levels")}</p>
                    {levels.collect_view()}
                </fieldset>
            </div>
        </div>
    }
}

/// In which it is written to.
pub(super) fn language(now: Language, error: FormError) -> impl IntoView + use<> {
    let options =
        Language::ALL.map(|language| (language.code().to_owned(), language.to_string())).into();
    view! {
        <SelectField
            name="language"
            label="Language"
            options
            value=error.text("language", now.code().to_owned())
            error
        />
    }
}

/// The end of a form of a channel that is there.
pub(super) fn footer(error: FormError, reload: String) -> impl IntoView {
    view! { <FormFooter error fields=FIELDS pending=false button="Save" reload /> }
}
