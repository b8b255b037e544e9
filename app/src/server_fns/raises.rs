//! Asking for more, and answering that.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use domain::ids::RaiseRequestId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::{
        navigation::{MY_USAGE, RAISE_REQUESTS, address},
        pages::raises::{ask, list, review},
        usage_address::field,
    },
    domain::{
        input::{Invalid, Note},
        raises::{OwnLimit, RaiseStatus},
    },
    service::{Error, RaiseAsk, RaiseTerms},
};

/// The page *Raise requests*, by the query of its address.
#[server(prefix = "/actions", endpoint = "raise_requests", output = Json)]
pub async fn raise_requests(#[server(default)] query: String) -> Result<Html, AppError> {
    let load = async {
        let status = field(&query, "status").filter(|status| !status.is_empty());
        let status = status.map(|status| status.parse::<RaiseStatus>()).transpose()?;
        let page = field(&query, "page").and_then(|page| page.parse().ok()).unwrap_or(1);
        Ok(list::content(&service()?.raise_page(&caller()?, status, page).await?))
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// The page on which a request is answered, likewise.
#[server(prefix = "/actions", endpoint = "raise_review", output = Json)]
pub async fn raise_review(#[server(default)] query: String) -> Result<Html, AppError> {
    let load = async {
        let id = field(&query, "request").and_then(|id| id.parse().ok()).map(RaiseRequestId);
        let id = id.ok_or(Error::NotFound("request"))?;
        let typed = (field(&query, "limit"), field(&query, "last_day"));
        let typed = match &typed {
            (Some(limit), day) => Some((limit.as_str(), day.as_deref().unwrap_or_default())),
            (None, _) => None,
        };
        Ok(review::content(&service()?.review_raise(&caller()?, id, typed).await?, &query))
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// The page on which somebody asks for more, likewise.
#[server(prefix = "/actions", endpoint = "raise_form", output = Json)]
pub async fn raise_form(#[server(default)] query: String) -> Result<Html, AppError> {
    let load = async {
        let own_limit = field(&query, "own_limit").and_then(|limit| limit.parse().ok());
        let own_limit: OwnLimit = own_limit.ok_or(Error::NotFound("limit of yours"))?;
        Ok(ask::content(&service()?.raise_form(&caller()?, own_limit).await?, &query))
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// Asks for more of a limit of one's own.
#[server(prefix = "/actions", endpoint = "ask_for_raise")]
pub async fn ask_for_raise(
    own_limit: String,
    #[server(default)] limit: String,
    #[server(default)] last_day: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    let typed = [("limit", &limit), ("last_day", &last_day), ("reason", &reason)];
    let typed = typed.map(|(name, value)| (name, value.clone()));
    let ask = async {
        let own_limit: OwnLimit = own_limit.parse()?;
        let raise = service()?.read_raise(&caller()?, &own_limit, (&limit, &last_day)).await?;
        let reason: Note = reason.parse().map_err(|invalid: Invalid| invalid.at("reason"))?;
        let ask = RaiseAsk { member: None, own_limit, raise, reason };
        service()?.ask_for_raise(&caller()?, ask, None).await?;
        Ok::<_, AppError>(())
    };
    ask.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&address(MY_USAGE, &[("saved", "raise-asked")]));
    Ok(())
}

/// Takes a request of one's own back.
#[server(prefix = "/actions", endpoint = "withdraw_raise")]
pub async fn withdraw_raise(request: RaiseRequestId) -> Result<(), AppError> {
    service()?.withdraw_raise(&caller()?, request, None).await.map_err(answer_error)?;
    leptos_axum::redirect(&address(MY_USAGE, &[("saved", "raise-withdrawn")]));
    Ok(())
}

/// Grants a request, on these terms.
#[server(prefix = "/actions", endpoint = "approve_raise")]
pub async fn approve_raise(
    request: RaiseRequestId,
    own_limit: String,
    #[server(default)] limit: String,
    #[server(default)] last_day: String,
    #[server(default)] answer: String,
) -> Result<(), AppError> {
    let typed = [("limit", &limit), ("last_day", &last_day), ("answer", &answer)];
    let typed = typed.map(|(name, value)| (name, value.clone()));
    let approve = async {
        let own_limit: OwnLimit = own_limit.parse()?;
        let raise = service()?.read_raise(&caller()?, &own_limit, (&limit, &last_day)).await?;
        let terms = RaiseTerms { limit: Some(raise.limit), last_day: Some(raise.last_day) };
        let said = Some(answer.trim()).filter(|answer| !answer.is_empty());
        let said = said.map(message).transpose()?;
        service()?.approve_raise(&caller()?, request, (terms, said), None).await?;
        Ok::<_, AppError>(())
    };
    approve.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&address(RAISE_REQUESTS, &[("saved", "raise-approved")]));
    Ok(())
}

/// Declines a request, with the reason.
#[server(prefix = "/actions", endpoint = "decline_raise")]
pub async fn decline_raise(
    request: RaiseRequestId,
    #[server(default)] answer: String,
) -> Result<(), AppError> {
    let typed = [("answer", answer.clone())];
    let decline = async {
        service()?.decline_raise(&caller()?, request, message(&answer)?, None).await?;
        Ok::<_, AppError>(())
    };
    decline.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&address(RAISE_REQUESTS, &[("saved", "raise-declined")]));
    Ok(())
}

#[cfg(feature = "ssr")]
fn message(text: &str) -> Result<Note, Invalid> {
    text.parse().map_err(|invalid: Invalid| invalid.at("answer"))
}
