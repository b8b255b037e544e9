//! `channels` by which teams and programs are told: signed webhooks and chats of teams.

use super::{
    id::Named,
    key::Key,
    version::{IfMatch, Versioned},
};
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    problem::{Answer, Problem},
};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    channels::Carried,
    ids::ChannelId,
    input::{Invalid, given},
    notices::Language,
};
use serde::Deserialize;
use service::{
    Channel, ChannelEdit, ChannelList, CreatedChannel, Error, NewChannel, NewSecret, Service, Tried,
};
use uuid::Uuid;

pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<ChannelList>> {
    Ok(Json(service.channels(&caller).await?))
}

/// A channel before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelInput {
    name: String,
    kind: String,
    url: String,
    secret: Option<String>,
    kinds: Vec<String>,
    #[serde(default)]
    levels: Vec<String>,
    language: Option<String>,
    enabled: Option<bool>,
}

impl ChannelInput {
    fn parse(self) -> Result<NewChannel, Invalid> {
        let language = self.language.map(|code| code.parse()).transpose()?;
        Ok(NewChannel {
            name: self.name.parse()?,
            kind: self.kind.parse()?,
            url: self.url.parse()?,
            secret: self.secret.map(|secret| secret.parse()).transpose()?,
            carried: Carried::parse(&self.kinds, &self.levels)?,
            language: language.unwrap_or(Language::English),
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<ChannelInput>,
) -> Answer<(StatusCode, Versioned<CreatedChannel>)> {
    let new = input.parse().map_err(Error::from)?;
    let created = service.add_channel(&caller, new, key).await?;
    let version = created.channel.version;
    Ok((StatusCode::CREATED, Versioned(created, version)))
}

pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<Channel>> {
    Ok(versioned(service.channel(&caller, channel_id(&id)?).await?))
}

/// An edit before it is checked, and the version that the client has read. What is left out stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelPatch {
    name: Option<String>,
    url: Option<String>,
    /// `null`: the chat asks for none.
    #[serde(default, deserialize_with = "given")]
    #[expect(clippy::option_option, reason = "left out, `null` and a secret say three things")]
    secret: Option<Option<String>>,
    kinds: Option<Vec<String>>,
    levels: Option<Vec<String>>,
    language: Option<String>,
    enabled: Option<bool>,
    version: Option<i64>,
}

impl ChannelPatch {
    fn parse(self) -> Result<ChannelEdit, Invalid> {
        let secret = self.secret.map(|secret| secret.map(|secret| secret.parse()).transpose());
        Ok(ChannelEdit {
            name: self.name.map(|name| name.parse()).transpose()?,
            url: self.url.map(|url| url.parse()).transpose()?,
            secret: secret.transpose()?,
            kinds: self.kinds.map(|kinds| Carried::parse_kinds(&kinds)).transpose()?,
            levels: self.levels.map(|levels| Carried::parse_levels(&levels)).transpose()?,
            language: self.language.map(|code| code.parse()).transpose()?,
            enabled: self.enabled,
        })
    }
}

pub(crate) async fn patch(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<ChannelPatch>,
) -> Answer<Versioned<Channel>> {
    let expected = if_match.or(input.version);
    let edit = input.parse().map_err(Error::from)?;
    let saved = service.edit_channel(&caller, channel_id(&id)?, edit, expected).await;
    saved.map(versioned).map_err(|error| if_match.problem(error))
}

pub(crate) async fn delete(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
) -> Answer<StatusCode> {
    let removed = service.remove_channel(&caller, channel_id(&id)?, if_match.or(None)).await;
    removed.map(|()| StatusCode::NO_CONTENT).map_err(|error| if_match.problem(error))
}

pub(crate) async fn post_secret(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
    if_match: IfMatch,
) -> Answer<(StatusCode, Json<NewSecret>)> {
    let expected = if_match.or(None);
    let renewed = service.renew_channel_secret(&caller, channel_id(&id)?, expected, key).await;
    let secret = renewed.map_err(|error| if_match.problem(error))?;
    Ok((StatusCode::CREATED, Json(secret)))
}

pub(crate) async fn post_test(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<Tried>> {
    Ok(Json(service.try_channel(&caller, channel_id(&id)?).await?))
}

fn versioned(channel: Channel) -> Versioned<Channel> {
    let version = channel.version;
    Versioned(channel, version)
}

/// An id that can't be one names nothing.
fn channel_id(text: &str) -> Answer<ChannelId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(ChannelId).map_err(|_| Problem::not_found("channel"))
}
