//! The primitives that pages are made of.

mod badge;
mod bar;
mod budget_fields;
mod card;
#[cfg(feature = "ssr")]
mod chain;
mod chart_tip;
mod dialog;
mod fact;
mod field;
mod filters;
mod form;
pub(crate) mod format;
mod icon;
mod live_form;
mod notice;
mod paging;
mod panel;
mod post_form;
mod select;
#[cfg(feature = "ssr")]
mod served_form;
mod text_area;
mod toast;

pub(crate) use badge::{OrganizationBadge, StatusBadge};
pub(crate) use bar::Bar;
pub(crate) use budget_fields::budget_fields;
pub(crate) use card::{Card, Figure};
#[cfg(feature = "ssr")]
pub(crate) use chain::{ask_for_more, chain, refusal_card};
pub(crate) use chart_tip::ChartTip;
pub(crate) use dialog::{Dialog, focus};
pub(crate) use fact::fact;
pub(crate) use field::{Checkbox, Radio, TextField};
pub(crate) use filters::Filters;
pub(crate) use form::{FormError, FormFooter};
pub(crate) use icon::{Icon, Symbol};
pub(crate) use live_form::{LiveForm, form_of};
pub(crate) use notice::Notice;
pub(crate) use paging::Paging;
pub(crate) use panel::{Html, Panel};
pub(crate) use post_form::{PostForm, use_posting};
pub(crate) use select::{SelectField, filter};
#[cfg(feature = "ssr")]
pub(crate) use served_form::{served_error, served_form};
pub(crate) use text_area::TextArea;
pub(crate) use toast::Toast;
