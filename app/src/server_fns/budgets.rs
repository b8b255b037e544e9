//! Personal budgets of members.

use crate::error::AppError;
use domain::ids::MemberId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::pages::quotas::Place,
    domain::{budgets::BudgetMeter, input::Invalid},
    service::BudgetEdit,
};

/// Saves the personal budgets of a member; an empty field shares the pool.
#[server(prefix = "/actions", endpoint = "save_budgets")]
pub async fn save_budgets(
    member: MemberId,
    #[server(default)] ai_tokens: String,
    #[server(default)] ai_tokens_seen: String,
    #[server(default)] enrichments: String,
    #[server(default)] enrichments_seen: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let form = BudgetForm([(ai_tokens, ai_tokens_seen), (enrichments, enrichments_seen)]);
    let save = async {
        let edits = form.parse()?;
        Ok::<_, AppError>(service()?.save_budgets(&caller()?, member, &edits).await?)
    };
    save.await.map_err(|error| answer_error(error.with_typed(form.typed())))?;
    leptos_axum::redirect(&Place::read(&back).with("saved", "budgets"));
    Ok(())
}

/// What was typed for each of [`BudgetMeter::ALL`], and the quota that the form has seen.
#[cfg(feature = "ssr")]
pub(super) struct BudgetForm(pub(super) [(String, String); 2]);

#[cfg(feature = "ssr")]
impl BudgetForm {
    pub(super) fn typed(&self) -> Vec<(&'static str, String)> {
        let each = BudgetMeter::ALL.into_iter().zip(&self.0);
        each.map(|(meter, (typed, _))| (meter.as_str(), typed.clone())).collect()
    }

    /// The edits, or the field that is wrong.
    pub(super) fn parse(&self) -> Result<Vec<BudgetEdit>, Invalid> {
        let each = BudgetMeter::ALL.into_iter().zip(&self.0);
        let edit = |(meter, (typed, seen)): (BudgetMeter, &(String, String))| {
            Ok(BudgetEdit { meter, monthly: meter.parse(typed)?, seen: seen.parse()? })
        };
        each.map(edit).collect()
    }

    /// The same of a form that may have no fields for budgets.
    pub(super) fn parse_if_there(&self) -> Result<Vec<BudgetEdit>, Invalid> {
        let Self(fields) = self;
        if fields.iter().all(|(_, seen)| seen.is_empty()) { Ok(Vec::new()) } else { self.parse() }
    }
}
