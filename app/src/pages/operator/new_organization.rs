//! The dialog that makes an organization.

use crate::{
    navigation::ORGANIZATIONS,
    server_fns::directory::OperatorCreateOrganization,
    ui::{Dialog, FormError, FormFooter, PostForm, SelectField, TextField, use_posting},
};
use leptos::prelude::*;

/// The dialog.
#[component]
pub(super) fn NewOrganization(
    /// Plans that it can have: code and name.
    plans: Vec<(String, String)>,
) -> impl IntoView {
    let posting = use_posting::<OperatorCreateOrganization>();
    let error = FormError::of(posting);
    let text = move |name: &str, otherwise: &str| error.text(name, otherwise.to_owned());
    let plan = text("plan", plans.first().map_or("", |plan| plan.0.as_str()));
    view! {
        <Dialog
            title="New organization".to_owned()
            close=ORGANIZATIONS.to_owned()
            opener="new-organization".to_owned()
        >
            <PostForm posting class="form">
                <TextField
                    name="name"
                    label="Name"
                    value=text("name", "")
                    required=true
                    autofocus=error.none_yet()
                    error
                />
                <TextField
                    name="admin"
                    label="Administrator’s email"
                    kind="email"
                    value=text("admin", "")
                    hint="The first Tenant Administrator. You get a link for them that signs in once."
                    required=true
                    error
                />
                <SelectField name="plan" label="Plan" options=plans.clone() value=plan.clone() error />
                <div class="field-row">
                    <TextField
                        name="time_zone"
                        label="Time zone"
                        value=text("time_zone", "UTC")
                        hint="Such as Europe/Berlin."
                        required=true
                        error
                    />
                    <TextField
                        name="currency"
                        label="Currency"
                        value=text("currency", "EUR")
                        hint="Such as EUR."
                        required=true
                        error
                    />
                </div>
                <FormFooter
                    error
                    fields=&["name", "admin", "plan", "time_zone", "currency"]
                    pending=posting.pending()
                    button="Make organization"
                />
            </PostForm>
        </Dialog>
    }
}
