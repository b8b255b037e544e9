//! All plans side by side, as far as they differ.

use crate::ui::format;
use domain::plan_report::{MeterUse, PlanOffer, PlanReport};
use leptos::prelude::*;

/// The table. Meters on which all plans are the same are left out.
pub(super) fn comparison(report: &PlanReport) -> impl IntoView + use<> {
    let plans = &report.plans;
    let heads = plans
        .iter()
        .map(|plan| {
            let own = (plan.code == report.plan).then_some("your plan");
            view! {
                <th scope="col" class="number">
                    {plan.name.clone()}
                    <span class="sub">{own}</span>
                </th>
            }
        })
        .collect_view();
    let included = |included| if included { "Included" } else { "Not included" };
    let meters = report.meters.iter().filter(|of| differs(of, plans));
    let meters = meters
        .map(|of| {
            let limit = |plan: &PlanOffer| limit(of, plan, report.currency.as_str());
            row(of.meter.name.clone(), plans, &limit)
        })
        .collect_view();
    view! {
        <section class="section">
            <h2>"Plans"</h2>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"What differs"</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>
                        {row(
                            "Credits a month".to_owned(),
                            plans,
                            &|plan| format::grouped(plan.monthly_credits),
                        )}
                        {row(
                            "Seats".to_owned(),
                            plans,
                            &|plan| plan.seats.map_or_else(unlimited, format::grouped),
                        )}
                        {row(
                            "Usage Quotas".to_owned(),
                            plans,
                            &|plan| included(plan.usage_quota_feature).to_owned(),
                        )} {meters}
                    </tbody>
                </table>
            </div>
            <p class="section-text">"All other meters are the same in every plan."</p>
        </section>
    }
}

fn row(
    name: String,
    plans: &[PlanOffer],
    cell: &dyn Fn(&PlanOffer) -> String,
) -> impl IntoView + use<> {
    let cells = plans
        .iter()
        .map(|plan| {
            view! { <td class="number" data-label=plan.name.clone()>{cell(plan)}</td> }
        })
        .collect_view();
    view! {
        <tr>
            <th scope="row">{name}</th>
            {cells}
        </tr>
    }
}

/// Seats have a row of their own.
fn differs(of: &MeterUse, plans: &[PlanOffer]) -> bool {
    let mut limits = plans.iter().map(|plan| plan.limit(&of.meter));
    let first = limits.next();
    !of.meter.counts_seats() && limits.any(|limit| Some(limit) != first)
}

fn limit(of: &MeterUse, plan: &PlanOffer, currency: &str) -> String {
    let limit = plan.limit(&of.meter).map(|(limit, _)| of.meter.unit.text(limit, currency));
    limit.unwrap_or_else(unlimited)
}

fn unlimited() -> String {
    "Unlimited".to_owned()
}
