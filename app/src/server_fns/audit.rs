//! Who changed what.

use super::json::Json;
use crate::error::AppError;
use domain::audit::AuditPage;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    domain::audit::AuditFilterInput,
};

/// The page *Audit log*: what is looked for, and where the older changes begin.
#[server(prefix = "/actions", endpoint = "audit_log", output = Json)]
pub async fn audit_log(
    #[server(default)] search: String,
    #[server(default)] kind: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] cursor: Option<String>,
) -> Result<AuditPage, AppError> {
    let load = async {
        let filter = AuditFilterInput { search, kind, from, to }.parse()?;
        Ok(service()?.audit_page(&caller()?, &filter, cursor.as_deref()).await?)
    };
    load.await.map_err(|error: AppError| answer_error(error))
}
