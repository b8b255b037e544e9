//! Credit packs and the ledger behind them.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::pages::credit_packs::content::{self, Shown},
};

/// The page *Credit packs*, by the query of its address.
#[server(prefix = "/actions", endpoint = "credit_packs", output = Json)]
pub async fn credit_packs(#[server(default)] query: String) -> Result<Html, AppError> {
    let shown = Shown::read(&query);
    let data = service()?.credit_packs(&caller()?, shown.pack, shown.before).await;
    Ok(content::page(&data.map_err(answer_error)?, shown))
}
