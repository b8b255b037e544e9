//! The message after something was saved, and the way back.

use super::{
    icon::{Icon, Symbol},
    post_form::{PostForm, use_posting},
};
use crate::{server_fns::credits::UndoLimits, table_address::TableAddress};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};
use std::time::Duration;

/// How long an offer to undo something stays.
const OFFERED: Duration = Duration::from_secs(10);

/// What was saved, from the URL that a form redirects to. The element is always there, because
/// screen readers announce only what changes in one that they know.
#[component]
pub(crate) fn Toast() -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    // The page as it is without the message.
    let dismissed = move || {
        let mut rest = query.get();
        rest.remove("saved");
        rest.remove("undo");
        format!("{}{}", path.get(), rest.to_query_string())
    };
    let message = move || query.with(|query| query.get_str("saved").and_then(message));
    let undo = move || query.with(|query| query.get_str("undo").map(str::to_owned));
    let navigate = use_navigate();
    Effect::new(move || {
        if undo().is_none() {
            return;
        }
        let (navigate, dismissed) = (navigate.clone(), untrack(dismissed));
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        // Fails only where there is no window.
        let timer = set_timeout_with_handle(move || navigate(&dismissed, options), OFFERED).ok();
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
    let toast = move |text| {
        view! {
            <div class="toast">
                <Icon symbol=Symbol::Done />
                <span>{text}</span>
                {move || undo().map(|change| view! { <Undo change /> })}
                <a class="icon-button" href=dismissed aria-label="Dismiss" data-noscroll>
                    <Icon symbol=Symbol::Close />
                </a>
            </div>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {move || message().map(toast)}
        </div>
    }
}

/// The button that takes a change of limits back.
#[component]
fn Undo(
    /// The change.
    change: String,
) -> impl IntoView {
    let posting = use_posting::<UndoLimits>();
    let back = use_query_map()
        .with_untracked(|query| TableAddress::read(&query.to_query_string()).query_string());
    let failed = move || posting.answer().get().and_then(Result::err).map(|error| error.message);
    view! {
        <PostForm posting class="toast-undo">
            <input type="hidden" name="change" value=change />
            <input type="hidden" name="back" value=back />
            <button class="button button-small" type="submit">"Undo"</button>
            {failed}
        </PostForm>
    }
}

fn message(saved: &str) -> Option<&'static str> {
    match saved {
        "settings" | "member" => Some("Saved. The next request sees the new limit."),
        "members" => Some("Saved. The next requests see the new limits."),
        "defaults" => Some("Saved. New members start with these limits."),
        "undone" => Some("Undone. The limits are as they were before."),
        "plan-requested" => Some("Sent. The operator of this installation answers."),
        "plan-request" => Some("Answered. The organization sees it on its plan page."),
        "plan-withdrawn" => Some("Withdrawn. You can ask for a plan again."),
        "subtenant-added" => Some("Added. Members can be moved to it."),
        "subtenant-renamed" => Some("Renamed."),
        "subtenant-archived" => Some("Archived. It takes no members until it is restored."),
        "subtenant-restored" => Some("Restored. It takes members again."),
        "quota-created" => Some("Created. The next request sees the new quota."),
        "quota-edited" => Some("Saved. The next request sees the changed quota."),
        "quota-deleted" => Some("Deleted. The next request is decided without it."),
        "usage-shared" => Some("Saved. It counts for the next page that a member opens."),
        "channel-added" => Some("Added. What it carries is sent to it from now on."),
        "channel" => Some("Saved. What waits for it is sent now."),
        "channel-removed" => Some("Removed. Nothing is sent to it any more."),
        "key-made" => Some("Made. Copy the key now."),
        "key-revoked" => Some("Revoked. The next request with it is refused."),
        "send-again" => Some("It is sent again."),
        "mail-tried" => Some("Sent. Look into your mailbox."),
        "alerts" => Some("Saved. It counts from the next request on."),
        "budgets" => Some("Saved. The next request sees the new budgets."),
        "person" | "meter" => Some("Saved."),
        "deactivate" => Some("Deactivated. The next request of this member is refused."),
        "reactivate" => Some("Reactivated. The member can use credits again."),
        "remove" => Some("Removed. The seat is free."),
        "revoke" => Some("Revoked. The link does not work any more, and the seat is free."),
        "import" => Some("Imported. All members of the list are here."),
        "language" => Some("Saved. The next email to you is in this language."),
        "raise-asked" => Some("Sent. You are told when somebody answers."),
        "raise-withdrawn" => Some("Withdrawn."),
        "raise-approved" => Some("Approved. The next request sees the new limit."),
        "raise-declined" => Some("Declined."),
        "password" => Some("Saved. Use the new password the next time you sign in."),
        "organization" => Some("Saved. The next request is decided by it."),
        "plan" => Some("Saved. The next request of every organization on it is decided by it."),
        "rate-card" => Some("Saved. The next request is charged by it."),
        "pack" => Some("Granted. The next request can use it."),
        _ => None,
    }
}
