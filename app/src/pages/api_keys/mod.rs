//! `/settings/api-keys`: the keys by which programs call the API. Rendered by the server alone.

#[cfg(feature = "ssr")]
pub(crate) mod content;
#[cfg(feature = "ssr")]
mod edit;
#[cfg(feature = "ssr")]
mod table;

use super::panel_page::form_panel_page;
use crate::server_fns::api_keys::api_keys;
use domain::access::Action;
use leptos::prelude::*;

/// The keys by which programs call the API.
#[component]
pub(crate) fn ApiKeysPage() -> impl IntoView {
    form_panel_page("API keys", Action::ViewApiKeys, |query| Box::pin(api_keys(query)))
}
