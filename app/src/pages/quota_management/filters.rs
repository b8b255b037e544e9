//! What narrows the table of members down: all of it is part of the address.

use crate::{
    table_address::{QUOTA_MANAGEMENT, TableAddress},
    ui::{LiveForm, filter},
};
use domain::{
    member_table::{MemberSort, Risk},
    views::{MemberStatus, QuotaManagement},
};
use leptos::prelude::*;

/// The form.
pub(super) fn filters(data: &QuotaManagement, address: &TableAddress) -> impl IntoView + use<> {
    let query = address.query.clone();
    let sort = (query.sort != MemberSort::default()).then(|| {
        view! { <input type="hidden" name="sort" value=String::from(query.sort) /> }
    });
    let statuses = [MemberStatus::Active, MemberStatus::Invited, MemberStatus::Inactive];
    let statuses: Vec<(String, String)> =
        statuses.into_iter().map(|status| (status.code().to_owned(), status.to_string())).collect();
    let subtenants: Vec<(String, String)> =
        data.subtenants.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
    let risks = vec![
        (Risk::Near.code().to_owned(), "At risk: 80% or more used".to_owned()),
        (Risk::Reached.code().to_owned(), "At their limit".to_owned()),
    ];
    let status = query.status.map(MemberStatus::code).unwrap_or_default();
    let subtenant = query.subtenant.map(|subtenant| subtenant.to_string()).unwrap_or_default();
    let risk = query.risk.map(Risk::code).unwrap_or_default();
    view! {
        <LiveForm action=QUOTA_MANAGEMENT label="Find members">
            <input
                class="input filters-search"
                type="search"
                name="q"
                value=query.search.as_str().to_owned()
                placeholder="Name or email"
                aria-label="Search members"
                maxlength="100"
                autocomplete="off"
            />
            {filter("status", "Status", "Any status", statuses, status)}
            {(!subtenants.is_empty())
                .then(|| filter("subtenant", "Subtenant", "All subtenants", subtenants, &subtenant))}
            {filter("risk", "Closeness to the limit", "Any use", risks, risk)}
            {sort}
        </LiveForm>
    }
}
