//! `limits` and `gauges`: where they stand, from the plan down to a subtenant or a member.

use super::{listed::code, quotas::holder};
use crate::http::{authentication::ApiCaller, problem::Answer, query::Query};
use axum::{Json, extract::State};
use domain::{
    answer::LimitReport,
    balances::Holder,
    input::{Code, Invalid},
};
use serde::{Deserialize, Serialize};
use service::{Error, GaugeLevel, Service};
use utoipa::{IntoParams, ToSchema};

/// Whose limits are wanted, and on what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsQuery {
    /// A member's id: everything that a use by them is held against.
    member: Option<String>,
    /// A subtenant's id; without it and without a member, the whole organization's.
    subtenant: Option<String>,
    /// On one meter only.
    meter: Option<String>,
}

impl LimitsQuery {
    fn parse(self) -> Result<(Holder, Option<Code>), Invalid> {
        let meter = self.meter.map(|meter| code("meter", &meter)).transpose()?;
        Ok((holder(self.subtenant, self.member)?, meter))
    }
}

/// Limits, from the plan down; one whose `limit` is `null` counts and never denies.
#[derive(Serialize, ToSchema)]
#[schema(as = LimitList)]
pub(crate) struct LimitsOutput {
    limits: Vec<LimitReport>,
}

/// The limits that decisions go by, as they stand.
#[utoipa::path(
    get, path = "/limits", operation_id = "list_limits", tag = "limits",
    security(("key" = ["consume"]), ("key" = ["read"])), params(LimitsQuery),
    responses((status = 200, description = "From the plan down", body = LimitsOutput))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<LimitsQuery>,
) -> Answer<Json<LimitsOutput>> {
    let (whose, meter) = query.parse().map_err(Error::from)?;
    Ok(Json(LimitsOutput { limits: service.limits(&caller, whose, meter.as_ref()).await? }))
}

/// Whose gauges are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct GaugesQuery {
    /// A member's id.
    member: Option<String>,
    /// A subtenant's id; without it and without a member, the whole organization's.
    subtenant: Option<String>,
}

/// Gauges, as pages list them.
#[derive(Serialize, ToSchema)]
#[schema(as = GaugeList)]
pub(crate) struct GaugesOutput {
    gauges: Vec<GaugeLevel>,
}

/// The levels of all gauges.
#[utoipa::path(
    get, path = "/gauges", operation_id = "list_gauges", tag = "gauges",
    security(("key" = ["consume"]), ("key" = ["read"])), params(GaugesQuery),
    responses((status = 200, description = "As pages list them", body = GaugesOutput))
)]
pub(crate) async fn gauges(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<GaugesQuery>,
) -> Answer<Json<GaugesOutput>> {
    let whose = holder(query.subtenant, query.member).map_err(Error::from)?;
    Ok(Json(GaugesOutput { gauges: service.gauges(&caller, whose).await? }))
}
