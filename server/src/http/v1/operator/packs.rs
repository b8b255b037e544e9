//! `packs` of an organization.

use super::organizations::organization;
use crate::http::{
    authentication::ApiOperator,
    json::Body,
    problem::Answer,
    v1::{id::Named, key::Key},
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use domain::{amount::Quantity, console::PackRow};
use serde::{Deserialize, Serialize};
use service::{Error, GrantedPack, Service};

/// The newest packs, also those that have ended.
#[derive(Serialize)]
pub(crate) struct PacksOutput {
    packs: Vec<PackRow>,
}

pub(crate) async fn list(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(id): Named,
) -> Answer<Json<PacksOutput>> {
    Ok(Json(PacksOutput { packs: service.packs(&operator, organization(&id)?).await? }))
}

/// A pack before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackInput {
    credits: i64,
    /// The last day on which it can be used, in the organization's zone.
    ends: Option<NaiveDate>,
}

pub(crate) async fn post(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<PackInput>,
) -> Answer<(StatusCode, Json<GrantedPack>)> {
    let credits = Quantity::parse("credits", input.credits).map_err(Error::from)?;
    let id = organization(&id)?;
    let granted = service.grant_pack(&operator, id, credits, input.ends, key).await?;
    Ok((StatusCode::CREATED, Json(granted)))
}
