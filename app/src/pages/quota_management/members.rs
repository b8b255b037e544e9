//! The table of members and their limits.

use crate::{
    navigation::quota_management_address,
    ui::{Bar, StatusBadge, format},
};
use domain::{
    access::{Action, Rights, roles_for},
    ids::MemberId,
    views::{MemberRow, MemberStatus, QuotaManagement},
};
use leptos::prelude::*;

/// The id of the link that opens a member's dialog.
pub(super) fn edit_id(member: MemberId) -> String {
    format!("edit-{member}")
}

/// Why a control can't be used, and who can use it.
pub(super) fn reason(action: Action) -> String {
    let roles: Vec<_> = roles_for(action).map(|role| role.to_string()).collect();
    format!("Needs the role {}", roles.join(" or "))
}

/// The table, one page of it, and the way to the other pages.
pub(super) fn members(data: &QuotaManagement, rights: &Rights) -> impl IntoView + use<> {
    let table = if data.members.is_empty() {
        view! { <p class="empty">"No members yet. Add the first through the API or the command line."</p> }
            .into_any()
    } else {
        table(data, rights).into_any()
    };
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Members"</h2>
                <span class="sub">{format::counted(data.members_total, "member")}</span>
            </div>
            {table}
            {(data.pages > 1).then(|| paging(data))}
        </section>
    }
}

fn table(data: &QuotaManagement, rights: &Rights) -> impl IntoView + use<> {
    let may_edit = rights.allow(Action::EditMemberLimits);
    let page = data.page;
    let rows = data.members.iter().map(|member| row(member, page, may_edit)).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"User"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col" class="number">"Quota cap"</th>
                        <th scope="col" class="number">"Used"</th>
                        <th scope="col" class="number">"Credits left"</th>
                        <th scope="col" class="actions"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(member: &MemberRow, page: i64, may_edit: bool) -> impl IntoView + use<> {
    let cap = member
        .cap
        .map_or_else(|| "Shares the pool".to_owned(), |cap| format::cap(cap, member.limit));
    view! {
        <tr>
            <th scope="row" class="person">
                <span class="person-name">{member.name.clone()}</span>
                <span class="sub">{member.email.clone()}</span>
            </th>
            <td data-label="Status"><StatusBadge status=member.status /></td>
            <td class="number" data-label="Quota cap"><span class:quiet=member.cap.is_none()>{cap}</span></td>
            <td class="number" data-label="Used">{used(member)}</td>
            <td class="number" data-label="Credits left">{left(member)}</td>
            <td class="actions">{edit_link(member, page, may_edit)}</td>
        </tr>
    }
}

/// With a bar where there is a limit of their own to compare with.
fn used(member: &MemberRow) -> impl IntoView + use<> {
    let used = member.used;
    let bar = member.limit.map(|limit| {
        view! { <Bar label="Own limit used" used total=limit short=true /> }
    });
    view! {
        {format::grouped(used)}
        {bar}
    }
}

/// Nothing is left to someone who may use nothing, whatever the limits say.
fn left(member: &MemberRow) -> impl IntoView + use<> {
    let (number, why) = if member.status == MemberStatus::Active {
        (
            format::grouped(member.left.left),
            format!("limited by {}", format::bound_by(member.left.bound_by)),
        )
    } else {
        ("–".to_owned(), "cannot use credits".to_owned())
    };
    view! {
        {number}
        <span class="sub">{why}</span>
    }
}

fn edit_link(member: &MemberRow, page: i64, may_edit: bool) -> AnyView {
    let label = format!("Edit {}", member.name);
    if may_edit {
        view! {
            <a
                class="button button-small"
                id=edit_id(member.id)
                href=quota_management_address(page, &format!("edit={}", member.id))
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
                title=reason(Action::EditMemberLimits)
                disabled
            >
                "Edit"
            </button>
        }
        .into_any()
    }
}

fn paging(data: &QuotaManagement) -> impl IntoView + use<> {
    let link = |page: i64, label: &'static str, there: bool| {
        if there {
            view! { <a class="button button-small" href=quota_management_address(page, "")>{label}</a> }.into_any()
        } else {
            view! { <button class="button button-small" disabled>{label}</button> }.into_any()
        }
    };
    view! {
        <nav class="paging" aria-label="Pages of the table">
            {link(data.page - 1, "Previous", data.page > 1)}
            <span class="sub">{format!("Page {} of {}", data.page, data.pages)}</span>
            {link(data.page + 1, "Next", data.page < data.pages)}
        </nav>
    }
}
