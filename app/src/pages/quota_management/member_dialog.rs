//! The dialog that changes one member's limit, next to what that member uses.

use super::members::edit_id;
use crate::{
    navigation::quota_management_address,
    server_fns::credits::SaveMemberLimit,
    ui::{Checkbox, Dialog, FormError, FormFooter, TextField, format, use_action},
};
use domain::views::{MemberRow, QuotaManagement};
use leptos::{form::ActionForm, prelude::*};

/// The dialog.
pub(super) fn dialog(data: &QuotaManagement, member: &MemberRow) -> impl IntoView + use<> {
    let page = data.page;
    let member = member.clone();
    view! {
        <Dialog
            title=format!("Edit {}", member.name)
            close=quota_management_address(page, "")
            opener=edit_id(member.id)
        >
            <MemberForm member=member.clone() page />
        </Dialog>
    }
}

#[component]
fn MemberForm(
    /// Whose limit.
    member: MemberRow,
    /// The page of the table to return to.
    page: i64,
) -> impl IntoView {
    let action = use_action::<SaveMemberLimit>();
    let error = FormError::of(action);
    let limit = member.cap.map(|cap| cap.to_string()).unwrap_or_default();
    view! {
        <ActionForm action attr:class="form">
            <input type="hidden" name="member" value=member.id.to_string() />
            <input type="hidden" name="version" value=error.version(member.version) />
            <input type="hidden" name="page" value=page.to_string() />
            {usage(&member)}
            <div class="reveals">
                <Checkbox
                    name="custom"
                    label="Custom Credit Limit"
                    checked=error.checked("custom", "true", member.cap.is_some())
                    hint="Off: shares the pool with everyone who has no limit of their own."
                    autofocus=error.none_yet()
                    reveals=true
                />
                <div class="revealed">
                    <TextField
                        name="limit"
                        label="Credit limit"
                        value=error.text("limit", limit)
                        hint="Credits such as 500, or a share of the enterprise limit such as 20%. \
                              0 allows nothing."
                        error
                    />
                </div>
            </div>
            <FormFooter
                error
                fields=&["limit"]
                pending=action.pending()
                button="Save"
                reload=quota_management_address(page, &format!("edit={}", member.id))
            />
        </ActionForm>
    }
}

fn usage(member: &MemberRow) -> impl IntoView + use<> {
    view! {
        <dl class="pairs pairs-numbers">
            <dt>"Used in this window"</dt>
            <dd>{format::grouped(member.used)}</dd>
            <dt>{format!("Left, limited by {}", format::bound_by(member.left.bound_by))}</dt>
            <dd>{format::grouped(member.left.left)}</dd>
        </dl>
    }
}
