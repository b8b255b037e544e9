//! The pages, one file or folder each.

pub(crate) mod account;
pub(crate) mod alerts;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod credit_packs;
pub(crate) mod errors;
pub(crate) mod home;
pub(crate) mod invitation;
pub(crate) mod login;
pub(crate) mod members;
pub(crate) mod my_usage;
pub(crate) mod notifications;
pub(crate) mod operator;
mod panel_page;
pub(crate) mod plan;
pub(crate) mod quota_management;
pub(crate) mod quotas;
pub(crate) mod raises;
pub(crate) mod reports;
pub(crate) mod subtenants;
pub(crate) mod usage;
pub(crate) mod usage_history;
pub(crate) mod webhooks;
