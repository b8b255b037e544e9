//! What is used of the plan and of every meter.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::pages::usage::content,
};

/// The page *Usage*.
#[server(prefix = "/actions", endpoint = "usage_page", output = Json)]
pub async fn usage_page() -> Result<Html, AppError> {
    let page = service()?.usage_page(&caller()?).await.map_err(answer_error)?;
    Ok(Html::of(content(&page)))
}
