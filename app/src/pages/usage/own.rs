//! What the one who looks uses themselves.

use crate::ui::{Bar, Card, Figure, format};
use leptos::prelude::*;
use service::{OwnUse, UsagePage};

/// What is left for them, and their part of what members have a part of.
pub(super) fn section(page: &UsagePage) -> impl IntoView + use<> {
    let own = page.own.iter().map(|own| used(own, &page.currency)).collect_view();
    let bound_by = format::binds_you(page.own_left.bound_by);
    let left = page.own_left.left;
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"My usage"</h2>
                <div class="section-actions">
                    <a href="/my-usage">"Everything about my usage"</a>
                </div>
            </div>
            <div class="cards">
                <Card title="My credits">
                    <Figure value=left unit="credits left" />
                    <p class="card-text">{format!("Limited by {bound_by}.")}</p>
                </Card>
                <Card title="Used by me">
                    <ul class="meters">{own}</ul>
                    <p class="card-text">"In this billing month."</p>
                </Card>
            </div>
        </section>
    }
}

fn used(own: &OwnUse, currency: &str) -> impl IntoView + use<> {
    let amount = |amount| own.meter.unit.text(amount, currency);
    let name = own.meter.name.clone();
    let (used, bar, note) = match own.limit.as_ref().and_then(|own| Some((own, own.limit?))) {
        None => (amount(own.used), None, "No limit of your own: you share what there is"),
        Some((report, limit)) => {
            let taken = report.used.saturating_add(report.reserved);
            let label = format!("{name} used");
            let bar = view! { <Bar label used=taken total=limit amount=amount(taken) /> };
            let used = format!("{} of {}", amount(taken), amount(limit));
            (used, Some(bar), "Blocked at your own limit")
        }
    };
    view! {
        <li>
            <div class="meter-head">
                <span class="meter-name">{name}</span>
                <span class="meter-used">{used}</span>
            </div>
            {bar}
            <span class="sub">{note}</span>
        </li>
    }
}
