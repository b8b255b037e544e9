//! The primitives that pages are made of.

mod badge;
mod bar;
mod card;
mod dialog;
mod field;
mod form;
pub(crate) mod format;
mod icon;
mod live_form;
mod notice;
mod select;
mod toast;

pub(crate) use badge::{OrganizationBadge, StatusBadge};
pub(crate) use bar::Bar;
pub(crate) use card::{Card, Figure};
pub(crate) use dialog::{Dialog, focus};
pub(crate) use field::{Checkbox, Radio, TextField};
pub(crate) use form::{FormError, FormFooter, use_action};
pub(crate) use icon::{Icon, Symbol};
pub(crate) use live_form::{LiveForm, form_of};
pub(crate) use notice::Notice;
pub(crate) use select::{SelectField, filter};
pub(crate) use toast::Toast;
