//! The organization's plan, and asking for another one.

use super::json::Json;
use crate::error::AppError;
use domain::views;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::navigation::PLAN,
    domain::input::{Code, Invalid, Note},
};

/// The page *Plan*.
#[server(prefix = "/actions", endpoint = "plan_view", output = Json)]
pub async fn plan_view() -> Result<views::PlanView, AppError> {
    service()?.plan_view(&caller()?).await.map_err(answer_error)
}

/// Asks the operator for another plan; the note may be empty.
#[server(prefix = "/actions", endpoint = "request_plan")]
pub async fn request_plan(
    #[server(default)] plan: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    let typed = [("plan", plan.clone()), ("note", note.clone())];
    let ask = async {
        let plan: Result<Code, Invalid> = plan.parse();
        let plan = plan.map_err(|_| Invalid::new("plan", "must be one of these plans"))?;
        let note = Some(note.trim()).filter(|note| !note.is_empty());
        let note = note.map(str::parse::<Note>).transpose()?;
        service()?.request_plan(&caller()?, plan, note, None).await?;
        Ok::<_, AppError>(())
    };
    ask.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("{PLAN}?saved=plan-requested"));
    Ok(())
}

/// Takes the open request for another plan back.
#[server(prefix = "/actions", endpoint = "withdraw_plan_request")]
pub async fn withdraw_plan_request() -> Result<(), AppError> {
    service()?.withdraw_plan_request(&caller()?).await.map_err(answer_error)?;
    leptos_axum::redirect(&format!("{PLAN}?saved=plan-withdrawn"));
    Ok(())
}
