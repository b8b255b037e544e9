//! What narrows the list down: all of it is part of the address.

use super::state::Shown;
use crate::{
    navigation::MEMBERS,
    ui::{LiveForm, filter},
};
use domain::{
    access::Role,
    views::{MemberStatus, members::Members},
};
use leptos::prelude::*;

/// The form.
pub(super) fn filters(data: &Members, shown: &Shown) -> impl IntoView + use<> {
    let list = shown.list.clone();
    let subtenants = subtenants(data);
    let sort = (!list.sort.is_empty()).then(|| {
        view! { <input type="hidden" name="sort" value=list.sort.clone() /> }
    });
    let job_roles = data.choices.job_roles.iter();
    let job_roles = job_roles.map(|role| (role.code.to_string(), role.name.clone())).collect();
    let statuses = [MemberStatus::Active, MemberStatus::Invited, MemberStatus::Inactive]
        .map(|status| (status.code().to_owned(), status.to_string()));
    let roles = Role::ALL.map(|role| (role.code().to_owned(), role.to_string()));
    view! {
        <LiveForm action=MEMBERS label="Find members">
            <input
                class="input filters-search"
                type="search"
                name="search"
                value=list.search
                placeholder="Name or email"
                aria-label="Search members"
                maxlength="200"
                autocomplete="off"
            />
            {filter("status", "Status", "Any status", statuses.to_vec(), &list.status)}
            {filter("role", "Role", "Any role", roles.to_vec(), &list.role)}
            {filter("job_role", "Job role", "Any job role", job_roles, &list.job_role)}
            {(subtenants.len() > 1)
                .then(|| {
                    filter("subtenant", "Subtenant", "All subtenants", subtenants, &list.subtenant)
                })}
            {sort}
        </LiveForm>
    }
}

fn subtenants(data: &Members) -> Vec<(String, String)> {
    let none = ("none".to_owned(), "No subtenant".to_owned());
    let subtenants = data.choices.subtenants.iter();
    let subtenants = subtenants.map(|one| (one.id.to_string(), one.name.clone()));
    std::iter::once(none).chain(subtenants).collect()
}
