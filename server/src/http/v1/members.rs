//! `members`.

use super::key::Key;
use crate::http::{authentication::ApiCaller, json::Body, problem::Answer};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    ids::{MemberId, SubtenantId},
    input::{Code, ExternalId, Invalid},
    views::MemberStatus,
};
use serde::{Deserialize, Serialize};
use service::{Error, NewMember, Service};
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
