//! `organizations`: which there are, what they have, and what operators change of them.

use crate::http::{
    authentication::ApiOperator,
    json::Body,
    problem::{Answer, Problem},
    v1::{
        id::Named,
        key::Key,
        listed::code,
        version::{IfMatch, Versioned},
    },
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use domain::{
    console::{OrganizationDetail, OrganizationFilter, OrganizationList},
    ids::OrganizationId,
    input::Invalid,
};
use serde::{Deserialize, Serialize};
use service::{Error, NewOrganization, OrganizationEdit, Service};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which organizations are wanted, before it is checked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterInput {
    search: Option<String>,
    status: Option<String>,
    plan: Option<String>,
    cursor: Option<String>,
}

impl FilterInput {
    fn parse(self) -> Result<OrganizationFilter, Invalid> {
        let Self { search, status, plan, cursor } = self;
        if search.as_ref().is_some_and(|search| search.chars().count() > 200) {
            return Err(Invalid::new("search", "must have at most 200 characters"));
        }
        let plan = plan.map(|plan| code("plan", &plan)).transpose()?;
        let status = status.map(|status| status.parse()).transpose()?;
        Ok(OrganizationFilter { search, status, plan, cursor })
    }
}

/// The organizations of the installation.
#[utoipa::path(
    get, path = "/organizations", operation_id = "list_organizations", tag = "operator",
    security(("operator_key" = [])), params(FilterInput),
    responses((status = 200, description = "A page, by name", body = OrganizationList))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    filter: Result<Query<FilterInput>, QueryRejection>,
) -> Answer<Json<OrganizationList>> {
    let Query(filter) = filter.map_err(|_| {
        Problem::invalid("query", "takes search, status, plan and cursor, each once")
    })?;
    let filter = filter.parse().map_err(Error::from)?;
    Ok(Json(service.organizations(&operator, &filter).await?))
}

/// An organization before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationInput {
    name: String,
    plan: String,
    currency: Option<String>,
    time_zone: Option<String>,
    admin: String,
}

impl OrganizationInput {
    fn parse(self) -> Result<NewOrganization, Invalid> {
        Ok(NewOrganization {
            name: self.name.parse()?,
            plan: code("plan", &self.plan)?,
            currency: self.currency.as_deref().unwrap_or("EUR").parse()?,
            time_zone: self.time_zone.as_deref().unwrap_or("UTC").parse()?,
            admin: self.admin.parse().map_err(|invalid: Invalid| invalid.at("admin"))?,
        })
    }
}

/// An organization that was made. The secrets are shown only here.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedOrganization)]
pub(crate) struct CreatedOutput {
    organization_id: OrganizationId,
    api_key: String,
    sign_in_url: String,
}

/// Makes an organization with its first administrator.
#[utoipa::path(
    post, path = "/organizations", operation_id = "create_organization", tag = "operator",
    security(("operator_key" = [])), params(Key), request_body = OrganizationInput,
    responses(
        (status = 201, description = "Its id and secrets, answered only here", body = CreatedOutput),
    )
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Key(key): Key,
    Body(input): Body<OrganizationInput>,
) -> Answer<(StatusCode, Json<CreatedOutput>)> {
    let new = input.parse().map_err(Error::from)?;
    let created = service.create_organization(&operator, new, key).await?;
    let output = CreatedOutput {
        organization_id: created.id,
        api_key: created.api_key,
        sign_in_url: created.sign_in_url,
    };
    Ok((StatusCode::CREATED, Json(output)))
}

/// One organization.
#[utoipa::path(
    get, path = "/organizations/{id}", operation_id = "get_organization", tag = "operator",
    security(("operator_key" = [])),
    responses((status = 200, description = "The organization", body = OrganizationDetail))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(id): Named,
) -> Answer<Versioned<OrganizationDetail>> {
    Ok(versioned(service.organization(&operator, organization(&id)?).await?))
}

/// An edit before it is checked: what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = OrganizationEdit)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditInput {
    name: Option<String>,
    plan: Option<String>,
    status: Option<String>,
    version: Option<i64>,
}

/// Renames an organization, changes its plan, suspends or resumes it.
#[utoipa::path(
    patch, path = "/organizations/{id}", operation_id = "edit_organization", tag = "operator",
    security(("operator_key" = [])), params(IfMatch), request_body = EditInput,
    responses(
        (status = 200, description = "The organization as it is now", body = OrganizationDetail),
    )
)]
pub(crate) async fn patch(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<EditInput>,
) -> Answer<Versioned<OrganizationDetail>> {
    let EditInput { name, plan, status, version } = input;
    let edit = OrganizationEdit {
        name: name.map(|name| name.parse()).transpose().map_err(Error::from)?,
        plan: plan.map(|plan| code("plan", &plan)).transpose().map_err(Error::from)?,
        status: status.map(|status| status.parse()).transpose().map_err(Error::from)?,
    };
    let (id, expected) = (organization(&id)?, if_match.or(version));
    let saved = service.edit_organization(&operator, id, edit, expected).await;
    Ok(versioned(saved.map_err(|error| if_match.problem(error))?))
}

fn versioned(organization: OrganizationDetail) -> Versioned<OrganizationDetail> {
    let version = organization.version;
    Versioned(organization, version)
}

/// An id that can't be one names nothing.
pub(super) fn organization(text: &str) -> Answer<OrganizationId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(OrganizationId).map_err(|_| Problem::not_found("organization"))
}
