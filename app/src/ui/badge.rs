//! Small labels.

use domain::{console::OrganizationStatus, views::MemberStatus};
use leptos::prelude::*;

/// A member's status: a filled, a hollow or a dashed dot with its word.
#[component]
pub(crate) fn StatusBadge(
    /// The status.
    status: MemberStatus,
) -> impl IntoView {
    view! { <span class=format!("badge badge-{}", status.code())>{status.to_string()}</span> }
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
