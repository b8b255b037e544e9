//! The pages, one file or folder each.

pub(crate) mod account;
pub(crate) mod errors;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod my_usage;
pub(crate) mod operator;
pub(crate) mod quota_management;
