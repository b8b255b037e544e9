//! When limits say that they are nearly used up, and who is told.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::{navigation::ALERTS, pages::alerts::content},
    domain::{
        alerts::{AlertSettings, LevelAlerts, LimitThresholds, Thresholds},
        channels::DeliveryState,
        ids::{MemberId, SubtenantId},
        input::{Code, Invalid, MemberReference},
    },
    service::{Caller, Service},
};

/// The page *Alerts*, by the query of its address.
#[server(prefix = "/actions", endpoint = "alerts", output = Json)]
pub async fn alerts(#[server(default)] query: String) -> Result<Html, AppError> {
    let load = async {
        let (service, caller) = (service()?, caller()?);
        let view = service.alerts_view(&caller).await?;
        let given_up = Some(DeliveryState::Undelivered);
        let undelivered = service.deliveries(&caller, given_up, None).await?;
        Ok::<_, AppError>(content::page(&view, &undelivered, &query))
    };
    load.await.map_err(answer_error)
}

/// The fields about the limits of one level, as they were typed.
#[cfg_attr(
    not(feature = "ssr"),
    expect(dead_code, reason = "browsers post the form by themselves, as it is served")
)]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LevelFields {
    /// Such as `80, 95`.
    #[serde(default)]
    pub thresholds: String,
    /// See [`domain::alerts::LevelAlerts::administrators`].
    #[serde(default)]
    pub administrators: bool,
    /// See [`domain::alerts::LevelAlerts::concerned`].
    #[serde(default)]
    pub concerned: bool,
    /// Emails.
    #[serde(default)]
    pub people: String,
}

/// Saves when people are told and who.
#[server(prefix = "/actions", endpoint = "save_alerts")]
pub async fn save_alerts(
    #[server(default)] organization: LevelFields,
    #[server(default)] subtenants: LevelFields,
    #[server(default)] members: LevelFields,
    #[server(default)] weekly_digest: bool,
    #[server(default)] month_report: bool,
    version: i64,
) -> Result<(), AppError> {
    let fields =
        [("organization", &organization), ("subtenants", &subtenants), ("members", &members)];
    let typed = fields.iter().flat_map(|(level, fields)| {
        let on = |value: bool| value.to_string();
        [
            (format!("{level}[thresholds]"), fields.thresholds.clone()),
            (format!("{level}[administrators]"), on(fields.administrators)),
            (format!("{level}[concerned]"), on(fields.concerned)),
            (format!("{level}[people]"), fields.people.clone()),
        ]
    });
    let digests = [("weekly_digest", weekly_digest), ("month_report", month_report)];
    let digests = digests.map(|(name, on)| (name.to_owned(), on.to_string()));
    let typed: Vec<(String, String)> = typed.chain(digests).collect();
    let save = async {
        let (service, caller) = (service()?, caller()?);
        let settings = AlertSettings {
            organization: level(&service, &caller, "organization", &organization).await?,
            subtenants: level(&service, &caller, "subtenants", &subtenants).await?,
            members: level(&service, &caller, "members", &members).await?,
            weekly_digest,
            month_report,
            ..service.alert_settings(&caller).await?.settings
        };
        service.save_alert_settings(&caller, settings, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("{ALERTS}?saved=alerts"));
    Ok(())
}

/// Reads the fields of one level; errors name the field as the form does.
#[cfg(feature = "ssr")]
async fn level(
    service: &Service,
    caller: &Caller,
    name: &str,
    fields: &LevelFields,
) -> Result<LevelAlerts, AppError> {
    let thresholds = Thresholds::typed(&fields.thresholds);
    let thresholds = thresholds.map_err(|error| error.at(format!("{name}[thresholds]")))?;
    let field = format!("{name}[people]");
    let names = fields.people.split([',', ';', '\n', '\r', ' ']);
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    let names = names.map(|name| name.parse().map_err(|error: Invalid| error.at(field.clone())));
    let names = names.collect::<Result<Vec<MemberReference>, Invalid>>()?;
    let people = service.people_named(caller, &field, &names).await?;
    let (administrators, concerned) = (fields.administrators, fields.concerned);
    Ok(LevelAlerts { thresholds, administrators, concerned, people })
}

/// Gives the limits of somebody on one meter thresholds of their own, or other ones.
#[server(prefix = "/actions", endpoint = "set_limit_thresholds")]
pub async fn set_limit_thresholds(
    #[server(default)] subtenant: String,
    #[server(default)] member: String,
    #[server(default)] meter: String,
    #[server(default)] own_thresholds: String,
    version: i64,
) -> Result<(), AppError> {
    let typed = [
        ("subtenant", subtenant.clone()),
        ("member", member.clone()),
        ("meter", meter.clone()),
        ("own_thresholds", own_thresholds.clone()),
    ];
    let save = async {
        let (service, caller) = (service()?, caller()?);
        let (subtenant, member) = holder(&service, &caller, &subtenant, member.trim()).await?;
        let meter: Code = meter.parse().map_err(|error: Invalid| error.at("meter"))?;
        let thresholds = Thresholds::typed(&own_thresholds);
        let thresholds = thresholds.map_err(|error| error.at("own_thresholds"))?;
        let own = LimitThresholds { meter, subtenant, member, thresholds };
        let mut settings = service.alert_settings(&caller).await?.settings;
        settings.overrides.retain(|before| {
            (&before.meter, before.subtenant, before.member)
                != (&own.meter, own.subtenant, own.member)
        });
        settings.overrides.push(own);
        service.save_alert_settings(&caller, settings, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("{ALERTS}?saved=alerts"));
    Ok(())
}

/// Whose limits are meant: those of the member with this email, else of the subtenant that was chosen, else
/// of the organization.
#[cfg(feature = "ssr")]
async fn holder(
    service: &Service,
    caller: &Caller,
    subtenant: &str,
    member: &str,
) -> Result<(Option<SubtenantId>, Option<MemberId>), AppError> {
    if !member.is_empty() {
        let name = member.parse().map_err(|error: Invalid| error.at("member"))?;
        let found = service.people_named(caller, "member", &[name]).await?;
        return Ok((None, found.first().copied()));
    }
    if subtenant.is_empty() {
        return Ok((None, None));
    }
    let id = subtenant.parse().map_err(|_| Invalid::new("subtenant", "is not there"))?;
    Ok((Some(SubtenantId(id)), None))
}

/// Takes a limit's own thresholds away: those of its level count again.
#[server(prefix = "/actions", endpoint = "remove_limit_thresholds")]
pub async fn remove_limit_thresholds(place: i64, version: i64) -> Result<(), AppError> {
    let save = async {
        let (service, caller) = (service()?, caller()?);
        let mut settings = service.alert_settings(&caller).await?.settings;
        if let Some(place) = usize::try_from(place).ok().filter(|at| *at < settings.overrides.len())
        {
            settings.overrides.remove(place);
        }
        service.save_alert_settings(&caller, settings, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(answer_error)?;
    leptos_axum::redirect(&format!("{ALERTS}?saved=alerts"));
    Ok(())
}

/// Sends a test by email to the one who asks.
#[server(prefix = "/actions", endpoint = "try_mail")]
pub async fn try_mail() -> Result<(), AppError> {
    let tried = service()?.try_mail(&caller()?).await.map_err(answer_error)?;
    if let Some(error) = tried.error {
        return Err(answer_error(Invalid::new("mail", error)));
    }
    leptos_axum::redirect(&format!("{ALERTS}?saved=mail-tried"));
    Ok(())
}
