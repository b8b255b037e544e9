//! The meter that shows how much of a limit is used.

use super::{
    format::{Level, Share, counted},
    icon::{Icon, Symbol},
};
use leptos::prelude::*;

/// How much of `total` is used, as a bar with its percentage as text. Its widths are attributes
/// of an SVG, because the content security policy allows no inline styles.
#[component]
pub(crate) fn Bar(
    /// What is measured, for those who can't see the bar.
    #[prop(into)]
    label: String,
    /// How much is used.
    used: i64,
    /// The limit.
    total: i64,
    /// How much more is promised to others: drawn after what is used.
    #[prop(optional)]
    set_aside: i64,
    /// How much is used, in words; credits, if left out.
    #[prop(optional)]
    amount: Option<String>,
    /// Whether the words around it say already that it is about use.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let share = Share::of(used, total);
    let taken = Share::of(used.saturating_add(set_aside), total);
    let text = share.text();
    let amount = amount.unwrap_or_else(|| counted(used, "credit"));
    let promised = (set_aside > 0).then(|| {
        view! { <rect class="bar-aside" width=taken.width() height="8"></rect> }
    });
    view! {
        <div class=share.level().class()>
            <svg
                role="meter"
                aria-label=label
                aria-valuemin="0"
                aria-valuemax=total.max(0).to_string()
                aria-valuenow=used.clamp(0, total.max(0)).to_string()
                aria-valuetext=format!("{text}, {amount}")
                width="100%"
                height="8"
            >
                <rect class="bar-track" width="100%" height="8"></rect>
                {promised}
                <rect class="bar-used" width=share.width() height="8"></rect>
            </svg>
            <span class="bar-text">
                {(share.level() != Level::Calm).then(|| view! { <Icon symbol=Symbol::Warning /> })}
                {text}
                {(!short).then_some(" used")}
            </span>
        </div>
    }
}
