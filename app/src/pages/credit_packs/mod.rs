//! `/enterprise/credit-packs`: what was bought on top of the plan, what is left of it, and what paid
//! for what. Rendered by the server alone.

#[cfg(feature = "ssr")]
pub(crate) mod content;
#[cfg(feature = "ssr")]
mod ledger;
#[cfg(feature = "ssr")]
mod table;

use super::panel_page::panel_page;
use crate::server_fns::packs::credit_packs;
use domain::access::Action;
use leptos::prelude::*;

/// What was bought on top of the plan.
#[component]
pub(crate) fn CreditPacksPage() -> impl IntoView {
    panel_page("Credit packs", Action::ViewCredits, |query| Box::pin(credit_packs(query)))
}
