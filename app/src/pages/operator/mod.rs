//! The operator's console, one file or folder for each page.

pub(crate) mod account;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod organization;
pub(crate) mod organizations;
pub(crate) mod plan;
pub(crate) mod plans;
pub(crate) mod rate_card;

mod new_organization;
mod rate_card_dialogs;
