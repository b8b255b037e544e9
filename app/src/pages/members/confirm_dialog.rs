//! The dialogs that ask before something is done to a membership, and that show a new link.

use super::table::edit_id;
use crate::{
    navigation::{MEMBERS, address_with},
    server_fns::members::ChangeMembership,
    ui::{Dialog, FormError, FormFooter, PostForm, format, use_posting},
};
use domain::{members::MembershipChange, views::members::MemberEntry};
use leptos::{html, prelude::*};

/// The dialog that says what happens and asks.
pub(super) fn confirm(
    member: &MemberEntry,
    change: MembershipChange,
    list: &str,
) -> impl IntoView + use<> {
    let (member, list) = (member.clone(), list.to_owned());
    let (title, _, _) = words(change);
    view! {
        <Dialog
            title=format!("{title} {}?", member.name)
            close=address_with(MEMBERS, &[&list])
            opener=edit_id(member.id)
        >
            <ConfirmForm member=member.clone() change list=list.clone() />
        </Dialog>
    }
}

#[component]
fn ConfirmForm(
    /// Who.
    member: MemberEntry,
    /// What is to be done.
    change: MembershipChange,
    /// The list to return to.
    list: String,
) -> impl IntoView {
    let posting = use_posting::<ChangeMembership>();
    let error = FormError::of(posting);
    let (_, text, button) = words(change);
    let reload = address_with(MEMBERS, &[&list, &format!("edit={}", member.id)]);
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="id" value=member.id.to_string() />
            <input type="hidden" name="version" value=error.version(member.version) />
            <input type="hidden" name="change" value=change.code() />
            <input type="hidden" name="list" value=list />
            <p>{text}</p>
            <FormFooter error fields=&[] pending=posting.pending() button reload />
        </PostForm>
    }
}

/// What is asked, what happens then, and what the button says.
fn words(change: MembershipChange) -> (&'static str, &'static str, &'static str) {
    match change {
        MembershipChange::Deactivate => (
            "Deactivate",
            "They are signed out and cannot use credits until somebody reactivates them. Their seat \
             becomes free, and credits set aside for them return to the pool. What they used stays.",
            "Deactivate",
        ),
        MembershipChange::Reactivate => (
            "Reactivate",
            "They take a free seat, and can sign in and use credits again, within the limits that \
             they had.",
            "Reactivate",
        ),
        MembershipChange::Remove => (
            "Remove",
            "They are signed out for good and cannot use credits any more. Their seat becomes free. \
             What they used stays in the history. Their email can be invited again, as a new member.",
            "Remove",
        ),
        MembershipChange::Resend => (
            "Make a new link for",
            "The new link works for 7 days. The one before it stops working.",
            "Make a new link",
        ),
        MembershipChange::Revoke => (
            "Revoke the invitation of",
            "The link stops working, and the seat becomes free. The email can be invited again.",
            "Revoke invitation",
        ),
    }
}

/// The dialog that shows the link of an invitation, this once.
pub(super) fn link(
    member: &MemberEntry,
    link: Option<String>,
    list: &str,
) -> impl IntoView + use<> {
    let member = member.clone();
    let close = address_with(MEMBERS, &[list]);
    let again = address_with(MEMBERS, &[list, &format!("resend={}", member.id)]);
    view! {
        <Dialog
            title=format!("Invitation for {}", member.name)
            close=close.clone()
            opener=edit_id(member.id)
        >
            {match link.clone() {
                Some(link) => new_link(&member, link).into_any(),
                None => {
                    view! {
                        <p>
                            "The link was shown already, and is stored nowhere. "
                            <a href=again.clone() data-noscroll>
                                "Make a new one"
                            </a> " if it got lost."
                        </p>
                    }
                        .into_any()
                }
            }}
            <div class="form-footer">
                <a class="button button-primary" href=close.clone() data-noscroll>
                    "Done"
                </a>
            </div>
        </Dialog>
    }
}

fn new_link(member: &MemberEntry, link: String) -> impl IntoView + use<> {
    let until = member.invited_until.as_ref().map(format::moment).unwrap_or_default();
    let input = NodeRef::<html::Input>::new();
    let select = move |_| {
        // Gone while the page is being loaded anew.
        if let Some(input) = input.try_get_untracked().flatten() {
            input.select();
        }
    };
    view! {
        <div class="field">
            <label class="field-label" for="invitation-link">
                "Link to join"
            </label>
            <input
                class="input"
                id="invitation-link"
                value=link
                readonly
                autofocus
                aria-describedby="invitation-link-hint"
                node_ref=input
                on:focus=select
            />
            <p class="field-hint" id="invitation-link-hint">
                {format!(
                    "Copy it and send it to {}. It is shown only now, lets whoever has it join, and \
                     works until {until}.",
                    member.email,
                )}
            </p>
        </div>
    }
}
