//! Credit packs and the ledger behind them.

use super::json::Json;
use crate::error::AppError;
use domain::{ids::PackId, views};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::context::{answer_error, caller, service};

/// The page *Credit packs*: the pack whose ledger is shown, from before a number of the ledger.
#[server(prefix = "/actions", endpoint = "credit_packs", output = Json)]
pub async fn credit_packs(
    #[server(default)] pack: Option<PackId>,
    #[server(default)] before: Option<i64>,
) -> Result<views::CreditPacks, AppError> {
    service()?.credit_packs(&caller()?, pack, before).await.map_err(answer_error)
}
