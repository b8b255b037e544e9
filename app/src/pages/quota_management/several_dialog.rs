//! The dialog that gives several members one limit.

use super::limit_fields::{FIELDS, limit_fields};
use crate::{
    server_fns::credits::SaveMemberLimits,
    table_address::TableAddress,
    ui::{Dialog, FormError, FormFooter, PostForm, format, use_posting},
};
use domain::{ids::MemberId, member_limits::LimitSchedule, views::MemberRow};
use leptos::prelude::*;

/// The dialog: for those `selected`, or for all that the table finds.
pub(super) fn dialog(
    members: &[MemberRow],
    total: i64,
    selected: Option<Vec<MemberId>>,
    address: &TableAddress,
) -> impl IntoView + use<> {
    let opener = if selected.is_some() { "edit-several" } else { "edit-found" };
    let (members, address) = (members.to_vec(), address.clone());
    view! {
        <Dialog
            title=format!("Edit limits of {}", format::counted(total, "member"))
            close=address.here()
            opener=opener.to_owned()
        >
            {if total == 0 {
                view! { <p class="empty">"Select members in the table first."</p> }.into_any()
            } else {
                let (members, selected) = (members.clone(), selected.clone());
                view! { <SeveralForm members total selected address=address.clone() /> }.into_any()
            }}
        </Dialog>
    }
}

#[component]
fn SeveralForm(
    /// The first of them.
    members: Vec<MemberRow>,
    /// How many they are.
    total: i64,
    /// Those selected; none for all that the table finds.
    selected: Option<Vec<MemberId>>,
    /// The part of the table to return to.
    address: TableAddress,
) -> impl IntoView {
    let posting = use_posting::<SaveMemberLimits>();
    let error = FormError::of(posting);
    let all_found = selected.is_none();
    let ids = selected.unwrap_or_default().into_iter().enumerate();
    let ids = ids
        .map(|(index, id)| {
            let name = format!("members[{index}]");
            view! { <input type="hidden" name=name value=id.to_string() /> }
        })
        .collect_view();
    view! {
        <PostForm posting class="form">
            {ids}
            <input type="hidden" name="all_found" value=all_found.to_string() />
            <input type="hidden" name="back" value=address.query_string() />
            {limit_fields(LimitSchedule::default(), String::new(), error)}
            {before(&members, total)}
            <FormFooter error fields=FIELDS pending=posting.pending() button="Save for all" />
        </PostForm>
    }
}

/// What they have now, so that it is seen what the change replaces.
fn before(members: &[MemberRow], total: i64) -> impl IntoView + use<> {
    let rows = members
        .iter()
        .map(|member| {
            let cap = member.schedule.cap;
            let cap = cap.map_or_else(|| "Pool".to_owned(), |cap| format::cap(cap, member.limit));
            view! {
                <tr>
                    <th scope="row">{member.name.clone()}</th>
                    <td class="number" data-label="Cap now">{cap}</td>
                    <td class="number" data-label="Used">{format::grouped(member.used)}</td>
                </tr>
            }
        })
        .collect_view();
    let more = total - i64::try_from(members.len()).unwrap_or(0);
    view! {
        <div class="table-box table-box-small">
            <table class="table table-plain">
                <thead>
                    <tr>
                        <th scope="col">"Member"</th>
                        <th scope="col" class="number">"Cap now"</th>
                        <th scope="col" class="number">"Used"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {(more > 0).then(|| view! { <p class="sub">{format!("and {more} more")}</p> })}
    }
}
