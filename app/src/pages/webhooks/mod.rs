//! `/settings/webhooks`: the channels by which teams and programs are told. Rendered by the server alone.

#[cfg(feature = "ssr")]
pub(crate) mod content;
#[cfg(feature = "ssr")]
mod edit;
#[cfg(feature = "ssr")]
mod fields;
#[cfg(feature = "ssr")]
mod undelivered;

#[cfg(feature = "ssr")]
pub(crate) use undelivered::undelivered;

use super::panel_page::form_panel_page;
use crate::server_fns::webhooks::webhooks;
use domain::access::Action;
use leptos::prelude::*;

/// The channels by which teams and programs are told.
#[component]
pub(crate) fn WebhooksPage() -> impl IntoView {
    form_panel_page("Webhooks", Action::ViewAlerts, |query| Box::pin(webhooks(query)))
}
