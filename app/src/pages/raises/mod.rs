//! `/requests`, what members ask for; `/requests/answer`, one of these with what granting it would do;
//! `/requests/ask`, where they ask. All are rendered by the server alone.

#[cfg(feature = "ssr")]
pub(crate) mod ask;
#[cfg(feature = "ssr")]
pub(crate) mod list;
#[cfg(feature = "ssr")]
pub(crate) mod review;

use super::panel_page::{form_panel_page, panel_page};
use crate::server_fns::raises::{raise_form, raise_requests, raise_review};
use domain::access::Action;
use leptos::prelude::*;

/// What members ask for.
#[component]
pub(crate) fn RaiseRequestsPage() -> impl IntoView {
    panel_page("Raise requests", Action::ViewRaiseRequests, |query| Box::pin(raise_requests(query)))
}

/// One of these, to be answered.
#[component]
pub(crate) fn RaiseAnswerPage() -> impl IntoView {
    form_panel_page("Raise request", Action::ViewRaiseRequests, |query| {
        Box::pin(raise_review(query))
    })
}

/// Where a member asks for more.
#[component]
pub(crate) fn AskPage() -> impl IntoView {
    form_panel_page("Ask for more", Action::ViewOwnUsage, |query| Box::pin(raise_form(query)))
}
