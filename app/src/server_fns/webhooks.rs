//! Channels by which teams and programs are told, and sending again what did not arrive.

#![expect(
    clippy::too_many_arguments,
    reason = "a form is posted flat: one argument for each of its fields"
)]

use super::json::Json;
use crate::{error::AppError, ui::Html};
use domain::ids::{ChannelId, DeliveryId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service, session, session_failed},
    crate::{
        navigation::{ALERTS, WEBHOOKS},
        pages::webhooks::content,
        session::{show_once, shown_once},
        usage_address::field,
    },
    domain::{
        channels::{Carried, LimitLevel},
        input::Invalid,
        notices::NewsKind,
    },
    service::{ChannelEdit, NewChannel},
};

/// The page *Webhooks*, by the query of its address.
#[server(prefix = "/actions", endpoint = "webhooks", output = Json)]
pub async fn webhooks(#[server(default)] query: String) -> Result<Html, AppError> {
    let list = service()?.channels(&caller()?).await.map_err(answer_error)?;
    let secret = if field(&query, "made").is_some() {
        shown_once(&session().await?).await.map_err(session_failed)?
    } else {
        None
    };
    Ok(content::page(&list, &query, secret))
}

/// What a channel carries, one checkbox for each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "one for each checkbox of a form")]
#[cfg_attr(
    not(feature = "ssr"),
    expect(dead_code, reason = "browsers post the form without knowing its fields")
)]
pub struct CarriedFields {
    /// See [`domain::notices::NewsKind`].
    #[serde(default)]
    pub limit_reached: bool,
    /// Likewise.
    #[serde(default)]
    pub raise_requested: bool,
    /// Likewise.
    #[serde(default)]
    pub raise_answered: bool,
    /// Likewise.
    #[serde(default)]
    pub weekly_digest: bool,
    /// Likewise.
    #[serde(default)]
    pub month_report: bool,
    /// See [`domain::channels::LimitLevel`].
    #[serde(default)]
    pub organization: bool,
    /// Likewise.
    #[serde(default)]
    pub subtenant: bool,
    /// Likewise.
    #[serde(default)]
    pub member: bool,
}

