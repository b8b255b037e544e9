//! Members' credit limits: of one member, of several at once, undone; and what new members start
//! with.

use super::{
    id::Named,
    version::{IfMatch, Versioned},
};
use crate::http::{
    authentication::ApiCaller,
    json::{Body, LargeBody, OptionalBody},
    openapi::Conflict,
    problem::{Answer, Problem},
};
use axum::{Json, extract::State};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    amount::Amount,
    credits::{CreditCap, CreditLimitInput},
    ids::{ChangeId, MemberId},
    input::{Code, Invalid, Object},
    member_limits::{DefaultLimits, LimitChange},
};
use serde::{Deserialize, Serialize};
use service::{Error, LimitEdit, SavedDefaults, SavedLimit, SavedLimits, Service};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Limits in one request.
const MOST: usize = 1_000;

/// A limit as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = CreditCap)]
struct CapOutput {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis_points: Option<i64>,
}

impl From<Option<CreditCap>> for CapOutput {
    fn from(cap: Option<CreditCap>) -> Self {
        let (kind, amount, basis_points) = match cap {
            None => ("none", None, None),
            Some(CreditCap::Credits { amount }) => ("credits", Some(amount), None),
            Some(CreditCap::Percent { basis_points }) => {
                ("percent", None, Some(basis_points.get()))
            }
        };
        Self { kind, amount, basis_points }
    }
}

/// A member's limit as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = CreditLimit)]
pub(crate) struct LimitOutput {
    member_id: MemberId,
    #[serde(flatten)]
    cap: CapOutput,
    /// What a percentage comes to today.
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<Amount>,
    /// When a temporary limit ends, and what follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<CapOutput>,
    version: i64,
}

impl From<SavedLimit> for LimitOutput {
    fn from(saved: SavedLimit) -> Self {
        let SavedLimit { member_id, schedule, credits, version } = saved;
        let ends_at = schedule.ends_at;
        let then = ends_at.map(|_| schedule.then.into());
        Self { member_id, cap: schedule.cap.into(), credits, ends_at, then, version }
    }
}

/// The credit limit of a member.
#[utoipa::path(
    get, path = "/members/{id}/credit-limit", operation_id = "get_credit_limit", tag = "limits",
    security(("key" = ["read"])),
    responses(
        (status = 200, description = "The limit, and what follows a temporary one", body = LimitOutput),
    )
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<LimitOutput>> {
    let saved = service.member_limit(&caller, member_id(&id)?).await?;
    Ok(Versioned(saved.into(), saved.version))
}

/// A limit before it is checked, and the version that the client has read.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreditLimitChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitInput {
    #[schema(pattern = "^(none|credits|percent)$")]
    kind: String,
    amount: Option<i64>,
    /// Hundredths of a percent of the enterprise limit, up to 10,000.
    basis_points: Option<i64>,
    /// The last day of a temporary limit, in the organization's zone.
    last_day: Option<NaiveDate>,
    version: Option<i64>,
}

impl LimitInput {
    fn parse(self) -> Result<(LimitChange, Option<i64>), Invalid> {
        let Self { kind, amount, basis_points, last_day, version } = self;
        let cap = CreditLimitInput { kind, amount, basis_points }.parse()?;
        Ok((LimitChange { cap, last_day }, version))
    }
}

/// Sets the credit limit of a member, for good or until a day.
#[utoipa::path(
    put, path = "/members/{id}/credit-limit", operation_id = "save_credit_limit", tag = "limits",
    security(("key" = ["admin"])), params(IfMatch), request_body = LimitInput,
    responses((status = 200, description = "The limit as it is now", body = LimitOutput))
)]
pub(crate) async fn put(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<LimitInput>,
) -> Answer<Versioned<LimitOutput>> {
    let (change, version) = input.parse().map_err(Error::from)?;
    let expected = if_match.or(version);
    let saved = service.save_member_limit(&caller, member_id(&id)?, change, expected).await;
    let (saved, _) = saved.map_err(|error| if_match.problem(error))?;
    Ok(Versioned(saved.into(), saved.version))
}

/// Limits of several members before they are checked.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreditLimitChanges)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsInput {
    #[schema(value_type = Vec<MemberLimitInput>)]
    limits: Vec<Object<MemberLimitInput>>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = MemberCreditLimitChange)]
#[serde(deny_unknown_fields)]
struct MemberLimitInput {
    #[schema(value_type = Uuid)]
    member: String,
    #[schema(pattern = "^(none|credits|percent)$")]
    kind: String,
    amount: Option<i64>,
    basis_points: Option<i64>,
    last_day: Option<NaiveDate>,
    version: Option<i64>,
}

impl LimitsInput {
    fn parse(self) -> Answer<Vec<LimitEdit>> {
        if self.limits.len() > MOST {
            return Err(Problem::invalid("limits", &format!("must be at most {MOST}")));
        }
        let edit = |(index, Object(input)): (usize, Object<MemberLimitInput>)| {
            let MemberLimitInput { member, kind, amount, basis_points, last_day, version } = input;
            let limit = LimitInput { kind, amount, basis_points, last_day, version };
            let named = |invalid: Invalid| {
                let field = format!("limits[{index}].{}", invalid.field);
                Error::from(invalid.at(field))
            };
            let (change, expected) = limit.parse().map_err(named)?;
            Ok(LimitEdit { member: member_id(&member)?, change, expected })
        };
        self.limits.into_iter().enumerate().map(edit).collect()
    }
}

/// Limits that were changed at once.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangedCreditLimits)]
pub(crate) struct LimitsOutput {
    /// By this the change is undone.
    change_id: ChangeId,
    limits: Vec<LimitOutput>,
}

