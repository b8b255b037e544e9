//! The limits that new members start with, by job role.

use crate::{
    server_fns::credits::SaveDefaultLimits,
    table_address::TableAddress,
    ui::{Dialog, FormError, FormFooter, PostForm, TextField, format, use_posting},
};
use domain::views::{DefaultOfRole, Defaults};
use leptos::prelude::*;

/// The link that opens it.
const OPENER: &str = "edit-defaults";

/// The dialog.
pub(super) fn dialog(defaults: &Defaults, address: &TableAddress) -> impl IntoView + use<> {
    let (defaults, address) = (defaults.clone(), address.clone());
    view! {
        <Dialog
            title="Default limits for new members".to_owned()
            close=address.here()
            opener=OPENER.to_owned()
        >
            <DefaultsForm defaults=defaults.clone() address=address.clone() />
        </Dialog>
    }
}

#[component]
fn DefaultsForm(
    /// What there is.
    defaults: Defaults,
    /// The part of the table to return to.
    address: TableAddress,
) -> impl IntoView {
    let posting = use_posting::<SaveDefaultLimits>();
    let error = FormError::of(posting);
    let default = defaults.default.map(|cap| cap.to_string()).unwrap_or_default();
    let rows = defaults
        .job_roles
        .iter()
        .enumerate()
        .map(|(index, role)| row(index, role, error))
        .collect_view();
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="version" value=error.version(defaults.version) />
            <input type="hidden" name="back" value=address.query_string() />
            <TextField
                name="limit"
                label="Everyone"
                value=error.text("limit", default)
                hint="Credits such as 500 or a share such as 20%; empty shares the pool."
                autofocus=error.none_yet()
                error
            />
            <fieldset class="fieldset">
                <legend>"By job role"</legend>
                <p class="field-hint">
                    "Empty: as everyone. Type pool to share the pool all the same."
                </p>
                {rows}
            </fieldset>
            <FormFooter
                error
                fields=&["limit"]
                pending=posting.pending()
                button="Save"
                reload=address.with(&[("edit", "defaults")])
            />
        </PostForm>
    }
}

/// The default of a job role, and the offer to give it to those who have the job role now.
fn row(index: usize, role: &DefaultOfRole, error: FormError) -> impl IntoView + use<> {
    let code = role.code.to_string();
    let own = role.limit.map_or_else(|| "pool".to_owned(), |cap| cap.to_string());
    let limit = error.text(&code, if role.own { own } else { String::new() });
    let apply = error.checked(&format!("{code}.apply"), "true", false);
    let field = |name: &str| format!("job_roles[{index}][{name}]");
    let (id, apply_id) = (format!("default-{code}"), format!("apply-{code}"));
    let wrong = {
        let code = code.clone();
        move || error.at(&code)
    };
    let members = role.members;
    let existing = (members > 0).then(move || {
        let label = format!("also for the {} who have it now", format::grouped(members));
        view! {
            <label class="default-apply" for=apply_id.clone()>
                <input type="checkbox" id=apply_id.clone() name=field("apply") value="true" checked=apply />
                {label}
            </label>
        }
    });
    let wrong_here = wrong.clone();
    view! {
        <div class="default-row">
            <input type="hidden" name=field("code") value=code.clone() />
            <label class="field-label" for=id.clone()>{role.suggestion.job_role.clone()}</label>
            <input
                class="input"
                id=id
                name=field("limit")
                value=limit
                autocomplete="off"
                aria-invalid=move || wrong_here().is_some().then_some("true")
            />
            {existing}
            <p class="field-error">{wrong}</p>
            {format::suggestion(&role.suggestion)
                .map(|text| view! { <p class="field-hint">{text}</p> })}
        </div>
    }
}
