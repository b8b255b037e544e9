//! `subtenants`: the parts of an organization.

use super::key::Key;
use crate::http::{authentication::ApiCaller, json::Body, problem::Answer};
use axum::{Json, extract::State, http::StatusCode};
use domain::{ids::SubtenantId, input::Name};
use serde::{Deserialize, Serialize};
use service::{Error, Service, Subtenant};

/// A subtenant before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubtenantInput {
    name: String,
}

/// A subtenant that was added.
#[derive(Serialize)]
pub(crate) struct SubtenantOutput {
    id: SubtenantId,
}

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

/// Subtenants by name.
#[derive(Serialize)]
pub(crate) struct SubtenantsOutput {
    subtenants: Vec<Subtenant>,
}

pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<SubtenantsOutput>> {
    Ok(Json(SubtenantsOutput { subtenants: service.subtenants(&caller).await? }))
}