impl From<SavedLimits> for LimitsOutput {
    fn from(saved: SavedLimits) -> Self {
        let limits = saved.limits.into_iter().map(LimitOutput::from).collect();
        Self { change_id: saved.change_id, limits }
    }
}

/// Sets the credit limits of several members at once: all of them, or none.
#[utoipa::path(
    put, path = "/members/credit-limits", operation_id = "save_credit_limits", tag = "limits",
    security(("key" = ["admin"])), request_body = LimitsInput,
    responses(
        (status = 200, description = "All limits, and the change by which they can be undone", body = LimitsOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn put_several(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    LargeBody(input): LargeBody<LimitsInput>,
) -> Answer<Json<LimitsOutput>> {
    let edits = input.parse()?;
    Ok(Json(service.save_member_limits(&caller, &edits).await?.into()))
}

/// A request without fields.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Shares the credits evenly among all active members.
#[utoipa::path(
    put, path = "/members/credit-limits/evenly", operation_id = "distribute_evenly", tag = "limits",
    security(("key" = ["admin"])), request_body = Option<Nothing>,
    responses(
        (status = 200, description = "All limits, and the change by which they can be undone", body = LimitsOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn put_evenly(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    OptionalBody(Nothing {}): OptionalBody<Nothing>,
) -> Answer<Json<LimitsOutput>> {
    Ok(Json(service.distribute_evenly(&caller).await?.into()))
}

/// Puts back the limits as they were before a change, as long as nobody edited them since.
#[utoipa::path(
    delete, path = "/credit-limit-changes/{id}", operation_id = "undo_credit_limits", tag = "limits",
    security(("key" = ["admin"])),
    responses(
        (status = 200, description = "The limits as they are now", body = LimitsOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn undo(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<LimitsOutput>> {
    let id: Uuid = id.parse().map_err(|_| Problem::not_found("change"))?;
    Ok(Json(service.undo_limits(&caller, ChangeId(id)).await?.into()))
}

/// What new members start with, as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = DefaultLimits)]
pub(crate) struct DefaultsOutput {
    default: CapOutput,
    job_roles: BTreeMap<Code, CapOutput>,
    version: i64,
}

impl From<SavedDefaults> for Versioned<DefaultsOutput> {
    fn from(saved: SavedDefaults) -> Self {
        let SavedDefaults { defaults, version } = saved;
        let job_roles = defaults.job_roles.into_iter().map(|(code, cap)| (code, cap.into()));
        let job_roles = job_roles.collect();
        Self(DefaultsOutput { default: defaults.default.into(), job_roles, version }, version)
    }
}

/// What new members start with, by job role.
#[utoipa::path(
    get, path = "/default-limits", operation_id = "get_default_limits", tag = "limits",
    security(("key" = ["read"])),
    responses((status = 200, description = "What new members start with", body = DefaultsOutput))
)]
pub(crate) async fn get_defaults(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Versioned<DefaultsOutput>> {
    Ok(service.default_limits(&caller).await?.into())
}

/// What new members start with, before it is checked.
#[derive(Deserialize, ToSchema)]
#[schema(as = DefaultLimitsInput)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefaultsInput {
    #[schema(value_type = CreditLimitInput)]
    default: Object<CreditLimitInput>,
    #[serde(default)]
    job_roles: BTreeMap<String, Object<CreditLimitInput>>,
    /// Job roles whose members get theirs, too.
    #[serde(default)]
    apply_to: Vec<String>,
    version: Option<i64>,
}

impl DefaultsInput {
    fn parse(self) -> Result<(DefaultLimits, Vec<Code>), Invalid> {
        let under = |name: String| {
            move |invalid: Invalid| {
                let field = format!("{name}.{}", invalid.field);
                invalid.at(field)
            }
        };
        let Object(default) = self.default;
        let default = default.parse().map_err(under("default".to_owned()))?;
        let job_roles = self.job_roles.into_iter().map(|(code, Object(limit))| {
            let at = under(format!("job_roles.{code}"));
            let limit = limit.parse().map_err(at)?;
            Ok((code.parse().map_err(|invalid: Invalid| invalid.at("job_roles"))?, limit))
        });
        let job_roles = job_roles.collect::<Result<_, Invalid>>()?;
        let apply_to = self
            .apply_to
            .iter()
            .map(|code| code.parse().map_err(|invalid: Invalid| invalid.at("apply_to")));
        Ok((DefaultLimits { default, job_roles }, apply_to.collect::<Result<_, Invalid>>()?))
    }
}

/// Changes what new members start with, and on demand what members of job roles have.
#[utoipa::path(
    put, path = "/default-limits", operation_id = "save_default_limits", tag = "limits",
    security(("key" = ["admin"])), params(IfMatch), request_body = DefaultsInput,
    responses(
        (status = 200, description = "What new members start with now", body = DefaultsOutput),
    )
)]
pub(crate) async fn put_defaults(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    if_match: IfMatch,
    Body(input): Body<DefaultsInput>,
) -> Answer<Versioned<DefaultsOutput>> {
    let expected = if_match.or(input.version);
    let (defaults, apply_to) = input.parse().map_err(Error::from)?;
    let saved = service.save_default_limits(&caller, defaults, &apply_to, expected).await;
    Ok(saved.map_err(|error| if_match.problem(error))?.0.into())
}

/// An id that can't be one names nobody.
pub(crate) fn member_id(text: &str) -> Answer<MemberId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(MemberId).map_err(|_| Problem::not_found("member"))
}
