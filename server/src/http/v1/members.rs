//! `members` and their credit limits.

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
    amount::Amount,
    credits::{CreditCap, CreditLimitInput},
    ids::{MemberId, SubtenantId},
    input::{Code, ExternalId, Invalid},
    views::MemberStatus,
};
use serde::{Deserialize, Serialize};
use service::{Error, NewMember, SavedLimit, Service};
use uuid::Uuid;

/// A member before they are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberInput {
    email: String,
    name: String,
    external_id: Option<String>,
    subtenant: Option<String>,
    job_role: Option<String>,
    status: Option<String>,
}

impl MemberInput {
    fn parse(self) -> Result<NewMember, Invalid> {
        let subtenant = self.subtenant.map(|id| {
            let id: Result<Uuid, _> = id.parse();
            id.map(SubtenantId).map_err(|_| Invalid::new("subtenant", "must be an id"))
        });
        let status: MemberStatus = self.status.as_deref().unwrap_or("invited").parse()?;
        if status == MemberStatus::Inactive {
            return Err(Invalid::new("status", "must be active or invited"));
        }
        Ok(NewMember {
            email: self.email.parse()?,
            name: self.name.parse()?,
            external_id: self.external_id.map(|id| id.parse::<ExternalId>()).transpose()?,
            subtenant: subtenant.transpose()?,
            job_role: job_role(self.job_role.as_deref())?,
            status,
        })
    }
}

fn job_role(code: Option<&str>) -> Result<Code, Invalid> {
    let code = code.map(|code| code.parse().map_err(|invalid: Invalid| invalid.at("job_role")));
    code.unwrap_or_else(|| Ok(Code::no_job_role()))
}

/// A member that was added.
#[derive(Serialize)]
pub(crate) struct MemberOutput {
    id: MemberId,
}

pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<MemberInput>,
) -> Answer<(StatusCode, Json<MemberOutput>)> {
    let member = input.parse().map_err(Error::from)?;
    let id = service.add_member(&caller, member, key).await?;
    Ok((StatusCode::CREATED, Json(MemberOutput { id })))
}

/// A credit limit as clients see it.
#[derive(Serialize)]
pub(crate) struct LimitOutput {
    member_id: MemberId,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis_points: Option<i64>,
    /// What a percentage comes to today.
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<Amount>,
    version: i64,
}

impl From<SavedLimit> for Versioned<LimitOutput> {
    fn from(saved: SavedLimit) -> Self {
        let (kind, amount, basis_points) = match saved.limit {
            None => ("none", None, None),
            Some(CreditCap::Credits { amount }) => ("credits", Some(amount), None),
            Some(CreditCap::Percent { basis_points }) => {
                ("percent", None, Some(basis_points.get()))
            }
        };
        let SavedLimit { member_id, credits, version, .. } = saved;
        let output = LimitOutput { member_id, kind, amount, basis_points, credits, version };
        Self(output, version)
    }
}

pub(crate) async fn get_credit_limit(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<LimitOutput>> {
    Ok(service.member_limit(&caller, member_id(&id)?).await?.into())
}

/// A credit limit before it is checked, and the version that the client has read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitInput {
    kind: String,
    amount: Option<i64>,
    basis_points: Option<i64>,
    version: Option<i64>,
}

pub(crate) async fn put_credit_limit(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<LimitInput>,
) -> Answer<Versioned<LimitOutput>> {
    let LimitInput { kind, amount, basis_points, version } = input;
    let cap = CreditLimitInput { kind, amount, basis_points }.parse().map_err(Error::from)?;
    let expected = if_match.or(version);
    let saved = service.save_member_limit(&caller, member_id(&id)?, cap, expected).await;
    Ok(saved.map_err(|error| if_match.problem(error))?.into())
}

/// An id that can't be one names nobody.
fn member_id(text: &str) -> Answer<MemberId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(MemberId).map_err(|_| Problem::not_found("member"))
}
