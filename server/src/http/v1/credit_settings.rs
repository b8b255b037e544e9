//! `credit-settings`: cycle, enterprise limit, set-asides, what packs do.

use super::version::{IfMatch, Versioned};
use crate::http::{authentication::ApiCaller, json::Body, problem::Answer};
use axum::extract::State;
use domain::{
    credits::{CreditSettings, CreditSettingsInput},
    input::Object,
    period::CycleInput,
};
use serde::Deserialize;
use service::{Error, SavedSettings, Service};
use utoipa::ToSchema;

/// Settings before they are checked, and the version that the client has read.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreditSettingsInput)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    #[schema(value_type = CycleInput)]
    cycle: Object<CycleInput>,
    /// `null` is no limit; leaving it out is an error, since nobody lifts a limit by silence.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    limit: Option<i64>,
    set_aside: bool,
    packs_extend: bool,
    version: Option<i64>,
}

/// The cycle, the enterprise limit, set-asides and what packs do.
#[utoipa::path(
    get, path = "/credit-settings", operation_id = "get_credit_settings", tag = "limits",
    security(("key" = ["read"])),
    responses((status = 200, description = "The settings", body = SavedSettings))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Versioned<SavedSettings>> {
    let saved = service.credit_settings(&caller).await?;
    Ok(Versioned(saved, saved.version))
}

/// Changes the cycle, the enterprise limit, set-asides and what packs do.
#[utoipa::path(
    put, path = "/credit-settings", operation_id = "save_credit_settings", tag = "limits",
    security(("key" = ["admin"])), params(IfMatch), request_body = Input,
    responses((status = 200, description = "The settings as they are now", body = SavedSettings))
)]
pub(crate) async fn put(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    if_match: IfMatch,
    Body(input): Body<Input>,
) -> Answer<Versioned<SavedSettings>> {
    let Input { cycle: Object(cycle), limit, set_aside, packs_extend, version } = input;
    let settings = CreditSettingsInput { cycle, limit, set_aside, packs_extend };
    let settings = CreditSettings::try_from(settings).map_err(Error::from)?;
    let expected = if_match.or(version);
    let saved = service.save_credit_settings(&caller, settings, expected).await;
    let saved = saved.map_err(|error| if_match.problem(error))?;
    Ok(Versioned(saved, saved.version))
}
