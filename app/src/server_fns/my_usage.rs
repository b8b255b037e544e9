//! What is left for the one who asks, and why.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::pages::my_usage::content,
};

/// The page *My Usage* of the one who asks, by the query of its address.
#[server(prefix = "/actions", endpoint = "my_usage", output = Json)]
pub async fn my_usage(#[server(default)] query: String) -> Result<Html, AppError> {
    let usage = service()?.my_usage(&caller()?).await.map_err(answer_error)?;
    Ok(Html::of(content(&usage, &query)))
}
