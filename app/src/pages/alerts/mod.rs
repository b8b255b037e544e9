//! `/settings/alerts`: when limits say that they are nearly used up, and who is told.

#[cfg(feature = "ssr")]
pub(crate) mod content;

use super::panel_page::form_panel_page;
use crate::server_fns::alerts::alerts;
use domain::access::Action;
use leptos::prelude::*;

/// When limits say that they are nearly used up, and who is told.
#[component]
pub(crate) fn AlertsPage() -> impl IntoView {
    form_panel_page("Alerts", Action::ViewAlerts, |query| Box::pin(alerts(query)))
}
