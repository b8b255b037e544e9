//! Members as they are listed, changed and removed, and their invitations.

use super::{
    credit_limits::member_id,
    id::Named,
    key::Key,
    listed::limit,
    members::{job_role, roles, subtenant},
    version::{IfMatch, Versioned},
};
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    openapi::Conflict,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    access::Role,
    input::{Invalid, given},
    members::MemberListInput,
};
use serde::Deserialize;
use service::{Error, Invited, MemberEdit, MemberList, SavedMember, Service};
use utoipa::{IntoParams, ToSchema};

/// Which members are asked for, before that is checked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListInput {
    search: Option<String>,
    status: Option<String>,
    role: Option<String>,
    job_role: Option<String>,
    subtenant: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Members, with filters.
#[utoipa::path(
    get, path = "/members", operation_id = "list_members", tag = "members",
    security(("key" = ["read"])), params(ListInput),
    responses(
        (status = 200, description = "A page, in the order in which they were added", body = MemberList),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(input): Query<ListInput>,
) -> Answer<Json<MemberList>> {
    let size = limit(input.limit.as_deref()).map_err(Error::from)?;
    let filter = MemberListInput {
        search: input.search.unwrap_or_default(),
        status: input.status.unwrap_or_default(),
        role: input.role.unwrap_or_default(),
        job_role: input.job_role.unwrap_or_default(),
        subtenant: input.subtenant.unwrap_or_default(),
        ..MemberListInput::default()
    };
    let filter = filter.filter().map_err(Error::from)?;
    Ok(Json(service.list_members(&caller, filter, input.cursor.as_deref(), size).await?))
}

/// One member.
#[utoipa::path(
    get, path = "/members/{id}", operation_id = "get_member", tag = "members",
    security(("key" = ["read"])),
    responses((status = 200, description = "The member", body = SavedMember))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<SavedMember>> {
    Ok(versioned(service.member(&caller, member_id(&id)?).await?))
}

/// What is to become of a member, before it is checked, and the version that the client has read.
#[derive(Deserialize, ToSchema)]
#[schema(as = MemberEdit)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out and `null` are different things")]
pub(crate) struct EditInput {
    name: Option<String>,
    #[schema(value_type = Option<Vec<Role>>)]
    roles: Option<Vec<String>>,
    job_role: Option<String>,
    /// `null` is none; left out, it stays.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    subtenant: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    #[schema(pattern = "^(active|inactive)$")]
    status: Option<String>,
    version: Option<i64>,
}

impl EditInput {
    fn parse(self) -> Result<MemberEdit, Invalid> {
        let external_id = self.external_id.map(|id| id.map(|id| id.parse()).transpose());
        Ok(MemberEdit {
            name: self.name.map(|name| name.parse()).transpose()?,
            roles: self.roles.as_deref().map(roles).transpose()?,
            job_role: self.job_role.as_deref().map(job_role).transpose()?,
            subtenant: self
                .subtenant
                .map(|id| id.as_deref().map(subtenant).transpose())
                .transpose()?,
            external_id: external_id.transpose()?,
            status: self.status.map(|status| status.parse()).transpose()?,
            budgets: Vec::new(),
        })
    }
}

/// Changes a member. What is left out stays.
#[utoipa::path(
    patch, path = "/members/{id}", operation_id = "edit_member", tag = "members",
    security(("key" = ["admin"])), params(IfMatch), request_body = EditInput,
    responses((status = 200, description = "The member as they are now", body = SavedMember))
)]
pub(crate) async fn patch(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<EditInput>,
) -> Answer<Versioned<SavedMember>> {
    let expected = if_match.or(input.version);
    let edit = input.parse().map_err(Error::from)?;
    let saved = service.edit_member(&caller, member_id(&id)?, edit, expected).await;
    saved.map(versioned).map_err(|error| if_match.problem(error))
}

/// Removes a member.
#[utoipa::path(
    delete, path = "/members/{id}", operation_id = "remove_member", tag = "members",
    security(("key" = ["admin"])), params(IfMatch),
    responses((status = 204, description = "They are removed; what they used stays"))
)]
pub(crate) async fn delete(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
) -> Answer<StatusCode> {
    let removed = service.remove_member(&caller, member_id(&id)?, if_match.or(None)).await;
    gone(removed, &if_match)
}

/// Makes a new link to join by.
#[utoipa::path(
    post, path = "/members/{id}/invitation", operation_id = "renew_invitation", tag = "members",
    security(("key" = ["admin"])), params(Key),
    responses(
        (status = 201, description = "The link to join by; the one before does not work any more", body = Invited),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn post_invitation(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
) -> Answer<(StatusCode, Json<Invited>)> {
    let invited = service.renew_invitation(&caller, member_id(&id)?, key).await?;
    Ok((StatusCode::CREATED, Json(invited)))
}

/// Takes an invitation back.
#[utoipa::path(
    delete, path = "/members/{id}/invitation", operation_id = "revoke_invitation", tag = "members",
    security(("key" = ["admin"])), params(IfMatch),
    responses((status = 204, description = "The link does not work any more"))
)]
pub(crate) async fn delete_invitation(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
) -> Answer<StatusCode> {
    let revoked = service.revoke_invitation(&caller, member_id(&id)?, if_match.or(None)).await;
    gone(revoked, &if_match)
}

fn versioned(member: SavedMember) -> Versioned<SavedMember> {
    let version = member.version;
    Versioned(member, version)
}

fn gone(done: Result<(), Error>, if_match: &IfMatch) -> Answer<StatusCode> {
    done.map(|()| StatusCode::NO_CONTENT)
        .map_err(|error: Error| -> Problem { if_match.problem(error) })
}
