//! `/reports`, the review of a month, and `/reports/reallocation`, what limits would fit. Both are
//! rendered by the server alone but for the form that puts limits into force.

#[cfg(feature = "ssr")]
pub(crate) mod month;
#[cfg(feature = "ssr")]
mod people;
#[cfg(feature = "ssr")]
pub(crate) mod reallocation;

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    navigation::REPORTS,
    server_fns::reports::{ApplyReallocation, month_report, reallocation},
    ui::{FormError, FormFooter, Html, Panel, PostForm, use_posting},
};
use domain::access::Action;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The review of a month.
#[component]
pub(crate) fn ReportsPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let month = Memo::new(move |_| query.with(|query| query.get("month").unwrap_or_default()));
    let data = Resource::new_blocking(move || month.get(), month_report);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.allowed_to(Action::ViewUsage).await?;
                Ok::<_, Refusal>(view! { <Panel html=data.await? /> }.into_any())
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Reports" />
        <Transition fallback=|| view! { <p class="loading">"Loading the report…"</p> }>
            {content}
        </Transition>
    }
}

/// What limits would fit.
#[component]
pub(crate) fn ReallocationPage() -> impl IntoView {
    let who = Who::here();
    let data = Resource::new_blocking(|| (), |()| reallocation());
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.allowed_to(Action::EditMemberLimits).await?;
                let (count, html) = data.await?;
                Ok::<_, Refusal>(view! { <ReviewForm count html /> }.into_any())
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Reallocation" />
        <div>
        <h1>"Reallocation"</h1>
        <p class="page-sub">
            "Limits that fit what members used. Nothing changes until you apply it. " <a href=REPORTS>"Back to reports"</a>
        </p>
        </div>
        <Transition fallback=|| view! { <p class="loading">"Loading the proposal…"</p> }>
            {content}
        </Transition>
    }
}

/// The proposal as a form: each limit can be changed or left out before it is applied.
#[component]
fn ReviewForm(
    /// How many limits are proposed.
    count: i64,
    /// The table of them.
    html: Html,
) -> impl IntoView {
    let posting = use_posting::<ApplyReallocation>();
    let error = FormError::of(posting);
    let apply = (count > 0).then(|| {
        view! { <FormFooter error fields=&[] pending=posting.pending() button="Apply" /> }
    });
    view! {
        <PostForm posting class="form form-wide">
            <Panel html />
            {apply}
        </PostForm>
    }
}
