//! `/settings/usage`: what is used of the plan and of every meter, one's own part of it, and how it
//! went.

#[cfg(feature = "ssr")]
mod content;
#[cfg(feature = "ssr")]
mod credits;
#[cfg(feature = "ssr")]
mod lasting;
#[cfg(feature = "ssr")]
mod own;

#[cfg(feature = "ssr")]
pub(crate) use content::content;

use super::panel_page::panel_page;
use crate::server_fns::usage_page::usage_page;
use domain::access::Action;
use leptos::prelude::*;

/// What is used.
#[component]
pub(crate) fn UsagePage() -> impl IntoView {
    panel_page("Usage", Action::ViewUsage, |_| Box::pin(usage_page()))
}
