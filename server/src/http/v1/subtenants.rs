//! `subtenants`: the parts of an organization, and which member belongs to which.

use super::{
    credit_limits::member_id,
    id::Named,
    key::Key,
    version::{IfMatch, Versioned},
};
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    ids::SubtenantId,
    input::{Invalid, Name},
    subtenants::SubtenantFilter,
};
use serde::{Deserialize, Serialize};
use service::{Belonging, Error, Service, Subtenant, SubtenantEdit, SubtenantList};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A subtenant before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubtenantInput {
    name: String,
}

/// A subtenant that was added.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedSubtenant)]
pub(crate) struct SubtenantOutput {
    id: SubtenantId,
}

/// Adds a part of the organization.
#[utoipa::path(
    post, path = "/subtenants", operation_id = "create_subtenant", tag = "subtenants",
    security(("key" = ["admin"])), params(Key), request_body = SubtenantInput,
    responses((status = 201, description = "Its id", body = SubtenantOutput))
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<SubtenantInput>,
) -> Answer<(StatusCode, Json<SubtenantOutput>)> {
    let name: Name = input.name.parse().map_err(Error::from)?;
    let id = service.add_subtenant(&caller, name, key).await?;
    Ok((StatusCode::CREATED, Json(SubtenantOutput { id })))
}

/// What is looked for.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SubtenantsQuery {
    search: String,
    #[param(value_type = bool)]
    archived: String,
    cursor: Option<String>,
}

/// The parts of the organization.
#[utoipa::path(
    get, path = "/subtenants", operation_id = "list_subtenants", tag = "subtenants",
    security(("key" = ["read"])), params(SubtenantsQuery),
    responses((status = 200, description = "A page, by name", body = SubtenantList))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<SubtenantsQuery>,
) -> Answer<Json<SubtenantList>> {
    let archived = match query.archived.as_str() {
        "" | "false" => false,
        "true" => true,
        _ => return Err(Problem::invalid("archived", "must be true or false")),
    };
    let filter = SubtenantFilter::parse(&query.search, archived).map_err(Error::from)?;
    Ok(Json(service.subtenants(&caller, &filter, query.cursor.as_deref()).await?))
}

/// One part of the organization.
#[utoipa::path(
    get, path = "/subtenants/{id}", operation_id = "get_subtenant", tag = "subtenants",
    security(("key" = ["read"])),
    responses((status = 200, description = "The subtenant", body = Subtenant))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<Subtenant>> {
    Ok(versioned(service.subtenant(&caller, subtenant_id(&id)?).await?))
}

/// An edit before it is checked, and the version that the client has read. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubtenantPatch {
    name: Option<String>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// Renames a subtenant, archives or restores it.
#[utoipa::path(
    patch, path = "/subtenants/{id}", operation_id = "edit_subtenant", tag = "subtenants",
    security(("key" = ["admin"])), params(IfMatch), request_body = SubtenantPatch,
    responses((status = 200, description = "The subtenant as it is now", body = Subtenant))
)]
pub(crate) async fn patch(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<SubtenantPatch>,
) -> Answer<Versioned<Subtenant>> {
    let expected = if_match.or(input.version);
    let name = input.name.map(|name| name.parse()).transpose().map_err(Error::from)?;
    let edit = SubtenantEdit { name, archived: input.archived };
    let saved = service.edit_subtenant(&caller, subtenant_id(&id)?, edit, expected).await;
    Ok(versioned(saved.map_err(|error| if_match.problem(error))?))
}

/// Where a member is to belong, before it is checked, and the version that the client has read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BelongingInput {
    /// `null` is none, and leaving it out is an error.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, value_type = Option<Uuid>)]
    subtenant: Option<String>,
    version: Option<i64>,
}

/// Lets a member belong to another subtenant, or to none.
///
/// What they have of gauges goes along; what they used stays where it was used.
#[utoipa::path(
    put, path = "/members/{id}/subtenant", operation_id = "move_member", tag = "members",
    security(("key" = ["admin"])), params(IfMatch), request_body = BelongingInput,
    responses((status = 200, description = "Where the member belongs now", body = Belonging))
)]
pub(crate) async fn put_member(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(member): Named,
    if_match: IfMatch,
    Body(input): Body<BelongingInput>,
) -> Answer<Versioned<Belonging>> {
    let expected = if_match.or(input.version);
    let subtenant = input.subtenant.map(|id| {
        let id: Result<Uuid, _> = id.parse();
        id.map(SubtenantId).map_err(|_| Invalid::new("subtenant", "must be an id"))
    });
    let subtenant = subtenant.transpose().map_err(Error::from)?;
    let saved = service.move_member(&caller, member_id(&member)?, subtenant, expected).await;
    let saved = saved.map_err(|error| if_match.problem(error))?;
    Ok(Versioned(saved, saved.version))
}

fn versioned(subtenant: Subtenant) -> Versioned<Subtenant> {
    let version = subtenant.version;
    Versioned(subtenant, version)
}

/// An id that can't be one names nothing.
fn subtenant_id(text: &str) -> Answer<SubtenantId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(SubtenantId).map_err(|_| Problem::not_found("subtenant"))
}
