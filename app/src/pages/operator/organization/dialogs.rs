//! Renaming, granting a pack, suspending and resuming.

use super::{Doing, address};
use crate::{
    server_fns::directory::{OperatorEditOrganization, OperatorGrantPack},
    ui::{Dialog, FormError, FormFooter, PostForm, TextField, use_posting},
};
use domain::{
    console::{OrganizationDetail, OrganizationStatus},
    ids::OrganizationId,
};
use leptos::prelude::*;

/// The dialog that the address asks for.
pub(super) fn dialog(organization: &OrganizationDetail, doing: Doing) -> impl IntoView + use<> {
    let (row, version) = (&organization.row, organization.version);
    let (id, name) = (row.id, row.name.clone());
    let (title, opener) = match doing {
        Doing::Rename => (format!("Rename {name}"), "edit-name"),
        Doing::Grant => (format!("Grant a pack to {name}"), "grant-pack"),
        Doing::Suspend => (format!("Suspend {name}?"), "edit-status"),
        Doing::Resume => (format!("Resume {name}?"), "edit-status"),
    };
    let form = move || match doing {
        Doing::Rename => view! { <RenameForm id version name=name.clone() /> }.into_any(),
        Doing::Grant => view! { <GrantForm id /> }.into_any(),
        Doing::Suspend => {
            view! { <StatusForm id version status=OrganizationStatus::Suspended /> }.into_any()
        }
        Doing::Resume => {
            view! { <StatusForm id version status=OrganizationStatus::Active /> }.into_any()
        }
    };
    view! {
        <Dialog title close=address(id, "") opener=opener.to_owned()>
            {form()}
        </Dialog>
    }
}

#[component]
fn RenameForm(
    /// Which organization.
    id: OrganizationId,
    /// The version of it that the page shows.
    version: i64,
    /// Its name.
    name: String,
) -> impl IntoView {
    let posting = use_posting::<OperatorEditOrganization>();
    let error = FormError::of(posting);
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="version" value=error.version(version) />
            <TextField
                name="name"
                label="Name"
                value=error.text("name", name)
                required=true
                autofocus=error.none_yet()
                error
            />
            <FormFooter
                error
                fields=&["name"]
                pending=posting.pending()
                button="Save"
                reload=address(id, "?edit=name")
            />
        </PostForm>
    }
}

#[component]
fn StatusForm(
    /// Which organization.
    id: OrganizationId,
    /// The version of it that the page shows.
    version: i64,
    /// What it is to be.
    status: OrganizationStatus,
) -> impl IntoView {
    let posting = use_posting::<OperatorEditOrganization>();
    let error = FormError::of(posting);
    let (text, button) = match status {
        OrganizationStatus::Suspended => (
            "From the next request on, everything is refused, nobody can sign in, and API keys get \
             403. What was used and all settings stay. You can resume it at any time.",
            "Suspend",
        ),
        OrganizationStatus::Active => (
            "From the next request on, its limits decide again, and its people can sign in.",
            "Resume",
        ),
    };
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="version" value=error.version(version) />
            <input type="hidden" name="status" value=status.code() />
            <p>{text}</p>
            <FormFooter
                error
                fields=&[]
                pending=posting.pending()
                button
                reload=address(id, "")
            />
        </PostForm>
    }
}

#[component]
fn GrantForm(
    /// Which organization.
    id: OrganizationId,
) -> impl IntoView {
    let posting = use_posting::<OperatorGrantPack>();
    let error = FormError::of(posting);
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="id" value=id.to_string() />
            <TextField
                name="credits"
                label="Credits"
                value=error.text("credits", String::new())
                hint="They pay when the plan’s monthly credits are used up."
                required=true
                autofocus=error.none_yet()
                error
            />
            <TextField
                name="ends"
                label="Last day"
                kind="date"
                value=error.text("ends", String::new())
                hint="In the organization’s time zone. Empty: the pack never ends."
                error
            />
            <TextField
                name="bought_by"
                label="Bought by"
                value=error.text("bought_by", String::new())
                hint="Who ordered it, for the page of the customer."
                error
            />
            <FormFooter
                error
                fields=&["credits", "ends", "bought_by"]
                pending=posting.pending()
                button="Grant"
            />
        </PostForm>
    }
}
