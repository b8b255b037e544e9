//! `api-keys`: making, changing, replacing and revoking the keys of this API.

use super::{
    id::Named,
    key::Key,
    members::subtenant,
    version::{IfMatch, Versioned},
};
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use domain::{
    access::Scope,
    api_keys::{KeyState, Overlap, Scopes},
    ids::ApiKeyId,
    input::{Invalid, given},
};
use serde::Deserialize;
use service::{
    ApiKey, ApiKeyEdit, ApiKeyList, CreatedApiKey, Error, KeyEnd, NewApiKey, Rotation, Service,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which keys are asked for, before that is checked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListInput {
    #[param(value_type = Option<KeyState>)]
    state: Option<String>,
    cursor: Option<String>,
}

/// The keys of the API, newest first.
#[utoipa::path(
    get, path = "/api-keys", operation_id = "list_api_keys", tag = "api-keys",
    security(("key" = ["read"])), params(ListInput),
    responses((status = 200, description = "A page of them, without their secrets", body = ApiKeyList))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(input): Query<ListInput>,
) -> Answer<Json<ApiKeyList>> {
    let state = input.state.map(|state| state.parse()).transpose().map_err(Error::from)?;
    Ok(Json(service.api_keys(&caller, state, input.cursor.as_deref()).await?))
}

/// A key before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyInput {
    name: String,
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<String>,
    /// The only subtenant that it reaches; left out, it reaches the whole organization.
    subtenant: Option<String>,
    /// From when on it is refused; left out, it does not end by itself.
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Option<String>,
}

impl ApiKeyInput {
    fn parse(self) -> Result<NewApiKey, Invalid> {
        Ok(NewApiKey {
            name: self.name.parse()?,
            scopes: Scopes::parse(&self.scopes)?,
            subtenant: self.subtenant.as_deref().map(subtenant).transpose()?,
            end: end(self.expires_at.as_deref())?,
        })
    }
}

/// Makes a key, which may do no more than the one that asks.
#[utoipa::path(
    post, path = "/api-keys", operation_id = "create_api_key", tag = "api-keys",
    security(("key" = ["admin"])), params(Key), request_body = ApiKeyInput,
    responses(
        (status = 201, description = "The key; the whole of it is answered only here", body = CreatedApiKey),
    )
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<ApiKeyInput>,
) -> Answer<(StatusCode, Versioned<CreatedApiKey>)> {
    let new = input.parse().map_err(Error::from)?;
    Ok(created(service.create_api_key(&caller, new, key).await?))
}

/// One key.
#[utoipa::path(
    get, path = "/api-keys/{id}", operation_id = "get_api_key", tag = "api-keys",
    security(("key" = ["read"])),
    responses((status = 200, description = "The key, without its secret", body = ApiKey))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<ApiKey>> {
    Ok(versioned(service.api_key(&caller, api_key_id(&id)?).await?))
}

/// An edit before it is checked, and the version that the client has read. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyPatch {
    name: Option<String>,
    /// `null`: it does not end by itself.
    #[serde(default, deserialize_with = "given")]
    #[expect(clippy::option_option, reason = "left out, `null` and a moment say three things")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Option<Option<String>>,
    version: Option<i64>,
}

impl ApiKeyPatch {
    fn parse(self) -> Result<ApiKeyEdit, Invalid> {
        Ok(ApiKeyEdit {
            name: self.name.map(|name| name.parse()).transpose()?,
            end: self.expires_at.map(|at| end(at.as_deref())).transpose()?,
        })
    }
}

/// Renames a key, or changes when it ends. What is left out stays.
#[utoipa::path(
    patch, path = "/api-keys/{id}", operation_id = "edit_api_key", tag = "api-keys",
    security(("key" = ["admin"])), params(IfMatch), request_body = ApiKeyPatch,
    responses((status = 200, description = "The key as it is now", body = ApiKey))
)]
pub(crate) async fn patch(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<ApiKeyPatch>,
) -> Answer<Versioned<ApiKey>> {
    let expected = if_match.or(input.version);
    let edit = input.parse().map_err(Error::from)?;
    let saved = service.edit_api_key(&caller, api_key_id(&id)?, edit, expected).await;
    saved.map(versioned).map_err(|error| if_match.problem(error))
}

/// Revokes a key: the next request with it is refused.
#[utoipa::path(
    delete, path = "/api-keys/{id}", operation_id = "revoke_api_key", tag = "api-keys",
    security(("key" = ["admin"])), params(IfMatch),
    responses((status = 204, description = "It is revoked"))
)]
pub(crate) async fn delete(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
) -> Answer<StatusCode> {
    let revoked = service.revoke_api_key(&caller, api_key_id(&id)?, if_match.or(None)).await;
    revoked.map(|()| StatusCode::NO_CONTENT).map_err(|error| if_match.problem(error))
}

/// How a key is to be replaced, before that is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotationInput {
    /// How long the old key still works: 0 to 2,592,000, which is 30 days.
    overlap_seconds: i64,
    /// Left out: the new key lives for as long as the old one was made to.
    #[serde(default, deserialize_with = "given")]
    #[expect(clippy::option_option, reason = "left out, `null` and a moment say three things")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Option<Option<String>>,
    version: Option<i64>,
}

impl RotationInput {
    fn parse(self) -> Result<Rotation, Invalid> {
        Ok(Rotation {
            overlap: Overlap::parse(self.overlap_seconds)?,
            end: self.expires_at.map(|at| end(at.as_deref())).transpose()?,
        })
    }
}

/// Replaces a key by a new one that may do the same. Both work until the overlap is over.
#[utoipa::path(
    post, path = "/api-keys/{id}/rotate", operation_id = "rotate_api_key", tag = "api-keys",
    security(("key" = ["admin"])), params(Key, IfMatch), request_body = RotationInput,
    responses(
        (status = 201, description = "The new key; the whole of it is answered only here", body = CreatedApiKey),
    )
)]
pub(crate) async fn rotate(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
    if_match: IfMatch,
    Body(input): Body<RotationInput>,
) -> Answer<(StatusCode, Versioned<CreatedApiKey>)> {
    let expected = if_match.or(input.version);
    let rotation = input.parse().map_err(Error::from)?;
    let made = service.rotate_api_key(&caller, api_key_id(&id)?, rotation, expected, key).await;
    made.map(created).map_err(|error| if_match.problem(error))
}

fn created(made: CreatedApiKey) -> (StatusCode, Versioned<CreatedApiKey>) {
    let version = made.api_key.version;
    (StatusCode::CREATED, Versioned(made, version))
}

fn versioned(key: ApiKey) -> Versioned<ApiKey> {
    let version = key.version;
    Versioned(key, version)
}

fn end(expires_at: Option<&str>) -> Result<KeyEnd, Invalid> {
    let Some(text) = expires_at else { return Ok(KeyEnd::Never) };
    let at: Result<DateTime<Utc>, _> = text.parse();
    let wrong = |_| Invalid::new("expires_at", "must be a time such as 2027-01-31T00:00:00Z");
    at.map(KeyEnd::At).map_err(wrong)
}

/// An id that can't be one names nothing.
fn api_key_id(text: &str) -> Answer<ApiKeyId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(ApiKeyId).map_err(|_| Problem::not_found("API key"))
}
