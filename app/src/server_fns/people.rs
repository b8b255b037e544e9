//! Signing in and out, and one's own account.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use domain::views;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service, session, session_failed, visitor},
    crate::pages::account::content,
    domain::{input::Invalid, notices::Language},
};

/// The person who is signed in, if anybody is.
#[server(prefix = "/actions", endpoint = "identity", output = Json)]
pub async fn identity() -> Result<Option<views::Identity>, AppError> {
    let Some(caller) = visitor()?.caller else {
        return Ok(None);
    };
    let identity = service()?.identity(&caller).await;
    identity.map(Some).map_err(answer_error)
}

/// Signs in.
#[server(prefix = "/actions", endpoint = "login")]
pub async fn login(email: String, password: String) -> Result<(), AppError> {
    let ip = visitor()?.ip;
    let who = service()?.sign_in(&email, &password, ip).await.map_err(answer_error)?;
    crate::session::sign_in(&session().await?, who).await.map_err(session_failed)?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Signs out.
#[server(prefix = "/actions", endpoint = "logout")]
pub async fn logout() -> Result<(), AppError> {
    crate::session::sign_out(&session().await?).await.map_err(session_failed)?;
    leptos_axum::redirect("/login");
    Ok(())
}

/// The page *Account*, by the query of its address.
#[server(prefix = "/actions", endpoint = "account", output = Json)]
pub async fn account(#[server(default)] query: String) -> Result<Html, AppError> {
    let (service, caller) = (service()?, caller()?);
    let identity = service.identity(&caller).await.map_err(answer_error)?;
    let language = service.language(&caller).await.map_err(answer_error)?;
    Ok(content(&identity, language, &query))
}

/// Sets the language in which the one who asks is written to.
#[server(prefix = "/actions", endpoint = "set_language")]
pub async fn set_language(language: String) -> Result<(), AppError> {
    let save = async {
        let language: Language =
            language.parse().map_err(|error: Invalid| AppError::from(error))?;
        service()?.set_language(&caller()?, language).await.map_err(AppError::from)
    };
    save.await.map_err(answer_error)?;
    leptos_axum::redirect("/account?saved=language");
    Ok(())
}

/// Sets the password of the one who asks. `current` is empty where they have none yet.
#[server(prefix = "/actions", endpoint = "set_password")]
pub async fn set_password(#[server(default)] current: String, new: String) -> Result<(), AppError> {
    let current = Some(current.as_str()).filter(|password| !password.is_empty());
    service()?.set_password(&caller()?, current, &new).await.map_err(answer_error)?;
    leptos_axum::redirect("/account?saved=password");
    Ok(())
}
