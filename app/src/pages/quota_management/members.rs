//! The table of members and their limits.

use super::cap_cell::CapCell;
use crate::{
    guard::needs,
    table_address::{QUOTA_MANAGEMENT, TableAddress},
    ui::{Bar, Paging, StatusBadge, format},
};
use domain::{
    access::{Action, Rights},
    ids::MemberId,
    member_table::{MemberQuery, MemberSort, SortBy},
    views::{MemberRow, MemberStatus, QuotaManagement},
};
use leptos::{ev::Event, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlInputElement};
use leptos_router::components::Form;

/// The id of the form that checkboxes in the table belong to.
const SELECTION: &str = "selection";

/// The id of the link that opens a member's dialog.
pub(super) fn edit_id(member: MemberId) -> String {
    format!("edit-{member}")
}

/// The table, one page of it, and the way to the other pages.
pub(super) fn members(
    data: &QuotaManagement,
    address: &TableAddress,
    rights: &Rights,
) -> impl IntoView + use<> {
    let may_edit = rights.allow(Action::EditMemberLimits);
    let narrowed = address.query != MemberQuery::default();
    let table = match (data.table.members.is_empty(), narrowed) {
        (true, true) => view! {
            <p class="empty">
                "No member is like that. "
                <a href=QUOTA_MANAGEMENT data-noscroll>"Show all members"</a>
            </p>
        }
        .into_any(),
        (true, false) => {
            view! { <p class="empty">"No members yet. Invite the first under Members."</p> }
                .into_any()
        }
        (false, _) => table(data, address, may_edit).into_any(),
    };
    let edits = (may_edit && data.table.total > 0).then(|| edits(data, address));
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Members"</h2>
                <span class="sub" role="status">{format::counted(data.table.total, "member")}</span>
                <span class="section-actions">{edits}</span>
            </div>
            {super::filters::filters(data, address)}
            {table}
            <Paging
                page=data.table.page
                pages=data.table.pages
                address=|page| address.on_page(page).here()
            />
        </section>
    }
}

/// What can be done to several members at once.
fn edits(data: &QuotaManagement, address: &TableAddress) -> impl IntoView + use<> {
    let hidden = form_urlencoded::parse(address.query_string().as_bytes())
        .map(|(name, value)| {
            let (name, value) = (name.into_owned(), value.into_owned());
            view! { <input type="hidden" name=name value=value /> }
        })
        .collect_view();
    let all = address.with(&[("edit", "found")]);
    let label = format!("Edit all {}", format::grouped(data.table.total));
    view! {
        <Form method="GET" action=QUOTA_MANAGEMENT noscroll=true attr:id=SELECTION>
            {hidden}
            <input type="hidden" name="edit" value="several" />
            <button class="button button-small" type="submit" id="edit-several">
                "Edit selected"
            </button>
        </Form>
        <a class="button button-small" href=all id="edit-found" data-noscroll>
            {label}
        </a>
        <a
            class="button button-small"
            href=address.with(&[("edit", "defaults")])
            id="edit-defaults"
            data-noscroll
        >
            "Default limits"
        </a>
    }
}

fn table(data: &QuotaManagement, address: &TableAddress, may_edit: bool) -> impl IntoView + use<> {
    let base = data.allocation.base;
    let rows = data
        .table
        .members
        .iter()
        .enumerate()
        .map(|(index, member)| row(member, index, base, address, may_edit))
        .collect_view();
    let heads = [
        ("User", SortBy::Name, ""),
        ("Status", SortBy::Status, ""),
        ("Quota cap", SortBy::Limit, "number"),
        ("Used", SortBy::Used, "number"),
    ];
    let heads =
        heads.map(|(label, by, class)| head(label, by, class, address)).into_iter().collect_view();
    let select = may_edit.then(|| {
        view! {
            <th scope="col" class="select">
                <input type="checkbox" aria-label="Select all on this page" on:change=select_all />
            </th>
        }
    });
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        {select}
                        {heads}
                        <th scope="col" class="number">"Credits left"</th>
                        <th scope="col" class="actions"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The head of a column, which sorts by it, and turns the order around the second time.
fn head(
    label: &'static str,
    by: SortBy,
    class: &'static str,
    address: &TableAddress,
) -> impl IntoView + use<> {
    let sort = address.query.sort;
    let sorted = sort.by == by;
    let largest_first = matches!(by, SortBy::Used | SortBy::Limit);
    let descending = if sorted { !sort.descending } else { largest_first };
    let order = match (sorted, sort.descending) {
        (false, _) => None,
        (true, false) => Some("ascending"),
        (true, true) => Some("descending"),
    };
    let href = address.sorted(MemberSort { by, descending }).here();
    view! {
        <th scope="col" class=class aria-sort=order>
            <a class="sort" href=href data-noscroll>{label}</a>
        </th>
    }
}

/// Checks or clears all checkboxes of the page.
fn select_all(event: Event) {
    let checked = event_target_checked(&event);
    let boxes = (0..).map_while(|index| document().get_element_by_id(&select_id(index)));
    for input in boxes.filter_map(|element| element.dyn_into::<HtmlInputElement>().ok()) {
        input.set_checked(checked);
    }
}

fn select_id(index: usize) -> String {
    format!("select-{index}")
}

fn row(
    member: &MemberRow,
    index: usize,
    base: i64,
    address: &TableAddress,
    may_edit: bool,
) -> impl IntoView + use<> {
    let select = may_edit.then(|| {
        let label = format!("Select {}", member.name);
        view! {
            <td class="select">
                <input
                    type="checkbox"
                    id=select_id(index)
                    form=SELECTION
                    name="member"
                    value=member.id.to_string()
                    aria-label=label
                />
            </td>
        }
    });
    let cap = if may_edit {
        view! { <CapCell member=member.clone() index base back=address.query_string() /> }
            .into_any()
    } else {
        let cap = member.schedule.cap;
        let text =
            cap.map_or_else(|| "Shares the pool".to_owned(), |cap| format::cap(cap, member.limit));
        view! { <span class:quiet=cap.is_none()>{text}</span> }.into_any()
    };
    view! {
        <tr>
            {select}
            <th scope="row" class="person">
                <span class="person-name">{member.name.clone()}</span>
                <span class="sub">{person(member)}</span>
            </th>
            <td data-label="Status"><StatusBadge status=member.status /></td>
            <td class="number" data-label="Quota cap">{cap}</td>
            <td class="number" data-label="Used">{used(member)}</td>
            <td class="number" data-label="Credits left">{left(member)}</td>
            <td class="actions">{edit_link(member, address, may_edit)}</td>
        </tr>
    }
}

fn person(member: &MemberRow) -> String {
    match &member.subtenant {
        Some(subtenant) => format!("{} · {subtenant}", member.email),
        None => member.email.clone(),
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

fn edit_link(member: &MemberRow, address: &TableAddress, may_edit: bool) -> AnyView {
    let label = format!("Edit {}", member.name);
    if may_edit {
        view! {
            <a
                class="button button-small"
                id=edit_id(member.id)
                href=address.with(&[("edit", &member.id.to_string())])
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
                title=needs(Action::EditMemberLimits)
                disabled
            >
                "Edit"
            </button>
        }
        .into_any()
    }
}
