//! `/reports`, the review of a month, and `/reports/reallocation`, what limits would fit. Both are
//! rendered by the server alone but for the form that puts limits into force.

#[cfg(feature = "ssr")]
pub(crate) mod month;
#[cfg(feature = "ssr")]
mod people;
#[cfg(feature = "ssr")]
pub(crate) mod reallocation;

use super::panel_page::{by_query, page, panel_page};
use crate::{
    navigation::REPORTS,
    server_fns::reports::{ApplyReallocation, month_report, reallocation},
    ui::{FormError, FormFooter, Html, Panel, PostForm, use_posting},
};
use domain::access::Action;
use leptos::prelude::*;

/// The review of a month.
#[component]
pub(crate) fn ReportsPage() -> impl IntoView {
    panel_page("Reports", Action::ViewUsage, |query| Box::pin(month_report(query)))
}

/// What limits would fit: a form, so that each can be changed or left out before they are applied.
#[component]
pub(crate) fn ReallocationPage() -> impl IntoView {
    let data = by_query(|_| Box::pin(reallocation()));
    page("Reallocation", Action::EditMemberLimits, data, review)
}

fn review(html: Html) -> AnyView {
    let posting = use_posting::<ApplyReallocation>();
    let error = FormError::of(posting);
    let form = if html.is_empty() {
        view! {
            <p class="empty">
                "No active member has a credit limit of their own, so there is nothing to share out \
                 anew. Give limits on Quota Management first."
            </p>
        }
        .into_any()
    } else {
        view! {
            <PostForm posting class="form">
                <Panel html />
                <FormFooter error fields=&[] pending=posting.pending() button="Apply" />
            </PostForm>
        }
        .into_any()
    };
    view! {
        <div>
            <h1>"Reallocation"</h1>
            <p class="page-sub">
                "Limits that fit what members used. Nothing changes until you apply it. "
                <a href=REPORTS>"Back to reports"</a>
            </p>
        </div>
        {form}
    }
    .into_any()
}
