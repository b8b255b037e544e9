//! The table of members.

use super::state::Shown;
use crate::{
    guard::needs,
    navigation::{MEMBERS, USER_QUOTAS, address, address_with},
    ui::{Paging, StatusBadge, format},
};
use domain::{
    access::{Action, Rights, Role},
    ids::MemberId,
    members::{MemberOrder, MemberSort},
    views::{
        MemberStatus,
        members::{MemberEntry, Members},
    },
};
use leptos::prelude::*;

/// The id of the link that opens a member's dialog.
pub(super) fn edit_id(member: MemberId) -> String {
    format!("edit-{member}")
}

/// The table, one page of it, and the way to the other pages.
pub(super) fn table(data: &Members, shown: &Shown, rights: &Rights) -> impl IntoView + use<> {
    let page = |page: i64| address_with(MEMBERS, &[&shown.with("page", page.to_string())]);
    let table = if data.members.is_empty() {
        let text = if shown.list.filters() {
            "Nobody matches. Search for less, or clear the filters."
        } else {
            "No members here yet."
        };
        view! { <p class="empty">{text}</p> }.into_any()
    } else {
        filled(data, shown, rights).into_any()
    };
    view! {
        <section class="section" aria-label="Members">
            <p class="sub" role="status">
                {format::counted(data.total, "member")}
            </p>
            {table}
            <Paging
                page=data.page
                pages=data.pages
                address=page
            />
        </section>
    }
}

fn filled(data: &Members, shown: &Shown, rights: &Rights) -> impl IntoView + use<> {
    let order = shown.list.order().unwrap_or_default();
    let list = shown.query();
    let rows = data.members.iter().map(|member| row(member, &list, rights)).collect_view();
    let column = |label: &'static str, by: MemberSort| sortable(label, by, order, shown);
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        {column("Member", MemberSort::Name)}
                        {column("Status", MemberSort::Status)}
                        <th scope="col">"Roles"</th>
                        {column("Job role", MemberSort::JobRole)}
                        {column("Subtenant", MemberSort::Subtenant)}
                        {column("Since", MemberSort::Since)}
                        <th scope="col" class="actions">
                            <span class="hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The head of a column that sorts the table by it, and the other way round if it does already.
fn sortable(
    label: &'static str,
    by: MemberSort,
    order: MemberOrder,
    shown: &Shown,
) -> impl IntoView + use<> {
    let sorted = order.by == by;
    let next = MemberOrder { by, descending: sorted && !order.descending };
    let href = address_with(MEMBERS, &[&shown.with("sort", next.to_string())]);
    let direction = sorted.then_some(if order.descending { "descending" } else { "ascending" });
    view! {
        <th scope="col" aria-sort=direction>
            <a class="sort" href=href data-noscroll>
                {label}
            </a>
        </th>
    }
}

fn row(member: &MemberEntry, list: &str, rights: &Rights) -> impl IntoView + use<> {
    let subtenant = member.subtenant.as_ref().map_or("–".to_owned(), |one| one.name.clone());
    view! {
        <tr>
            <th scope="row" class="person">
                <span class="person-name">{member.name.clone()}</span>
                <span class="sub">{member.email.clone()}</span>
            </th>
            <td data-label="Status">
                <StatusBadge status=member.status />
            </td>
            <td data-label="Roles">{roles(&member.roles)}</td>
            <td data-label="Job role">{member.job_role.name.clone()}</td>
            <td data-label="Subtenant">{subtenant}</td>
            <td data-label="Since">{since(member)}</td>
            <td class="actions">
                <span class="buttons">
                    {rights.allow(Action::ViewUserQuotas).then(|| quotas_link(member))}
                    {edit_link(member, list, rights.allow(Action::ManageMembers))}
                </span>
            </td>
        </tr>
    }
}

/// The roles of a member; that of everybody only where it is the only one.
fn roles(roles: &[Role]) -> String {
    let more: Vec<String> =
        roles.iter().filter(|role| **role != Role::Member).map(ToString::to_string).collect();
    if more.is_empty() { Role::Member.to_string() } else { more.join(", ") }
}

fn since(member: &MemberEntry) -> impl IntoView + use<> {
    let invited = member.status == MemberStatus::Invited;
    let note = invited.then(|| match &member.invited_until {
        Some(until) if until.from_now.is_empty() => "link has expired".to_owned(),
        Some(until) => format!("link works for {}", until.from_now),
        None => "no link made yet".to_owned(),
    });
    view! {
        <span class="nowrap">{member.since.clone()}</span>
        {note.map(|note| view! { <span class="sub">{note}</span> })}
    }
}

/// The way to what a member spends, and may.
fn quotas_link(member: &MemberEntry) -> impl IntoView + use<> {
    view! {
        <a
            class="button button-small"
            href=address(USER_QUOTAS, &[("member", &member.id.to_string())])
            aria-label=format!("Quotas of {}", member.name)
        >
            "Quotas"
        </a>
    }
}

fn edit_link(member: &MemberEntry, list: &str, may_edit: bool) -> AnyView {
    let label = format!("Edit {}", member.name);
    if may_edit {
        view! {
            <a
                class="button button-small"
                id=edit_id(member.id)
                href=address_with(MEMBERS, &[list, &format!("edit={}", member.id)])
                aria-label=label
                data-noscroll
            >
                "Edit"
            </a>
        }
        .into_any()
    } else {
        view! {
            <button
                class="button button-small"
                aria-label=label
                title=needs(Action::ManageMembers)
                disabled
            >
                "Edit"
            </button>
        }
        .into_any()
    }
}
