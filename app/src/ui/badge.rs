//! Small labels.

use domain::{console::OrganizationStatus, packs::PackState, views::MemberStatus};
use leptos::prelude::*;

/// A member's status: a filled, a hollow or a dashed dot with its word.
#[component]
pub(crate) fn StatusBadge(
    /// The status.
    status: MemberStatus,
) -> impl IntoView {
    view! { <span class=format!("badge badge-{}", status.code())>{status.to_string()}</span> }
}

/// Whether a pack can pay: a filled, a hollow or a dashed dot with its word.
#[component]
pub(crate) fn PackBadge(
    /// Whether it can.
    state: PackState,
) -> impl IntoView {
    let (class, word) = match state {
        PackState::Open => ("badge badge-active", "Open"),
        PackState::UsedUp => ("badge badge-inactive", "Used up"),
        PackState::Ended => ("badge badge-invited", "Ended"),
    };
    view! { <span class=class>{word}</span> }
}

/// An organization's status, likewise.
#[component]
pub(crate) fn OrganizationBadge(
    /// The status.
    status: OrganizationStatus,
) -> impl IntoView {
    let class = match status {
        OrganizationStatus::Active => "badge badge-active",
        OrganizationStatus::Suspended => "badge badge-inactive",
    };
    view! { <span class=class>{status.to_string()}</span> }
}
