//! `quotas` of the organization, its subtenants and its members.

use super::{
    id::Named,
    key::Key,
    listed::{self, code},
    version::{IfMatch, Versioned},
};
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    openapi::Conflict,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use domain::{
    balances::Holder,
    ids::{MemberId, QuotaId, SubtenantId},
    input::{Invalid, Object, given},
    quotas::{CustomLimitInput, QuotaLimitsInput, QuotaLimitsPatch},
};
use serde::{Deserialize, Serialize};
use service::{Error, NewQuota, QuotaFilter, QuotaList, SavedQuota, Service};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A quota before it is checked. Limits are in the meter's smallest unit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuotaInput {
    meter: String,
    /// The subtenant that it limits; without one and without a member, the whole organization.
    #[schema(value_type = Option<Uuid>)]
    subtenant: Option<String>,
    /// The member that it limits.
    #[schema(value_type = Option<Uuid>)]
    member: Option<String>,
    /// Per day, and so on; at most what the longer periods allow.
    daily: Option<i64>,
    weekly: Option<i64>,
    monthly: Option<i64>,
    yearly: Option<i64>,
    #[schema(value_type = Option<CustomLimitInput>)]
    custom: Option<Object<CustomLimitInput>>,
    /// At any time: for gauges, which never start anew.
    level: Option<i64>,
    /// The last day of a quota for a time, in the organization's zone. Then the one before is open again.
    last_day: Option<NaiveDate>,
    /// The quota in force that it takes the place of, `null` where there is none: another one in force
    /// is 409. Left out, it takes the place of whatever is in force.
    #[serde(default, deserialize_with = "given")]
    #[expect(clippy::option_option, reason = "left out, `null` and an id say three things")]
    #[schema(value_type = Option<Uuid>)]
    replaces: Option<Option<Uuid>>,
}

impl QuotaInput {
    fn parse(self) -> Result<NewQuota, Invalid> {
        let holder = holder(self.subtenant, self.member)?;
        let Self { daily, weekly, monthly, yearly, custom, level, .. } = self;
        let custom = custom.map(|Object(custom)| custom);
        Ok(NewQuota {
            meter: code("meter", &self.meter)?,
            holder,
            limits: QuotaLimitsInput { daily, weekly, monthly, yearly, custom, level },
            last_day: self.last_day,
            replaces: self.replaces.map(|replaced| replaced.map(QuotaId)),
        })
    }
}

/// Whom quotas limit: a subtenant, a member, or without either the whole organization.
pub(super) fn holder(subtenant: Option<String>, member: Option<String>) -> Result<Holder, Invalid> {
    let id = |field, text: String| {
        let id: Result<Uuid, _> = text.parse();
        id.map_err(|_| Invalid::new(field, "must be an id"))
    };
    match (subtenant, member) {
        (None, None) => Ok(Holder::Organization),
        (Some(subtenant), None) => Ok(Holder::Subtenant(SubtenantId(id("subtenant", subtenant)?))),
        (None, Some(member)) => Ok(Holder::Member(MemberId(id("member", member)?))),
        (Some(_), Some(_)) => Err(Invalid::new("member", "can't be given along with a subtenant")),
    }
}

/// Limits a meter for the organization, a subtenant or a member.
///
/// The quota before it is closed.
#[utoipa::path(
    post, path = "/quotas", operation_id = "create_quota", tag = "quotas",
    security(("key" = ["admin"])), params(Key), request_body = QuotaInput,
    responses((status = 201, description = "The quota, in force", body = SavedQuota))
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<QuotaInput>,
) -> Answer<(StatusCode, Versioned<SavedQuota>)> {
    let quota = input.parse().map_err(Error::from)?;
    let saved = service.create_quota(&caller, quota, key).await?;
    let version = saved.version;
    Ok((StatusCode::CREATED, Versioned(saved, version)))
}

