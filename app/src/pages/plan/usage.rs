//! What the plan includes and what is used of it: credits, and every meter in its group.

use crate::ui::{Bar, Card, Figure, format};
use domain::{
    catalogue::CapKind,
    plan_report::{MeterGroup, MeterUse, PlanOffer, PlanReport},
    views::PlanView,
};
use leptos::prelude::*;

/// What is shown beside the name of a meter, where something is.
pub(in crate::pages) type Beside<'a> = &'a dyn Fn(&MeterUse) -> Option<AnyView>;

/// One card for credits, one for each group of meters, and one for meters of no group.
pub(super) fn cards(view: &PlanView, plan: &PlanOffer) -> impl IntoView + use<> {
    let groups = groups(&view.report, &|_| None);
    let (credits, others) = (credits(&view.report, plan), group(&view.report, None, &|_| None));
    view! {
        <section class="section">
            <h2>"What it includes"</h2>
            <div class="cards">
                <Card title="Monthly credits">{credits}</Card>
                {others}
            </div>
            <div class="cards">{groups}</div>
        </section>
    }
}

/// How much of the monthly credits is used.
pub(in crate::pages) fn credits(report: &PlanReport, plan: &PlanOffer) -> impl IntoView + use<> {
    let held = plan.monthly_credits - report.credits_used - report.credits_left;
    let held = (held > 0).then(|| {
        view! {
            <dt>"Held for work under way"</dt>
            <dd>{format::grouped(held)}</dd>
        }
    });
    view! {
        <Figure value=report.credits_left unit="credits left" />
        <Bar
            label="Monthly credits used"
            used=report.credits_used
            total=plan.monthly_credits
        />
        <dl class="pairs pairs-numbers">
            <dt>"Used"</dt>
            <dd>{format::grouped(report.credits_used)}</dd>
            {held}
            <dt>"Included a month"</dt>
            <dd>{format::grouped(plan.monthly_credits)}</dd>
        </dl>
        <p class="card-text">"Blocked at the limit, unless extra credits pay."</p>
    }
}

/// A card for each group of meters.
pub(in crate::pages) fn groups(report: &PlanReport, beside: Beside<'_>) -> impl IntoView + use<> {
    MeterGroup::ALL.map(|of| group(report, Some(of), beside)).collect_view()
}

/// A card for one group of meters; nothing, where it has none.
pub(in crate::pages) fn group(
    report: &PlanReport,
    group: Option<MeterGroup>,
    beside: Beside<'_>,
) -> Option<impl IntoView + use<>> {
    let of_group = report.meters.iter().filter(|of| of.meter.group == group);
    let meters: Vec<_> =
        of_group.map(|of| meter(of, report.currency.as_str(), beside(of))).collect();
    if meters.is_empty() {
        return None;
    }
    let (title, resets) = match group {
        Some(MeterGroup::CoreLimits) => ("Core limits", "These never reset."),
        Some(MeterGroup::MonthlyActivity) => ("Monthly activity", "Resets with the refill."),
        Some(MeterGroup::DataOperations) => ("Data operations", "Resets with the refill."),
        None => ("Other meters", "Counted in this billing period."),
    };
    Some(view! {
        <Card title>
            <ul class="meters">{meters}</ul>
            <p class="card-text">{resets}</p>
        </Card>
    })
}

fn meter(of: &MeterUse, currency: &str, beside: Option<AnyView>) -> impl IntoView + use<> {
    let (name, unit) = (of.meter.name.clone(), &of.meter.unit);
    let amount = |amount| unit.text(amount, currency);
    let taken = of.used.saturating_add(of.reserved);
    let used = match of.limit {
        Some(limit) => format!("{} of {}", amount(taken), amount(limit)),
        None => amount(taken),
    };
    let bar = of.limit.map(|limit| {
        let label = format!("{name} used");
        view! { <Bar label used=taken total=limit amount=amount(taken) /> }
    });
    let held = (of.reserved > 0).then(|| format!(" · {} held", amount(of.reserved)));
    view! {
        <li>
            <div class="meter-head">
                <span class="meter-name">{name}</span>
                {beside}
                <span class="meter-used">{used}</span>
            </div>
            {bar}
            <span class="sub">{at_the_limit(of, &amount)} {held}</span>
        </li>
    }
}

fn at_the_limit(of: &MeterUse, amount: &dyn Fn(i64) -> String) -> String {
    match (of.cap, of.allowed_to) {
        (None, _) => "Unlimited".to_owned(),
        (Some(CapKind::Soft), Some(most)) => format!("Allowed to 110%, {}", amount(most)),
        (Some(CapKind::Soft), None) => "Allowed to 110%".to_owned(),
        (Some(CapKind::Hard), _) => "Blocked at the limit".to_owned(),
    }
}
