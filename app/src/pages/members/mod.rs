//! `/enterprise/members`: who belongs to the organization, and in what role.

mod confirm_dialog;
mod fields;
mod filters;
pub(crate) mod import;
mod member_dialogs;
mod state;
mod table;

use crate::{
    guard::{Refusal, Who, needs, page_or_refusal},
    navigation::{MEMBER_IMPORT, MEMBERS, address_with},
    server_fns::members::members,
    ui::format,
};
use domain::{
    access::{Action, Rights},
    views::members::Members,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use state::{Dialog, Shown};

/// The link that opens the invitation.
const INVITE_ID: &str = "invite-member";

/// Who belongs to the organization.
#[component]
pub(crate) fn MembersPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(Shown::read));
    let data = Resource::new_blocking(
        move || shown.get(),
        |shown| {
            let link = matches!(shown.dialog, Some(Dialog::Link(_)));
            members(shown.list, shown.dialog.and_then(Dialog::member), link)
        },
    );
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let rights = who.allowed_to(Action::ViewMembers).await?.rights;
                let data = data.await?;
                Ok::<_, Refusal>(content(&rights, &data, &shown.get_untracked()))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Members" />
        <Transition fallback=|| view! { <p class="loading">"Loading members…"</p> }>
            {content}
        </Transition>
    }
}

fn content(rights: &Rights, data: &Members, shown: &Shown) -> AnyView {
    let list = shown.query();
    view! {
        <div class="page-head">
            <div>
                <h1>"Members"</h1>
                <p class="page-sub">{seats(data)}</p>
            </div>
            <div class="page-actions">{actions(data, rights, &list)}</div>
        </div>
        {filters::filters(data, shown)}
        {table::table(data, shown, rights)}
        {rights.allow(Action::ManageMembers).then(|| dialog(data, shown, &list)).flatten()}
    }
    .into_any()
}

/// How many seats are taken: active and invited members take one each.
fn seats(data: &Members) -> String {
    match data.seats {
        Some(seats) => format!(
            "{} of {} taken",
            format::grouped(data.seats_used),
            format::counted(seats, "seat")
        ),
        None => {
            format!("{} taken, unlimited in the plan", format::counted(data.seats_used, "seat"))
        }
    }
}

fn actions(data: &Members, rights: &Rights, list: &str) -> impl IntoView + use<> {
    let refused = if rights.allow(Action::ManageMembers) {
        let full = data.seats.is_some_and(|seats| data.seats_used >= seats);
        full.then(|| "All seats of the plan are taken. Remove a member first.".to_owned())
    } else {
        Some(needs(Action::ManageMembers))
    };
    let link =
        |label: &'static str, id: &'static str, href: String, class: &'static str| match &refused {
            None => view! { <a class=class id=id href=href data-noscroll>{label}</a> }.into_any(),
            Some(reason) => {
                view! { <button class="button" title=reason.clone() disabled>{label}</button> }
                    .into_any()
            }
        };
    let export = address_with("/enterprise/members.csv", &[list]);
    view! {
        <a class="button" href=export rel="external" download>
            "Export"
        </a>
        {link("Import", "import-members", MEMBER_IMPORT.to_owned(), "button")}
        {link(
            "Invite member",
            INVITE_ID,
            address_with(MEMBERS, &[list, "invite"]),
            "button button-primary",
        )}
    }
}

/// The dialog that the URL asks for.
fn dialog(data: &Members, shown: &Shown, list: &str) -> Option<AnyView> {
    match (shown.dialog?, &data.opened) {
        (Dialog::Invite, _) => Some(member_dialogs::invite(data, list).into_any()),
        (Dialog::Edit(_), Some(member)) => {
            Some(member_dialogs::edit(data, member, list).into_any())
        }
        (Dialog::Link(_), Some(member)) => {
            Some(confirm_dialog::link(member, data.link.clone(), list).into_any())
        }
        (Dialog::Confirm(change, _), Some(member)) if change.applies_to(member.status) => {
            Some(confirm_dialog::confirm(member, change, list).into_any())
        }
        _ => None,
    }
}