/// Quotas, newest first, closed ones included.
#[derive(Serialize, ToSchema)]
#[schema(as = QuotaList)]
pub(crate) struct QuotasOutput {
    quotas: Vec<SavedQuota>,
    /// Where the next part begins; `null`: this is the last.
    next_cursor: Option<String>,
}

/// Which quotas are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuotasQuery {
    /// A meter's code.
    meter: Option<String>,
    /// A subtenant's id.
    subtenant: Option<String>,
    /// A member's id.
    member: Option<String>,
    /// The `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200, 50 if left out.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

impl QuotasQuery {
    fn parse(self) -> Result<QuotaFilter, Invalid> {
        let Self { meter, subtenant, member, cursor, limit } = self;
        let of_one = subtenant.is_some() || member.is_some();
        Ok(QuotaFilter {
            meter: meter.map(|meter| code("meter", &meter)).transpose()?,
            holder: of_one.then(|| holder(subtenant, member)).transpose()?,
            cursor,
            size: listed::limit(limit.as_deref())?,
        })
    }
}

/// The quotas of the organization, its subtenants and members.
#[utoipa::path(
    get, path = "/quotas", operation_id = "list_quotas", tag = "quotas",
    security(("key" = ["read"])), params(QuotasQuery),
    responses(
        (status = 200, description = "A part of them, newest first, closed ones included", body = QuotasOutput),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<QuotasQuery>,
) -> Answer<Json<QuotasOutput>> {
    let filter = query.parse().map_err(Error::from)?;
    let QuotaList { quotas, next_cursor } = service.quotas(&caller, &filter).await?;
    Ok(Json(QuotasOutput { quotas, next_cursor }))
}

/// One quota, also a closed one.
#[utoipa::path(
    get, path = "/quotas/{id}", operation_id = "get_quota", tag = "quotas",
    security(("key" = ["read"])),
    responses((status = 200, description = "The quota", body = SavedQuota))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Versioned<SavedQuota>> {
    let found = service.quota(&caller, quota(&id)?).await?;
    let version = found.version;
    Ok(Versioned(found, version))
}

/// Changes a quota that is in force. What is left out stays; `null` takes a limit away.
#[utoipa::path(
    patch, path = "/quotas/{id}", operation_id = "edit_quota", tag = "quotas",
    security(("key" = ["admin"])), params(IfMatch), request_body = QuotaLimitsPatch,
    responses(
        (status = 200, description = "The quota as it is now", body = SavedQuota),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn patch(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
    Body(input): Body<QuotaLimitsPatch>,
) -> Answer<Versioned<SavedQuota>> {
    let expected = if_match.or(input.version);
    let saved = service.edit_quota(&caller, quota(&id)?, input, expected).await;
    let saved = saved.map_err(|error| if_match.problem(error))?;
    let version = saved.version;
    Ok(Versioned(saved, version))
}

/// What is in force after a quota was deleted.
#[derive(Serialize, ToSchema)]
#[schema(as = DeletedQuota)]
struct DeletedOutput {
    /// The quota before, which is open again; `null` is no restriction.
    in_force: Option<SavedQuota>,
}

/// Deletes the quota in force. The one before it is open again.
#[utoipa::path(
    delete, path = "/quotas/{id}", operation_id = "delete_quota", tag = "quotas",
    security(("key" = ["admin"])), params(IfMatch),
    responses(
        (status = 200, description = "What is in force now", body = DeletedOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn delete(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    if_match: IfMatch,
) -> Answer<Response> {
    let in_force = service.delete_quota(&caller, quota(&id)?, if_match.or(None)).await;
    let in_force = in_force.map_err(|error| if_match.problem(error))?;
    Ok(Json(DeletedOutput { in_force }).into_response())
}

/// An id that can't be one names nothing.
fn quota(text: &str) -> Answer<QuotaId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(QuotaId).map_err(|_| Problem::not_found("quota"))
}
