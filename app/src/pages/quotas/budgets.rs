//! Personal budgets of the member who was chosen, and the dialog that changes them.

use super::{Open, Place};
use crate::{
    server_fns::budgets::SaveBudgets,
    ui::{Dialog, FormError, FormFooter, PostForm, budget_fields, fact, format, use_posting},
};
use domain::views::{Budget, MemberChoice};
use leptos::prelude::*;

/// The link that opens the dialog.
const EDIT_ID: &str = "edit-budgets";

/// What is used and left of them, and the dialog if it is open.
pub(super) fn budgets(
    budgets: &[Budget],
    member: &MemberChoice,
    place: &Place,
    open: Option<Open>,
) -> impl IntoView + use<> {
    let facts = budgets.iter().map(budget).collect_view();
    let dialog = (open == Some(Open::Budgets)).then(|| {
        let (budgets, id) = (budgets.to_vec(), member.id.to_string());
        let place = place.clone();
        view! {
            <Dialog
                title=format!("Personal budgets of {}", member.name)
                close=place.address()
                opener=EDIT_ID.to_owned()
            >
                <BudgetsForm member=id.clone() budgets=budgets.clone() place=place.clone() />
            </Dialog>
        }
    });
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Personal budgets"</h2>
                <span class="sub">"What this member may use in a month"</span>
                <a
                    class="button button-small section-actions"
                    id=EDIT_ID
                    href=place.with("budgets", "1")
                    data-noscroll
                >
                    "Edit budgets"
                </a>
            </div>
            <dl class="facts">{facts}</dl>
        </section>
        {dialog}
    }
}

fn budget(budget: &Budget) -> impl IntoView + use<> {
    let used = match (&budget.taken, &budget.monthly) {
        (Some(taken), Some(monthly)) => format!("{taken} of {monthly} used"),
        _ => "Shares the organization’s pool".to_owned(),
    };
    let left = match (&budget.left, budget.bound_by) {
        (Some(left), Some(scope)) => {
            let resets = budget.resets.as_ref().map(format::moment).unwrap_or_default();
            format!("{left} left, limited by {}, resets {resets}", format::bound_by(scope))
        }
        _ => "Unlimited".to_owned(),
    };
    fact(budget.meter.name(), used, left)
}

#[component]
fn BudgetsForm(
    /// Whose, by id.
    member: String,
    /// As they are.
    budgets: Vec<Budget>,
    /// Where to return to.
    place: Place,
) -> impl IntoView {
    let posting = use_posting::<SaveBudgets>();
    let error = FormError::of(posting);
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="member" value=member />
            <input type="hidden" name="back" value=place.address() />
            {budget_fields(&budgets, error)}
            <FormFooter
                error
                fields=&["ai_tokens", "enrichments"]
                pending=posting.pending()
                button="Save"
                reload=place.with("budgets", "1")
            />
        </PostForm>
    }
}
