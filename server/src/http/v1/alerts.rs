//! `alerts`: limits that were reached lately; `alert-settings`: when people are told and who.

use super::version::{IfMatch, Versioned};
use crate::http::{authentication::ApiCaller, json::Body, problem::Answer};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use domain::{
    alerts::{AlertSettings, LevelAlerts, LimitThresholds},
    ids::EventId,
    input::Object,
    notices::{LimitReached, News, Notice},
};
use serde::{Deserialize, Serialize};
use service::{SavedAlertSettings, Service};
use utoipa::ToSchema;

/// Settings before they are checked, and the version that the client has read.
#[derive(Deserialize, ToSchema)]
#[schema(as = AlertSettingsInput)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    #[schema(value_type = LevelAlerts)]
    organization: Object<LevelAlerts>,
    #[schema(value_type = LevelAlerts)]
    subtenants: Object<LevelAlerts>,
    #[schema(value_type = LevelAlerts)]
    members: Object<LevelAlerts>,
    #[serde(default)]
    #[schema(value_type = Vec<LimitThresholds>)]
    overrides: Vec<Object<LimitThresholds>>,
    #[serde(default)]
    weekly_digest: bool,
    #[serde(default)]
    month_report: bool,
    version: Option<i64>,
}

/// At which thresholds who is told.
#[utoipa::path(
    get, path = "/alert-settings", operation_id = "get_alert_settings", tag = "alerts",
    security(("key" = ["read"])),
    responses((status = 200, description = "The settings", body = SavedAlertSettings))
)]
pub(crate) async fn get_settings(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Versioned<SavedAlertSettings>> {
    let saved = service.alert_settings(&caller).await?;
    let version = saved.version;
    Ok(Versioned(saved, version))
}

/// Changes at which thresholds who is told.
#[utoipa::path(
    put, path = "/alert-settings", operation_id = "save_alert_settings", tag = "alerts",
    security(("key" = ["admin"])), params(IfMatch), request_body = Input,
    responses(
        (status = 200, description = "The settings as they are now", body = SavedAlertSettings),
    )
)]
pub(crate) async fn put_settings(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    if_match: IfMatch,
    Body(input): Body<Input>,
) -> Answer<Versioned<SavedAlertSettings>> {
    let expected = if_match.or(input.version);
    let settings = AlertSettings {
        organization: input.organization.0,
        subtenants: input.subtenants.0,
        members: input.members.0,
        overrides: input.overrides.into_iter().map(|Object(own)| own).collect(),
        weekly_digest: input.weekly_digest,
        month_report: input.month_report,
    };
    let saved = service.save_alert_settings(&caller, settings, expected).await;
    let saved = saved.map_err(|error| if_match.problem(error))?;
    let version = saved.version;
    Ok(Versioned(saved, version))
}

/// The newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = AlertList)]
pub(crate) struct AlertsOutput {
    alerts: Vec<AlertOutput>,
}

/// A limit that reached a threshold.
#[derive(Serialize, ToSchema)]
#[schema(as = Alert)]
struct AlertOutput {
    event_id: EventId,
    at: DateTime<Utc>,
    #[serde(flatten)]
    limit: LimitReached,
}

/// Limits that reached a threshold lately.
#[utoipa::path(
    get, path = "/alerts", operation_id = "list_alerts", tag = "alerts",
    security(("key" = ["read"])),
    responses((status = 200, description = "The newest first", body = AlertsOutput))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<AlertsOutput>> {
    let alerts = service.alerts(&caller).await?.into_iter();
    let alerts = alerts.filter_map(|Notice { id, at, news, .. }| match news {
        News::LimitReached(limit) => Some(AlertOutput { event_id: id, at, limit }),
        _ => None,
    });
    Ok(Json(AlertsOutput { alerts: alerts.collect() }))
}
