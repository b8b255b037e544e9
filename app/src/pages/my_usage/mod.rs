//! `/my-usage`: what is left for the one who looks, and why.

#[cfg(feature = "ssr")]
mod content;
#[cfg(feature = "ssr")]
mod operations;

#[cfg(feature = "ssr")]
pub(crate) use content::content;

use super::panel_page::panel_page;
use crate::server_fns::my_usage::my_usage;
use domain::access::Action;
use leptos::prelude::*;

/// What is left for the one who looks.
#[component]
pub(crate) fn MyUsagePage() -> impl IntoView {
    panel_page("My Usage", Action::ViewOwnUsage, |query| Box::pin(my_usage(query)))
}
