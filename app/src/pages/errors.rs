//! What stands in the place of a page that can't be shown.

use crate::{error::AppError, status};
use domain::access::{Action, roles_for};
use leptos::prelude::*;
use leptos_meta::Title;

/// A path that leads nowhere.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    status::of_page(404);
    view! {
        <main class="alone">
            <p class="brand">"Allot"</p>
            <Explanation
                title="Page not found"
                text="There is no page at this address. It may have moved, or the link is wrong."
                    .to_owned()
            />
        </main>
    }
    .into_any()
}

/// A page that the roles of the one who asks do not open.
#[component]
pub(crate) fn ForbiddenPage(
    /// What the page is for.
    action: Action,
) -> impl IntoView {
    status::of_page(403);
    let roles: Vec<_> = roles_for(action).map(|role| role.to_string()).collect();
    let text = format!(
        "It takes the role {}. Ask someone who has it for what you need.",
        roles.join(" or "),
    );
    view! { <Explanation title="Your roles do not open this page" text /> }
}

/// A page that could not be loaded.
#[component]
pub(crate) fn FailedPage(
    /// Why.
    error: AppError,
) -> impl IntoView {
    status::of_page(error.status());
    let title = match error.status() {
        403 => "Your roles do not open this page",
        404 => "Not found",
        503 => "Out of reach for the moment",
        _ => "This page could not be loaded",
    };
    view! { <Explanation title text=error.message /> }
}

/// What happened, and a way on.
#[component]
fn Explanation(
    /// What happened.
    title: &'static str,
    /// Why, and what helps.
    text: String,
) -> impl IntoView {
    view! {
        <Title text=title />
        <div class="explanation">
            <h1>{title}</h1>
            <p>{text}</p>
            // Loads the page anew, because trying again is what helps most often.
            <a class="button" href="/" rel="external">
                "Back to the start"
            </a>
        </div>
    }
}
