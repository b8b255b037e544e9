//! The pages, one file or folder each.

pub(crate) mod account;
pub(crate) mod errors;
pub(crate) mod home;
pub(crate) mod invitation;
pub(crate) mod login;
pub(crate) mod members;
pub(crate) mod my_usage;
pub(crate) mod quota_management;
