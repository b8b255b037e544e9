//! The dialog that changes one member's limit, next to what that member uses.

use super::{
    limit_fields::{FIELDS, limit_fields},
    members::edit_id,
};
use crate::{
    server_fns::credits::SaveMemberLimit,
    table_address::TableAddress,
    ui::{Dialog, FormError, FormFooter, PostForm, format, use_posting},
};
use domain::views::{MemberEdit, PastLimit, Suggestion};
use leptos::prelude::*;

/// The dialog.
pub(super) fn dialog(edit: &MemberEdit, address: &TableAddress) -> impl IntoView + use<> {
    let (edit, address) = (edit.clone(), address.clone());
    view! {
        <Dialog
            title=format!("Edit {}", edit.member.name)
            close=address.here()
            opener=edit_id(edit.member.id)
        >
            <MemberForm edit=edit.clone() address=address.clone() />
        </Dialog>
    }
}

#[component]
fn MemberForm(
    /// Whose limit, and what is known of it.
    edit: MemberEdit,
    /// The part of the table to return to.
    address: TableAddress,
) -> impl IntoView {
    let posting = use_posting::<SaveMemberLimit>();
    let error = FormError::of(posting);
    let member = &edit.member;
    let id = member.id.to_string();
    let version = error.version(member.version);
    let schedule = member.schedule;
    let reload = address.with(&[("edit", &id)]);
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="member" value=id />
            <input type="hidden" name="version" value=version />
            <input type="hidden" name="back" value=address.query_string() />
            {usage(&edit)}
            {limit_fields(schedule, edit.last_day.clone(), error)}
            {suggestion(&edit.suggestion)}
            {history(&edit.history)}
            <FormFooter error fields=FIELDS pending=posting.pending() button="Save" reload />
        </PostForm>
    }
}

fn usage(edit: &MemberEdit) -> impl IntoView + use<> {
    let member = &edit.member;
    let before = (edit.used_before > 0).then(|| {
        view! {
            <dt>"Of it before this limit was set"</dt>
            <dd>{format::grouped(edit.used_before)}</dd>
        }
    });
    let ends = member.ends.as_ref().map(|end| {
        let then = member.schedule.then;
        let then = then.map_or_else(|| "the pool".to_owned(), |cap| cap.to_string());
        view! {
            <dt>"Ends"</dt>
            <dd>{format!("{}, then {then}", format::moment(end))}</dd>
        }
    });
    view! {
        <dl class="pairs pairs-numbers">
            <dt>"Used in this window"</dt>
            <dd>{format::grouped(member.used)}</dd>
            {before}
            <dt>{format!("Left, limited by {}", format::bound_by(member.left.bound_by))}</dt>
            <dd>{format::grouped(member.left.left)}</dd>
            <dt>"Percentages are of"</dt>
            <dd>{format::grouped(edit.base)}</dd>
            {ends}
        </dl>
    }
}

/// What is usual for the job role.
fn suggestion(suggestion: &Suggestion) -> Option<impl IntoView + use<>> {
    let text = format::suggestion(suggestion)?;
    Some(view! { <p class="field-hint">{text}</p> })
}

fn history(history: &[PastLimit]) -> Option<impl IntoView + use<>> {
    let rows = history
        .iter()
        .map(|limit| {
            let times = match limit.to.as_str() {
                "" => format!("since {}", limit.from),
                to => format!("{} – {to}", limit.from),
            };
            view! {
                <li>
                    <strong>{format::cap(limit.cap, Some(limit.credits))}</strong>
                    " "
                    <span class="sub">{times}</span>
                </li>
            }
        })
        .collect_view();
    (!history.is_empty()).then(|| {
        view! {
            <details class="details">
                <summary>"History of this limit"</summary>
                <ul class="plain-list">{rows}</ul>
            </details>
        }
    })
}
