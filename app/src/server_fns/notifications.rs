//! What the one who asks was told.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::{navigation::NOTIFICATIONS, pages::notifications::content, usage_address::field},
};

/// The page *Notifications*, by the query of its address.
#[server(prefix = "/actions", endpoint = "notifications", output = Json)]
pub async fn notifications(#[server(default)] query: String) -> Result<Html, AppError> {
    let page = field(&query, "page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let view = service()?.notifications(&caller()?, page).await.map_err(answer_error)?;
    Ok(content(&view))
}

/// How many of them are not read.
#[server(prefix = "/actions", endpoint = "unread_notifications", output = Json)]
pub async fn unread_notifications() -> Result<i64, AppError> {
    service()?.unread_notifications(&caller()?).await.map_err(answer_error)
}

/// Notes that all of them are read.
#[server(prefix = "/actions", endpoint = "read_notifications")]
pub async fn read_notifications() -> Result<(), AppError> {
    service()?.read_notifications(&caller()?).await.map_err(answer_error)?;
    leptos_axum::redirect(NOTIFICATIONS);
    Ok(())
}
