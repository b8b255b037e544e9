//! `members`.

use super::key::Key;
use crate::http::{authentication::ApiCaller, json::Body, openapi::Conflict, problem::Answer};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    access::Role,
    ids::SubtenantId,
    input::{Code, ExternalId, Invalid},
    members::parse_roles,
    views::MemberStatus,
};
use serde::Deserialize;
use service::{AddedMember, Error, NewMember, Service};
use utoipa::ToSchema;
use uuid::Uuid;

/// A member before they are checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberInput {
    email: String,
    name: String,
    /// What other systems call them: any text, of one member only.
    external_id: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    subtenant: Option<String>,
    /// The code of a job role.
    job_role: Option<String>,
    #[schema(value_type = Option<Vec<Role>>)]
    roles: Option<Vec<String>>,
    /// `invited`, if it is left out; `active` skips the invitation.
    #[schema(pattern = "^(active|invited)$")]
    status: Option<String>,
}

impl MemberInput {
    fn parse(self) -> Result<NewMember, Invalid> {
        let status: MemberStatus = self.status.as_deref().unwrap_or("invited").parse()?;
        if !matches!(status, MemberStatus::Active | MemberStatus::Invited) {
            return Err(Invalid::new("status", "must be active or invited"));
        }
        Ok(NewMember {
            email: self.email.parse()?,
            name: self.name.parse()?,
            external_id: self.external_id.map(|id| id.parse::<ExternalId>()).transpose()?,
            subtenant: self.subtenant.as_deref().map(subtenant).transpose()?,
            job_role: self.job_role.as_deref().map_or_else(|| Ok(Code::no_job_role()), job_role)?,
            status,
            roles: self.roles.as_deref().map_or_else(|| Ok(vec![Role::Member]), roles)?,
            limit: None,
        })
    }
}

pub(super) fn subtenant(id: &str) -> Result<SubtenantId, Invalid> {
    let id: Result<Uuid, _> = id.parse();
    id.map(SubtenantId).map_err(|_| Invalid::new("subtenant", "must be an id"))
}

pub(super) fn job_role(code: &str) -> Result<Code, Invalid> {
    code.parse().map_err(|invalid: Invalid| invalid.at("job_role"))
}

pub(super) fn roles(codes: &[String]) -> Result<Vec<Role>, Invalid> {
    parse_roles(codes.iter().map(String::as_str))
}

/// Adds a member, or invites one.
#[utoipa::path(
    post, path = "/members", operation_id = "create_member", tag = "members",
    security(("key" = ["admin"])), params(Key), request_body = MemberInput,
    responses(
        (status = 201, description = "Their id; for who is invited, the link to join by", body = AddedMember),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<MemberInput>,
) -> Answer<(StatusCode, Json<AddedMember>)> {
    let member = input.parse().map_err(Error::from)?;
    let added = service.add_member(&caller, member, key).await?;
    Ok((StatusCode::CREATED, Json(added)))
}