#[cfg(feature = "ssr")]
impl CarriedFields {
    fn kinds(&self) -> [(&'static str, bool, NewsKind); 5] {
        [
            ("limit_reached", self.limit_reached, NewsKind::LimitReached),
            ("raise_requested", self.raise_requested, NewsKind::RaiseRequested),
            ("raise_answered", self.raise_answered, NewsKind::RaiseAnswered),
            ("weekly_digest", self.weekly_digest, NewsKind::WeeklyDigest),
            ("month_report", self.month_report, NewsKind::MonthReport),
        ]
    }

    fn levels(&self) -> [(&'static str, bool, LimitLevel); 3] {
        [
            ("organization", self.organization, LimitLevel::Organization),
            ("subtenant", self.subtenant, LimitLevel::Subtenant),
            ("member", self.member, LimitLevel::Member),
        ]
    }

    fn parse(&self) -> Result<Carried, Invalid> {
        let kinds = self.kinds().into_iter().filter(|(_, on, _)| *on).map(|(_, _, kind)| kind);
        let levels = self.levels().into_iter().filter(|(_, on, _)| *on).map(|(_, _, level)| level);
        Carried::new(kinds.collect(), levels.collect())
    }

    fn typed(&self) -> impl Iterator<Item = (String, String)> {
        let kinds = self.kinds().map(|(name, on, _)| (name, on));
        let levels = self.levels().map(|(name, on, _)| (name, on));
        let all = kinds.into_iter().chain(levels);
        all.map(|(name, on)| (format!("carried[{name}]"), on.to_string()))
    }
}

/// Adds a channel. The page that follows shows the secret of a webhook.
#[server(prefix = "/actions", endpoint = "add_channel")]
pub async fn add_channel(
    #[server(default)] name: String,
    #[server(default)] kind: String,
    #[server(default)] url: String,
    #[server(default)] secret: String,
    #[server(default)] carried: CarriedFields,
    #[server(default)] language: String,
) -> Result<(), AppError> {
    let typed = [("name", &name), ("kind", &kind), ("url", &url), ("language", &language)];
    let typed = typed.map(|(name, value)| (name.to_owned(), value.clone()));
    let typed: Vec<(String, String)> = typed.into_iter().chain(carried.typed()).collect();
    let add = async {
        let secret = Some(secret.trim()).filter(|secret| !secret.is_empty());
        let new = NewChannel {
            name: name.parse()?,
            kind: kind.parse()?,
            url: url.parse()?,
            secret: secret.map(str::parse).transpose()?,
            carried: carried.parse()?,
            language: language.parse()?,
            enabled: true,
        };
        Ok::<_, AppError>(service()?.add_channel(&caller()?, new, None).await?)
    };
    let created = add.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    let id = created.channel.id;
    lead_to_secret(id, "channel-added", created.secret).await
}

/// Leads to the channel, with a secret that was made where there is one.
#[cfg(feature = "ssr")]
async fn lead_to_secret(
    channel: ChannelId,
    saved: &str,
    secret: Option<String>,
) -> Result<(), AppError> {
    let made = if let Some(secret) = secret {
        show_once(&session().await?, &secret).await.map_err(session_failed)?;
        "&made"
    } else {
        ""
    };
    leptos_axum::redirect(&format!("{WEBHOOKS}?channel={channel}&saved={saved}{made}"));
    Ok(())
}

/// Changes a channel. An address or a secret of a chat that is left empty stays.
#[server(prefix = "/actions", endpoint = "edit_channel")]
pub async fn edit_channel(
    channel: ChannelId,
    version: i64,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] secret: String,
    #[server(default)] carried: CarriedFields,
    #[server(default)] language: String,
    #[server(default)] enabled: bool,
) -> Result<(), AppError> {
    let on = enabled.to_string();
    let typed = [("name", &name), ("url", &url), ("language", &language), ("enabled", &on)];
    let typed = typed.map(|(name, value)| (name.to_owned(), value.clone()));
    let typed: Vec<(String, String)> = typed.into_iter().chain(carried.typed()).collect();
    let save = async {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let parsed = carried.parse()?;
        let edit = ChannelEdit {
            name: Some(name.parse()?),
            url: filled(&url).map(|url| url.parse()).transpose()?,
            secret: filled(&secret).map(|secret| secret.parse().map(Some)).transpose()?,
            kinds: Some(parsed.kinds().clone()),
            levels: Some(parsed.levels().clone()),
            language: Some(language.parse()?),
            enabled: Some(enabled),
        };
        service()?.edit_channel(&caller()?, channel, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("{WEBHOOKS}?channel={channel}&saved=channel"));
    Ok(())
}

/// Sends a test. The page that follows says what came of it.
#[server(prefix = "/actions", endpoint = "try_channel")]
pub async fn try_channel(channel: ChannelId) -> Result<(), AppError> {
    let tried = service()?.try_channel(&caller()?, channel, None).await.map_err(answer_error)?;
    let outcome = if tried.delivered { "arrived" } else { "failed" };
    leptos_axum::redirect(&format!("{WEBHOOKS}?channel={channel}&tried={outcome}"));
    Ok(())
}

/// Gives a webhook a new secret, which the page that follows shows.
#[server(prefix = "/actions", endpoint = "renew_channel_secret")]
pub async fn renew_channel_secret(channel: ChannelId, version: i64) -> Result<(), AppError> {
    let renew = async {
        let renewed =
            service()?.renew_channel_secret(&caller()?, channel, Some(version), None).await?;
        Ok::<_, AppError>(renewed.secret)
    };
    let secret = renew.await.map_err(answer_error)?;
    lead_to_secret(channel, "channel", Some(secret)).await
}

/// Removes a channel, and what waits for it.
#[server(prefix = "/actions", endpoint = "remove_channel")]
pub async fn remove_channel(channel: ChannelId, version: i64) -> Result<(), AppError> {
    let removed = service()?.remove_channel(&caller()?, channel, Some(version)).await;
    removed.map_err(answer_error)?;
    leptos_axum::redirect(&format!("{WEBHOOKS}?saved=channel-removed"));
    Ok(())
}

/// Sends a message that was given up once more.
#[server(prefix = "/actions", endpoint = "send_again")]
pub async fn send_again(delivery: DeliveryId) -> Result<(), AppError> {
    let typed = [("delivery", delivery.to_string())];
    let send = async {
        service()?.send_again(&caller()?, delivery, None).await?;
        Ok::<_, AppError>(())
    };
    send.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("{ALERTS}?saved=send-again"));
    Ok(())
}
