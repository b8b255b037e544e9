//! Small labels.

use domain::views::MemberStatus;
use leptos::prelude::*;

/// A member's status: a filled, a hollow or a dashed dot with its word.
#[component]
pub(crate) fn StatusBadge(
    /// The status.
    status: MemberStatus,
) -> impl IntoView {
    view! { <span class=format!("badge badge-{}", status.code())>{status.to_string()}</span> }
}
