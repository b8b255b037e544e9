//! The inputs for a member's personal budgets.

use super::{field::TextField, form::FormError};
use domain::{budgets::BudgetMeter, views::Budget};
use leptos::prelude::*;

/// One for each meter, with what the form has seen of it.
pub(crate) fn budget_fields(budgets: &[Budget], error: FormError) -> impl IntoView + use<> {
    let fields = budgets.iter().map(|budget| {
        let name = budget.meter.as_str();
        let label = match budget.meter {
            BudgetMeter::AiTokens => "AI tokens a month",
            BudgetMeter::Enrichments => "Enrichments a month",
        };
        let saved = budget.monthly.clone().unwrap_or_default();
        view! {
            <input type="hidden" name=format!("{name}_seen") value=budget.seen.clone() />
            <TextField name label value=error.text(name, saved) hint="Empty shares the pool." error />
        }
    });
    view! { <div class="field-row">{fields.collect_view()}</div> }
}
