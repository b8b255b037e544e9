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
    channels::{Carried, LimitLevel},
    ids::ChannelId,
    input::{Invalid, given},
    notices::{ChannelKind, Language, NewsKind},
};
use serde::Deserialize;
use service::{
    Channel, ChannelEdit, ChannelList, CreatedChannel, Error, NewChannel, NewSecret, Service, Tried,
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Signed webhooks and team chats.
#[utoipa::path(
    get, path = "/channels", operation_id = "list_channels", tag = "channels",
    security(("key" = ["read"])),
    responses((status = 200, description = "All channels", body = ChannelList))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<ChannelList>> {
    Ok(Json(service.channels(&caller).await?))
}

/// A channel before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelInput {
    name: String,
    #[schema(value_type = ChannelKind)]
    kind: String,
    url: String,
    /// For chats that ask for one. That of a webhook is made here.
    secret: Option<String>,
    /// Of what it is told.
    #[schema(value_type = Vec<NewsKind>)]
    kinds: Vec<String>,
    /// Of whose limits it is told.
    #[serde(default)]
    #[schema(value_type = Vec<LimitLevel>)]
    levels: Vec<String>,
    #[schema(value_type = Option<Language>)]
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

/// Adds a webhook or a team chat that messages are sent to.
#[utoipa::path(
    post, path = "/channels", operation_id = "create_channel", tag = "channels",
    security(("key" = ["admin"])), params(Key), request_body = ChannelInput,
    responses(
        (status = 201, description = "The channel; a webhook's secret is answered only here", body = CreatedChannel),
    )
)]
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

/// One channel, and how it does.
#[utoipa::path(
    get, path = "/channels/{id}", operation_id = "get_channel", tag = "channels",
    security(("key" = ["read"])),
    responses((status = 200, description = "The channel, and how it does", body = Channel))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<Channel>> {
    Ok(versioned(service.channel(&caller, channel_id(&id)?).await?))
}

/// An edit before it is checked, and the version that the client has read. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelPatch {
    name: Option<String>,
    url: Option<String>,
    /// `null`: the chat asks for none.
    #[serde(default, deserialize_with = "given")]
    #[expect(clippy::option_option, reason = "left out, `null` and a secret say three things")]
    #[schema(value_type = Option<String>)]
    secret: Option<Option<String>>,
    #[schema(value_type = Option<Vec<NewsKind>>)]
    kinds: Option<Vec<String>>,
    #[schema(value_type = Option<Vec<LimitLevel>>)]
    levels: Option<Vec<String>>,
    #[schema(value_type = Option<Language>)]
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

/// Changes a channel. What is left out stays.
#[utoipa::path(
    patch, path = "/channels/{id}", operation_id = "edit_channel", tag = "channels",
    security(("key" = ["admin"])), params(IfMatch), request_body = ChannelPatch,
    responses((status = 200, description = "The channel as it is now", body = Channel))
)]
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

/// Removes a channel.
#[utoipa::path(
    delete, path = "/channels/{id}", operation_id = "delete_channel", tag = "channels",
    security(("key" = ["admin"])), params(IfMatch),
    responses((status = 204, description = "Nothing is sent to it any more"))
)]
pub(crate) async fn delete(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
) -> Answer<StatusCode> {
    let removed = service.remove_channel(&caller, channel_id(&id)?, if_match.or(None)).await;
    removed.map(|()| StatusCode::NO_CONTENT).map_err(|error| if_match.problem(error))
}

/// Makes a new secret for a webhook. The one before signs nothing any more.
#[utoipa::path(
    post, path = "/channels/{id}/secret", operation_id = "renew_channel_secret", tag = "channels",
    security(("key" = ["admin"])), params(Key, IfMatch),
    responses(
        (status = 201, description = "The new secret, answered only here", body = NewSecret),
    )
)]
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

/// Sends a test, and waits for what comes of it.
#[utoipa::path(
    post, path = "/channels/{id}/test", operation_id = "test_channel", tag = "channels",
    security(("key" = ["admin"])), params(Key),
    responses((status = 200, description = "What came of it", body = Tried))
)]
pub(crate) async fn post_test(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
) -> Answer<Json<Tried>> {
    Ok(Json(service.try_channel(&caller, channel_id(&id)?, key).await?))
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
