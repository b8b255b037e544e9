//! `/operator/plans/{code}`: the terms of a plan.

use crate::{
    guard::{Refusal, WhoOperates, console_page},
    navigation::{ORGANIZATIONS, PLANS},
    server_fns::catalogue::{OperatorSavePlan, operator_plan},
    ui::{Checkbox, FormError, FormFooter, PostForm, TextField, format, use_posting},
};
use domain::{
    amount::Amount,
    catalogue::CapKind,
    console::{PlanDetail, PlanMeter, PlanRow},
    input::{Code, Invalid},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The terms of a plan.
#[component]
pub(crate) fn PlanPage() -> impl IntoView {
    let who = WhoOperates::here();
    let (params, query) = (use_params_map(), use_query_map());
    let code = move || params.with(|params| params.get_str("code")?.parse::<Code>().ok());
    // A save leads to the version that it made, so that it is loaded.
    let version = move || query.with(|query| query.get("version"));
    let shown = Memo::new(move |_| (code(), version()));
    let plan = Resource::new_blocking(
        move || shown.get(),
        async |(code, _)| match code {
            Some(code) => operator_plan(code).await,
            None => Err(Invalid::new("code", "is no plan’s").into()),
        },
    );
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.anyone().await?;
                Ok::<_, Refusal>(content(plan.await?))
            };
            console_page(content.await)
        })
    };
    view! {
        <Title text="Plan" />
        <Transition fallback=|| view! { <p class="loading">"Loading the plan…"</p> }>
            {content}
        </Transition>
    }
}

fn content(plan: PlanDetail) -> AnyView {
    let row = &plan.row;
    let (name, has_it) = (row.name.clone(), format::counted(row.organizations, "organization"));
    let theirs = format!("{ORGANIZATIONS}?plan={}", row.code);
    view! {
        <div class="page-head">
            <div>
                <p class="page-sub"><a href=PLANS>"Plans"</a></p>
                <h1>{name}</h1>
                <p class="page-sub">
                    <span class="code">{row.code.to_string()}</span>
                    " · "
                    <a href=theirs>{has_it}</a>
                </p>
            </div>
        </div>
        <PlanForm plan />
    }
    .into_any()
}

#[component]
fn PlanForm(
    /// The plan as it is.
    plan: PlanDetail,
) -> impl IntoView {
    let posting = use_posting::<OperatorSavePlan>();
    let error = FormError::of(posting);
    let row = plan.row;
    let code = row.code.to_string();
    let reload = format!("{PLANS}/{code}");
    let rows = plan.limits.into_iter().map(|meter| limit_row(&meter, error)).collect_view();
    view! {
        <PostForm posting class="form form-wide">
            <input type="hidden" name="code" value=code />
            <input type="hidden" name="version" value=error.version(row.version) />
            <div class="card form">
                <PlanFields error plan=row />
            </div>
            <section class="section">
                <h2>"Limits per billing month"</h2>
                <p class="section-text">
                    "In the meter’s smallest unit; empty is unlimited, and is still counted. A hard \
                     limit denies what is past it, a soft one allows a tenth more. Gauges count what \
                     there is, all other meters start anew each month."
                </p>
                <div class="table-box">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Meter"</th>
                                <th scope="col">"Limit"</th>
                                <th scope="col">"When it is reached"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
            <FormFooter
                error
                fields=&["name", "monthly_credits", "seats"]
                pending=posting.pending()
                button="Save plan"
                reload
            />
        </PostForm>
    }
}

fn limit_row(meter: &PlanMeter, error: FormError) -> impl IntoView + use<> {
    let name = format!("limits[{}]", meter.meter);
    let saved = meter.limit.limit.map(Amount::get).map(format::grouped).unwrap_or_default();
    let value = error.text(&name, saved);
    let wrong = {
        let name = name.clone();
        move || error.at(&name)
    };
    let caps = format!("caps[{}]", meter.meter);
    let options = [(CapKind::Hard, "Hard: denied"), (CapKind::Soft, "Soft: a tenth more")];
    let options = options.map(|(cap, text)| {
        let selected = error.checked(&caps, cap.code(), cap == meter.limit.cap);
        view! { <option value=cap.code() selected=selected>{text}</option> }
    });
    let is_wrong = {
        let wrong = wrong.clone();
        move || wrong().is_some().then_some("true")
    };
    view! {
        <tr>
            <th scope="row">{meter.name.clone()} <span class="sub">{meter.unit.clone()}</span></th>
            <td data-label="Limit">
                <span class="cell-field">
                    <input
                        class="input"
                        name=name
                        value=value
                        inputmode="numeric"
                        autocomplete="off"
                        placeholder="Unlimited"
                        aria-label=format!("Limit of {}", meter.name)
                        aria-invalid=is_wrong
                    />
                    <span class="field-error">{wrong}</span>
                </span>
            </td>
            <td data-label="When it is reached">
                <select class="input cell-field" name=caps aria-label=format!("Cap of {}", meter.name)>
                    {options}
                </select>
            </td>
        </tr>
    }
}

/// The fields of a plan's own terms.
#[component]
pub(super) fn PlanFields(
    /// The error of the form that they are part of.
    error: FormError,
    /// The plan as it is; a new one, if left out.
    #[prop(optional)]
    plan: Option<PlanRow>,
) -> impl IntoView {
    let text = |name: &str, of: fn(&PlanRow) -> String| {
        error.text(name, plan.as_ref().map(of).unwrap_or_default())
    };
    let name = text("name", |plan| plan.name.clone());
    let credits = text("monthly_credits", |plan| format::grouped(plan.monthly_credits));
    let seats = text("seats", |plan| plan.seats.map(format::grouped).unwrap_or_default());
    let feature = plan.as_ref().is_some_and(|plan| plan.usage_quota_feature);
    view! {
        <TextField name="name" label="Name" value=name required=true error />
        <div class="field-row">
            <TextField
                name="monthly_credits"
                label="Credits a month"
                value=credits
                hint="Granted each billing month, from the 1st in UTC."
                required=true
                error
            />
            <TextField name="seats" label="Seats" value=seats hint="Empty: unlimited." error />
        </div>
        <Checkbox
            name="usage_quota_feature"
            label="Usage Quota feature"
            checked=error.checked("usage_quota_feature", "true", feature)
            hint="Customers set quotas on what they spend. Without it, all on the plan can spend 0.50 \
                  a day in their currency, and lower that."
        />
    }
}
