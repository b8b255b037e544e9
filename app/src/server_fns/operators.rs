//! Signing in and out of the operator's console, and one's own account there.

use super::json::Json;
use crate::error::AppError;
use domain::console;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::context::{answer_error, operator, service, session, session_failed, visitor};

/// The operator who is signed in, if one is.
#[server(prefix = "/actions", endpoint = "operator_identity", output = Json)]
pub async fn operator_identity() -> Result<Option<console::OperatorIdentity>, AppError> {
    let Some(operator) = visitor()?.operator else {
        return Ok(None);
    };
    let identity = service()?.operator_identity(&operator).await;
    identity.map(Some).map_err(answer_error)
}

/// Signs an operator in.
#[server(prefix = "/actions", endpoint = "operator_login")]
pub async fn operator_login(email: String, password: String) -> Result<(), AppError> {
    let ip = visitor()?.ip;
    let who = service()?.sign_in_operator(&email, &password, ip).await.map_err(answer_error)?;
    crate::session::sign_in_operator(&session().await?, who).await.map_err(session_failed)?;
    leptos_axum::redirect("/operator/organizations");
    Ok(())
}

/// Signs out.
#[server(prefix = "/actions", endpoint = "operator_logout")]
pub async fn operator_logout() -> Result<(), AppError> {
    crate::session::sign_out(&session().await?).await.map_err(session_failed)?;
    leptos_axum::redirect("/operator/login");
    Ok(())
}

/// Sets the password of the operator who asks. `current` is empty where they have none yet.
#[server(prefix = "/actions", endpoint = "operator_set_password")]
pub async fn operator_set_password(
    #[server(default)] current: String,
    new: String,
) -> Result<(), AppError> {
    let current = Some(current.as_str()).filter(|password| !password.is_empty());
    let operator = operator()?;
    service()?.set_operator_password(&operator, current, &new).await.map_err(answer_error)?;
    leptos_axum::redirect("/operator/account?saved=password");
    Ok(())
}

/// What operators did, the newest first.
#[server(prefix = "/actions", endpoint = "operator_log", output = Json)]
pub async fn operator_log(
    #[server(default)] cursor: Option<String>,
) -> Result<console::LogList, AppError> {
    service()?.operator_log_page(&operator()?, cursor.as_deref()).await.map_err(answer_error)
}
