//! `/operator/plans`: what customers can have.

use super::plan::PlanFields;
use crate::{
    guard::{Refusal, WhoOperates, console_page},
    navigation::PLANS,
    server_fns::catalogue::{OperatorSavePlan, operator_plans},
    ui::{Dialog, FormError, FormFooter, PostForm, TextField, format, use_posting},
};
use domain::console::PlanRow;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// What customers can have.
#[component]
pub(crate) fn PlansPage() -> impl IntoView {
    let who = WhoOperates::here();
    let query = use_query_map();
    let new = Memo::new(move |_| query.with(|query| query.get_str("new").is_some()));
    let plans = Resource::new_blocking(move || new.get(), |_| operator_plans());
    let content = move || {
        let new = new.get();
        Suspend::new(async move {
            let content = async {
                who.anyone().await?;
                Ok::<_, Refusal>(content(&plans.await?, new))
            };
            console_page(content.await)
        })
    };
    view! {
        <Title text="Plans" />
        <Transition fallback=|| view! { <p class="loading">"Loading plans…"</p> }>
            {content}
        </Transition>
    }
}

fn content(plans: &[PlanRow], new: bool) -> AnyView {
    let rows = plans.iter().map(row).collect_view();
    view! {
        <div class="page-head">
            <div>
                <h1>"Plans"</h1>
                <p class="page-sub">
                    "A change of a plan counts for all organizations on it from their next request on."
                </p>
            </div>
            <a class="button button-primary" id="new-plan" href=format!("{PLANS}?new") data-noscroll>
                "New plan"
            </a>
        </div>
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Plan"</th>
                        <th scope="col" class="number">"Credits a month"</th>
                        <th scope="col" class="number">"Seats"</th>
                        <th scope="col">"Usage Quota feature"</th>
                        <th scope="col" class="number">"Organizations"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {new.then(|| view! { <NewPlan /> })}
    }
    .into_any()
}

fn row(plan: &PlanRow) -> impl IntoView + use<> {
    let seats = plan.seats.map_or_else(|| "Unlimited".to_owned(), format::grouped);
    view! {
        <tr>
            <th scope="row" class="person">
                <a class="person-name" href=format!("{PLANS}/{}", plan.code)>{plan.name.clone()}</a>
                <span class="sub">{plan.code.to_string()}</span>
            </th>
            <td class="number" data-label="Credits a month">{format::grouped(plan.monthly_credits)}</td>
            <td class="number" data-label="Seats">{seats}</td>
            <td data-label="Usage Quota feature">
                {if plan.usage_quota_feature { "Included" } else { "Not included" }}
            </td>
            <td class="number" data-label="Organizations">{format::grouped(plan.organizations)}</td>
        </tr>
    }
}

#[component]
fn NewPlan() -> impl IntoView {
    let posting = use_posting::<OperatorSavePlan>();
    let error = FormError::of(posting);
    view! {
        <Dialog title="New plan".to_owned() close=PLANS.to_owned() opener="new-plan".to_owned()>
            <PostForm posting class="form">
                <input type="hidden" name="version" value="0" />
                <TextField
                    name="code"
                    label="Code"
                    value=error.text("code", String::new())
                    hint="Stays for ever: a-z, 0-9 and _, such as team_plus."
                    required=true
                    autofocus=error.none_yet()
                    error
                />
                <PlanFields error />
                <FormFooter
                    error
                    fields=&["code", "name", "monthly_credits", "seats"]
                    pending=posting.pending()
                    button="Make plan"
                />
            </PostForm>
        </Dialog>
    }
}
