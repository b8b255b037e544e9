//! The dialogs that add, rename, archive and restore a subtenant.

use super::{NEW_ID, Open, Place, table::link_id};
use crate::{
    server_fns::subtenants::{AddSubtenant, ArchiveSubtenant, RenameSubtenant},
    ui::{Dialog, FormError, FormFooter, PostForm, TextField, format, use_posting},
};
use domain::{
    access::{Action, Rights},
    subtenants::{SubtenantRow, SubtenantsPage},
};
use leptos::prelude::*;

/// The dialog that the URL asks for, if the rights of the one who looks include it.
pub(super) fn dialog(
    data: &SubtenantsPage,
    place: &Place,
    rights: &Rights,
    open: Option<Open>,
) -> Option<AnyView> {
    if !rights.allow(Action::ManageMembers) {
        return None;
    }
    let close = place.address();
    match (open?, &data.open) {
        (Open::New, _) => Some(
            view! {
                <Dialog title="New subtenant".to_owned() close opener=NEW_ID.to_owned()>
                    <AddForm />
                </Dialog>
            }
            .into_any(),
        ),
        (Open::Rename(id), Some(subtenant)) => {
            let (title, opener) = (format!("Rename {}", subtenant.name), link_id("edit", id));
            let (subtenant, place) = (subtenant.clone(), place.clone());
            Some(
                view! {
                    <Dialog title close opener>
                        <RenameForm subtenant place />
                    </Dialog>
                }
                .into_any(),
            )
        }
        (Open::Archive(id), Some(subtenant)) => {
            let verb = if subtenant.archived.is_some() { "Restore" } else { "Archive" };
            let (title, opener) = (format!("{verb} {}", subtenant.name), link_id("archive", id));
            let (subtenant, place) = (subtenant.clone(), place.clone());
            Some(
                view! {
                    <Dialog title close opener>
                        <ArchiveForm subtenant place verb />
                    </Dialog>
                }
                .into_any(),
            )
        }
        _ => None,
    }
}

#[component]
fn AddForm() -> impl IntoView {
    let posting = use_posting::<AddSubtenant>();
    let error = FormError::of(posting);
    view! {
        <PostForm posting class="form">
            <TextField
                name="name"
                label="Name"
                value=error.text("name", String::new())
                hint="Such as a department or a region. Members can be moved to it afterwards."
                autofocus=error.none_yet()
                error
            />
            <FormFooter error fields=&["name"] pending=posting.pending() button="Add" />
        </PostForm>
    }
}

#[component]
fn RenameForm(
    /// Which.
    subtenant: SubtenantRow,
    /// Where to return to.
    place: Place,
) -> impl IntoView {
    let posting = use_posting::<RenameSubtenant>();
    let error = FormError::of(posting);
    view! {
        <PostForm posting class="form">
            {hidden(&subtenant, &place, error)}
            <TextField
                name="name"
                label="Name"
                value=error.text("name", subtenant.name)
                hint="What was recorded before shows the new name, too."
                autofocus=error.none_yet()
                error
            />
            <FormFooter
                error
                fields=&["name"]
                pending=posting.pending()
                button="Save"
                reload=place.with("edit", &subtenant.id.to_string())
            />
        </PostForm>
    }
}

#[component]
fn ArchiveForm(
    /// Which.
    subtenant: SubtenantRow,
    /// Where to return to.
    place: Place,
    /// What the button says.
    verb: &'static str,
) -> impl IntoView {
    let posting = use_posting::<ArchiveSubtenant>();
    let error = FormError::of(posting);
    let archive = subtenant.archived.is_none();
    if archive && subtenant.in_use > 0 {
        let members = format::counted(subtenant.in_use, "member");
        return view! {
            <p>
                {format!(
                    "{members} of this subtenant can use it. Move them to another one or \
                     deactivate them first: an archived subtenant has no active members.",
                )}
            </p>
        }
        .into_any();
    }
    let text = if archive {
        "It takes no members from now on. What it used, its quotas and its history stay, and it \
         can be restored at any time."
    } else {
        "It takes members again, and its quotas count as before."
    };
    view! {
        <PostForm posting class="form">
            {hidden(&subtenant, &place, error)}
            <input type="hidden" name="archive" value=archive.to_string() />
            <p>{text}</p>
            <FormFooter
                error
                fields=&[]
                pending=posting.pending()
                button=verb
                reload=place.with("archive", &subtenant.id.to_string())
            />
        </PostForm>
    }
    .into_any()
}

/// What every form about a subtenant sends along.
fn hidden(subtenant: &SubtenantRow, place: &Place, error: FormError) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="subtenant" value=subtenant.id.to_string() />
        <input type="hidden" name="version" value=error.version(subtenant.version) />
        <input type="hidden" name="search" value=place.search.clone() />
        <input type="hidden" name="archived" value=place.archived.to_string() />
        <input type="hidden" name="page" value=place.page.to_string() />
    }
}
