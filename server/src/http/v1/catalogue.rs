//! What a program can ask for, and for whom: the organization of its key, the rate card, meters, roles.

use super::operator::rate_card::{OperationOutput, OperationsOutput};
use crate::http::{authentication::ApiCaller, json::Body, problem::Answer};
use axum::{Json, extract::State, http::StatusCode};
use domain::{access::Role, input::Code, plan_report::Meter};
use serde::{Deserialize, Serialize};
use service::{JobRole, OwnOrganization, Service};
use utoipa::ToSchema;

/// The organization of the key.
#[utoipa::path(
    get, path = "/organization", operation_id = "get_own_organization", tag = "plan",
    security(("key" = ["consume"]), ("key" = ["read"])),
    responses((status = 200, description = "The organization", body = OwnOrganization))
)]
pub(crate) async fn organization(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<OwnOrganization>> {
    Ok(Json(service.own_organization(&caller).await?))
}

/// The rate card: what one unit of each operation takes.
#[utoipa::path(
    get, path = "/operations", operation_id = "list_operations", tag = "catalogue",
    security(("key" = ["consume"]), ("key" = ["read"])),
    responses((status = 200, description = "By name", body = OperationsOutput))
)]
pub(crate) async fn operations(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<OperationsOutput>> {
    let operations = service.operations(&caller).await?.into_iter();
    Ok(Json(OperationsOutput { operations: operations.map(OperationOutput::from).collect() }))
}

/// Meters, as pages list them.
#[derive(Serialize, ToSchema)]
#[schema(as = MeterCatalogue)]
pub(crate) struct MetersOutput {
    meters: Vec<Meter>,
}

/// All meters.
#[utoipa::path(
    get, path = "/meters", operation_id = "list_meters", tag = "catalogue",
    security(("key" = ["consume"]), ("key" = ["read"])),
    responses((status = 200, description = "As pages list them", body = MetersOutput))
)]
pub(crate) async fn meters(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<MetersOutput>> {
    Ok(Json(MetersOutput { meters: service.meters(&caller).await? }))
}

/// A role that a member can have.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleName)]
pub(crate) struct RoleOutput {
    code: Role,
    name: String,
}

/// Roles, from the most to the least powerful.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleList)]
pub(crate) struct RolesOutput {
    roles: Vec<RoleOutput>,
}

/// The roles that members can have.
#[utoipa::path(
    get, path = "/roles", operation_id = "list_roles", tag = "members",
    security(("key" = ["read"])),
    responses((status = 200, description = "From the most to the least powerful", body = RolesOutput))
)]
pub(crate) async fn roles(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<RolesOutput>> {
    let roles = service.roles(&caller)?.iter();
    let roles = roles.map(|role| RoleOutput { code: *role, name: role.to_string() });
    Ok(Json(RolesOutput { roles: roles.collect() }))
}

/// Job roles, in the order in which forms list them.
#[derive(Serialize, ToSchema)]
#[schema(as = JobRoleList)]
pub(crate) struct JobRolesOutput {
    job_roles: Vec<JobRoleOutput>,
}

/// What somebody does in a company, and the credits that are usual for that in a month.
#[derive(Serialize, ToSchema)]
#[schema(as = JobRole)]
struct JobRoleOutput {
    code: Code,
    name: String,
    /// `null`: nothing is.
    suggested: Option<i64>,
    /// Up to this many, where a range is usual.
    suggested_to: Option<i64>,
}

impl From<JobRole> for JobRoleOutput {
    fn from(role: JobRole) -> Self {
        let JobRole { code, name, suggested, suggested_to } = role;
        Self { code, name, suggested, suggested_to }
    }
}

/// What people do in companies, and the limits that are usual for them.
#[utoipa::path(
    get, path = "/job-roles", operation_id = "list_job_roles", tag = "members",
    security(("key" = ["read"])),
    responses((status = 200, description = "In the order in which forms list them", body = JobRolesOutput))
)]
pub(crate) async fn job_roles(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<JobRolesOutput>> {
    let job_roles = service.job_roles(&caller).await?.into_iter();
    Ok(Json(JobRolesOutput { job_roles: job_roles.map(JobRoleOutput::from).collect() }))
}

/// Whether all members are to see what others use.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SharingInput {
    shared_with_members: bool,
}

/// Lets all members see usage, history and reports, or no more than their roles do.
#[utoipa::path(
    put, path = "/usage-sharing", operation_id = "share_usage", tag = "usage",
    security(("key" = ["admin"])), request_body = SharingInput,
    responses((status = 204, description = "It counts from the next page that they open"))
)]
pub(crate) async fn put_usage_sharing(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Body(input): Body<SharingInput>,
) -> Answer<StatusCode> {
    service.share_usage(&caller, input.shared_with_members).await?;
    Ok(StatusCode::NO_CONTENT)
}
