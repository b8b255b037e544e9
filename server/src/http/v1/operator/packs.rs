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
use domain::{amount::Quantity, console::PackRow, input::Invalid};
use serde::{Deserialize, Serialize};
use service::{Error, GrantedPack, NewPack, Service};
use utoipa::ToSchema;

/// The newest packs, also those that have ended.
#[derive(Serialize, ToSchema)]
#[schema(as = OrganizationPacks)]
pub(crate) struct PacksOutput {
    packs: Vec<PackRow>,
}

/// The credit packs of an organization.
#[utoipa::path(
    get, path = "/organizations/{id}/packs", operation_id = "list_packs_of_organization", tag = "operator",
    security(("operator_key" = [])),
    responses(
        (status = 200, description = "The newest packs, also those that have ended", body = PacksOutput),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(id): Named,
) -> Answer<Json<PacksOutput>> {
    Ok(Json(PacksOutput { packs: service.packs_of(&operator, organization(&id)?).await? }))
}

/// A pack before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackInput {
    credits: i64,
    /// The last day on which it can be used, in the organization's zone.
    ends: Option<NaiveDate>,
    /// The name of whoever bought it.
    bought_by: Option<String>,
}

/// Grants an organization a credit pack.
#[utoipa::path(
    post, path = "/organizations/{id}/packs", operation_id = "grant_pack", tag = "operator",
    security(("operator_key" = [])), params(Key), request_body = PackInput,
    responses((status = 201, description = "The pack", body = GrantedPack))
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<PackInput>,
) -> Answer<(StatusCode, Json<GrantedPack>)> {
    let credits = Quantity::parse("credits", input.credits).map_err(Error::from)?;
    let id = organization(&id)?;
    let bought_by = input.bought_by.map(|name| name.parse()).transpose();
    let bought_by = bought_by.map_err(|invalid: Invalid| Error::from(invalid.at("bought_by")))?;
    let pack = NewPack { credits, last_day: input.ends, bought_by };
    let granted = service.grant_pack(&operator, id, pack, key).await?;
    Ok((StatusCode::CREATED, Json(granted)))
}
