//! The dialogs that invite somebody and that change a member.

use super::{INVITE_ID, fields, table::edit_id};
use crate::{
    navigation::{MEMBERS, address_with},
    server_fns::members::{InviteMember, SaveMember},
    ui::{Dialog, FormError, FormFooter, PostForm, TextField, budget_fields, use_posting},
};
use domain::{
    access::Role,
    input::Code,
    members::MembershipChange,
    views::{
        Budget,
        members::{Choices, MemberEntry, Members},
    },
};
use leptos::prelude::*;

/// The dialog that invites somebody.
pub(super) fn invite(data: &Members, list: &str) -> impl IntoView + use<> {
    let choices = data.choices.clone();
    let list = list.to_owned();
    view! {
        <Dialog
            title="Invite member".to_owned()
            close=address_with(MEMBERS, &[&list])
            opener=INVITE_ID.to_owned()
        >
            <InviteForm choices=choices.clone() list=list.clone() />
        </Dialog>
    }
}

#[component]
fn InviteForm(
    /// What the form offers.
    choices: Choices,
    /// The list to return to.
    list: String,
) -> impl IntoView {
    let posting = use_posting::<InviteMember>();
    let error = FormError::of(posting);
    let none = Code::no_job_role();
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="list" value=list />
            <TextField
                name="name"
                label="Name"
                value=error.text("name", String::new())
                required=true
                autofocus=error.none_yet()
                error
            />
            <TextField
                name="email"
                label="Email"
                kind="email"
                value=error.text("email", String::new())
                hint="With it they sign in. You get a link for them to pass on."
                required=true
                error
            />
            {fields::place(&choices, none.as_str(), None, error)}
            {fields::roles(&[Role::Member], error)}
            <FormFooter
                error
                fields=&["name", "email", "job_role", "subtenant", "roles"]
                pending=posting.pending()
                button="Invite"
            />
        </PostForm>
    }
}

/// The dialog that changes a member, with what else can be done about them.
pub(super) fn edit(data: &Members, member: &MemberEntry, list: &str) -> impl IntoView + use<> {
    let (choices, member, list) = (data.choices.clone(), member.clone(), list.to_owned());
    let budgets = data.budgets.clone();
    view! {
        <Dialog
            title=format!("Edit {}", member.name)
            close=address_with(MEMBERS, &[&list])
            opener=edit_id(member.id)
        >
            <MemberForm
                member=member.clone()
                choices=choices.clone()
                budgets=budgets.clone()
                list=list.clone()
            />
            {more(&member, &list)}
        </Dialog>
    }
}

#[component]
fn MemberForm(
    /// Who.
    member: MemberEntry,
    /// What the form offers.
    choices: Choices,
    /// Their personal budgets; none where the one who looks may not change them.
    budgets: Vec<Budget>,
    /// The list to return to.
    list: String,
) -> impl IntoView {
    let posting = use_posting::<SaveMember>();
    let error = FormError::of(posting);
    let reload = address_with(MEMBERS, &[&list, &format!("edit={}", member.id)]);
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="id" value=member.id.to_string() />
            <input type="hidden" name="version" value=error.version(member.version) />
            <input type="hidden" name="list" value=list />
            <TextField
                name="name"
                label="Name"
                value=error.text("name", member.name.clone())
                hint="The email stays what it is: they sign in with it."
                required=true
                autofocus=error.none_yet()
                error
            />
            {fields::place(
                &choices,
                member.job_role.code.as_str(),
                member.subtenant.as_ref(),
                error,
            )}
            <TextField
                name="external_id"
                label="External id"
                value=error.text("external_id", member.external_id.clone().unwrap_or_default())
                hint="The name that another system has for them. Requests can use it."
                error
            />
            {(!budgets.is_empty())
                .then(|| {
                    view! {
                        <fieldset class="fieldset">
                            <legend>"Personal budgets"</legend>
                            {budget_fields(&budgets, error)}
                        </fieldset>
                    }
                })}
            {fields::roles(&member.roles, error)}
            <FormFooter
                error
                fields=&[
                    "name", "job_role", "subtenant", "external_id", "ai_tokens", "enrichments", "roles",
                ]
                pending=posting.pending()
                button="Save"
                reload
            />
        </PostForm>
    }
}

/// What can be done to the membership as a whole: each asks first.
fn more(member: &MemberEntry, list: &str) -> impl IntoView + use<> {
    let links = MembershipChange::ALL
        .into_iter()
        .filter(|change| change.applies_to(member.status))
        .map(|change| {
            let query = format!("{}={}", change.code(), member.id);
            view! {
                <a class="button button-small" href=address_with(MEMBERS, &[list, &query]) data-noscroll>
                    {label(change)}
                </a>
            }
        })
        .collect_view();
    view! {
        <section class="dialog-more" aria-label="Membership">
            <p class="field-label">"Membership"</p>
            <div class="dialog-links">{links}</div>
        </section>
    }
}

fn label(change: MembershipChange) -> &'static str {
    match change {
        MembershipChange::Deactivate => "Deactivate…",
        MembershipChange::Reactivate => "Reactivate…",
        MembershipChange::Remove => "Remove…",
        MembershipChange::Resend => "Make a new link…",
        MembershipChange::Revoke => "Revoke invitation…",
    }
}
