//! The organization's plan, and what another one would change.

use super::address;
use crate::{
    server_fns::directory::{OperatorAnswerPlanRequest, OperatorEditOrganization},
    ui::{FormError, FormFooter, Notice, PostForm, filter, format, use_posting},
};
use domain::{
    console::{OrganizationDetail, OrganizationPage as Data, PlanPreview},
    ids::OrganizationId,
    plan_report::PlanRequest,
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The section: choosing a plan only shows what it changes.
pub(super) fn section(data: &Data) -> impl IntoView + use<> {
    let organization = &data.organization;
    let chosen = data.preview.as_ref().map(|preview| preview.plan.to_string());
    let others = data.plans.iter().filter(|(code, _)| *code != organization.row.plan);
    let others = others.map(|(code, name)| (code.to_string(), name.clone())).collect();
    let choice = filter("plan", "Change to", "Another plan…", others, &chosen.unwrap_or_default());
    let preview = data.preview.as_ref().map(|preview| changes(organization, preview));
    view! {
        <section class="section" id="plan-section">
            <h2>"Plan"</h2>
            {data.request.as_ref().map(request)}
            <form class="filters-form" method="get" action=address(organization.row.id, "")>
                {choice}
                <button class="button" type="submit">"Show what changes"</button>
            </form>
            {preview}
        </section>
    }
}

/// What the organization asks for, and the answer. A plain form: the page is loaded anew.
fn request(request: &PlanRequest) -> impl IntoView + use<> {
    let PlanRequest { organization_id: id, plan, note, requested_by_name, .. } = request;
    let who = requested_by_name.clone().unwrap_or_else(|| "A program".to_owned());
    let note = note.as_ref().map(|note| format!(": “{note}”")).unwrap_or_default();
    let text = format!("{who} asks for the plan {plan}{note} ");
    let (changes, id) = (address(*id, &format!("?plan={plan}#plan-section")), id.to_string());
    view! {
        <Notice>
            <form
                class="filters-form"
                method="post"
                action=OperatorAnswerPlanRequest::url()
            >
                <p>{text}<a href=changes>"Show what changes"</a></p>
                <input type="hidden" name="id" value=id />
                <button class="button button-small button-primary" name="granted" value="true">
                    "Grant"
                </button>
                <button class="button button-small" name="granted" value="false">
                    "Decline"
                </button>
            </form>
        </Notice>
    }
}

fn changes(organization: &OrganizationDetail, preview: &PlanPreview) -> impl IntoView + use<> {
    let row = &organization.row;
    let seats = |seats: Option<i64>| seats.map_or_else(|| "Unlimited".to_owned(), format::grouped);
    let granted = line(
        "Credits a month",
        (format::grouped(row.allowance), format::grouped(preview.allowance)),
        over("used this month", row.allowance_used, Some(preview.allowance)),
    );
    let seats = line(
        "Seats",
        (seats(organization.seats), seats(preview.seats)),
        over("taken", organization.seats_used, preview.seats),
    );
    let lowered = preview.lowered.iter().map(|(name, lowered)| {
        let from = lowered.from.map(domain::amount::Amount::get);
        let from = from.map_or_else(|| "Unlimited".to_owned(), format::grouped);
        line(name, (from, format::grouped(lowered.to.get())), "Lower".to_owned())
    });
    let lowered: Vec<_> = lowered.collect();
    let above = preview.limit_above_pool.then(|| {
        view! {
            <Notice>
                <p>
                    "The organization’s own credit limit is more than this plan provides. It stays, \
                     and what the plan grants will limit usage."
                </p>
            </Notice>
        }
    });
    let restricts = preview.restricts_to.as_ref().map(|limits| {
        let text = format!(
            "This plan has no usage quotas: it restricts spending to {limits}, in the place of what \
             the organization has set for all of it.",
        );
        view! {
            <Notice>
                <p>{text}</p>
            </Notice>
        }
    });
    let (id, version, plan) = (row.id, organization.version, preview.plan.to_string());
    let name = preview.name.clone();
    view! {
        <div class="table-box">
            <table class="table">
                <caption class="hidden">{format!("What the plan {name} changes")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"What changes"</th>
                        <th scope="col" class="number">"Now"</th>
                        <th scope="col" class="number">{name.clone()}</th>
                        <th scope="col">"Of that"</th>
                    </tr>
                </thead>
                <tbody>{granted} {seats} {lowered}</tbody>
            </table>
        </div>
        {above}
        {restricts}
        <ChangePlan id version plan name />
    }
}

fn line(name: &str, (from, to): (String, String), note: String) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row">{name.to_owned()}</th>
            <td class="number" data-label="Now">{from}</td>
            <td class="number" data-label="Then">{to}</td>
            <td data-label="Of that">{note}</td>
        </tr>
    }
}

/// How much is taken, and whether that is more than there will be.
fn over(what: &str, taken: i64, limit: Option<i64>) -> String {
    let text = format!("{} {what}", format::grouped(taken));
    match limit {
        Some(limit) if taken > limit => format!("{text}: more than that"),
        _ => text,
    }
}

#[component]
fn ChangePlan(
    /// Whose plan.
    id: OrganizationId,
    /// The version of the organization that the page shows.
    version: i64,
    /// The plan's code.
    plan: String,
    /// The plan's name.
    name: String,
) -> impl IntoView {
    let posting = use_posting::<OperatorEditOrganization>();
    let error = FormError::of(posting);
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="version" value=error.version(version) />
            <input type="hidden" name="plan" value=plan />
            <p class="section-text">
                {format!(
                    "The next request is decided by the plan {name}. Nothing that was used is taken \
                     back; limits in percent follow what it grants.",
                )}
            </p>
            <FormFooter
                error
                fields=&[]
                pending=posting.pending()
                button="Change plan"
                reload=address(id, "")
            />
        </PostForm>
    }
}
