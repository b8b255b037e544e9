//! Asking the operator for another plan, and taking that back.

use crate::{
    guard::needs,
    navigation::PLAN,
    server_fns::plans::{RequestPlan, WithdrawPlanRequest},
    ui::{Card, Dialog, FormError, FormFooter, PostForm, Radio, TextField, format, use_posting},
};
use domain::{
    access::Action,
    plan_report::PlanOffer,
    views::{Identity, PlanView},
};
use leptos::prelude::*;

/// The link that opens the dialog.
const ASK_ID: &str = "ask-for-a-plan";

/// Why nothing can be asked for; `None` if it can.
fn obstacle(view: &PlanView, identity: &Identity) -> Option<String> {
    if !identity.rights.allow(Action::RequestPlan) {
        Some(needs(Action::RequestPlan))
    } else if view.report.request.is_some() {
        Some("Withdraw the open request first".to_owned())
    } else if view.report.plans.len() < 2 {
        Some("There is no other plan".to_owned())
    } else {
        None
    }
}

/// The way to the dialog, or why there is none.
pub(super) fn ask_link(view: &PlanView, identity: &Identity) -> AnyView {
    const LABEL: &str = "Ask for an upgrade";
    match obstacle(view, identity) {
        None => view! {
            <a class="button" id=ASK_ID href=format!("{PLAN}?ask=plan") data-noscroll>
                {LABEL}
            </a>
        }
        .into_any(),
        Some(reason) => view! {
            <button class="button" disabled title=reason>
                {LABEL}
            </button>
        }
        .into_any(),
    }
}

/// The dialog, if something can be asked for.
pub(super) fn dialog(view: &PlanView, identity: &Identity) -> Option<impl IntoView + use<>> {
    if obstacle(view, identity).is_some() {
        return None;
    }
    let others = view.report.plans.iter().filter(|plan| plan.code != view.report.plan);
    let others: Vec<PlanOffer> = others.cloned().collect();
    Some(view! {
        <Dialog
            title="Ask for an upgrade".to_owned()
            close=PLAN.to_owned()
            opener=ASK_ID.to_owned()
        >
            <RequestForm plans=others.clone() />
        </Dialog>
    })
}

#[component]
fn RequestForm(
    /// The plans that can be asked for.
    plans: Vec<PlanOffer>,
) -> impl IntoView {
    let posting = use_posting::<RequestPlan>();
    let error = FormError::of(posting);
    let last = plans.len() - 1;
    let choices = plans
        .into_iter()
        .enumerate()
        .map(|(index, plan)| {
            let checked = error.checked("plan", plan.code.as_str(), index == last);
            view! {
                <Radio
                    name="plan"
                    value=plan.code.to_string()
                    label=plan.name.clone()
                    checked
                    hint=summary(&plan)
                    autofocus=checked && error.none_yet()
                />
            }
        })
        .collect_view();
    view! {
        <PostForm posting class="form">
            <fieldset class="fieldset">
                <legend>"Plan"</legend>
                {choices}
            </fieldset>
            <TextField
                name="note"
                label="Note (optional)"
                lines=3
                value=error.text("note", String::new())
                hint="What you need and until when, in up to 500 characters. The operator of this \
                      installation reads it and answers."
                error
            />
            <FormFooter error fields=&["note"] pending=posting.pending() button="Send" />
        </PostForm>
    }
}

fn summary(plan: &PlanOffer) -> String {
    let seats = plan
        .seats
        .map_or_else(|| "unlimited seats".to_owned(), |seats| format::counted(seats, "seat"));
    format!("{} credits a month, {seats}", format::grouped(plan.monthly_credits))
}

/// The request that waits for its answer, with the way to take it back.
pub(super) fn open(view: &PlanView, identity: &Identity) -> Option<impl IntoView + use<>> {
    let (request, at) = (view.report.request.as_ref()?, view.requested.as_ref()?);
    let plan = view.report.plans.iter().find(|plan| plan.code == request.plan);
    let name = plan.map_or_else(|| request.plan.to_string(), |plan| plan.name.clone());
    let who = request.requested_by_name.clone().unwrap_or_else(|| "a program".to_owned());
    let text = format!("{name} was asked for by {who}, {}. The operator answers.", at.text);
    let note = request.note.clone().map(|note| view! { <p class="quote">{note}</p> });
    let reason = (!identity.rights.allow(Action::RequestPlan)).then(|| needs(Action::RequestPlan));
    Some(view! {
        <Card title="Open request">
            <p>{text}</p>
            {note}
            <WithdrawForm reason />
        </Card>
    })
}

#[component]
fn WithdrawForm(
    /// Why it can't be withdrawn by the one who looks.
    reason: Option<String>,
) -> impl IntoView {
    let posting = use_posting::<WithdrawPlanRequest>();
    let disabled = reason.is_some();
    view! {
        <PostForm posting class="">
            <button
                class="button button-small"
                type="submit"
                title=reason
                disabled=move || disabled || posting.pending().get()
            >
                "Withdraw"
            </button>
        </PostForm>
    }
}
