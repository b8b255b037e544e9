//! The inputs that forms about members have in common.

use crate::ui::{Checkbox, FormError, SelectField};
use domain::{
    access::Role,
    views::members::{Choices, SubtenantChoice},
};
use leptos::prelude::*;

/// Job role and subtenant.
pub(super) fn place(
    choices: &Choices,
    job_role: &str,
    subtenant: Option<&SubtenantChoice>,
    error: FormError,
) -> impl IntoView + use<> {
    let job_roles = choices.job_roles.iter();
    let job_roles = job_roles.map(|role| (role.code.to_string(), role.name.clone())).collect();
    let mut subtenants = vec![(String::new(), "No subtenant".to_owned())];
    let listed = choices.subtenants.iter();
    subtenants.extend(listed.map(|one| (one.id.to_string(), one.name.clone())));
    // The one that they belong to may be on no list any more.
    let own = subtenant.map(|one| (one.id.to_string(), one.name.clone()));
    subtenants.extend(own.clone().filter(|own| !subtenants.contains(own)));
    let own = own.map(|(id, _)| id).unwrap_or_default();
    view! {
        <div class="field-row">
            <SelectField
                name="job_role"
                label="Job role"
                options=job_roles
                value=error.text("job_role", job_role.to_owned())
                error
            />
            <SelectField
                name="subtenant"
                label="Subtenant"
                options=subtenants
                value=error.text("subtenant", own)
                error
            />
        </div>
    }
}

/// One checkbox for each role.
pub(super) fn roles(roles: &[Role], error: FormError) -> impl IntoView + use<> {
    let boxes = Role::ALL.map(|role| {
        let (label, hint) = words(role);
        let checked = error.checked(role.code(), "true", roles.contains(&role));
        view! { <Checkbox name=role.code() label checked hint /> }
    });
    view! {
        <fieldset class="fieldset" aria-describedby="roles-error">
            <legend>"Roles"</legend>
            <p class="field-error" id="roles-error">
                {move || error.at("roles")}
            </p>
            {boxes}
        </fieldset>
    }
}

/// The name of a role, and what it opens.
fn words(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::TenantAdministrator => ("Tenant Administrator", "Everything in the organization."),
        Role::QuotaAdministrator => {
            ("Quota Administrator", "Limits and quotas of the whole organization.")
        }
        Role::SubtenantAdministrator => {
            ("Subtenant Administrator", "The members of their own subtenant.")
        }
        Role::UserQuotaAdministrator => ("User Quota Administrator", "Quotas of single members."),
        Role::Member => ("Member", "Their own usage."),
    }
}
