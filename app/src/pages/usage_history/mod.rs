//! The past: `/usage/history`, what was used on each day and by whom, and `/usage/ledger`, the entries
//! behind it. What they show is rendered by the server alone; here is the form above it.

#[cfg(feature = "ssr")]
pub(crate) mod content;
#[cfg(feature = "ssr")]
pub(crate) mod ledger;

use super::panel_page::{by_query, page};
use crate::{
    server_fns::usage::{UsageFields, UsagePage, usage_history, usage_ledger},
    ui::{Filters, FormError, Panel, SelectField, TextField},
    usage_address::{HISTORY, LEDGER},
};
use domain::access::Action;
use leptos::prelude::*;

/// What was used on each day.
#[component]
pub(crate) fn UsageHistoryPage() -> impl IntoView {
    let data = by_query(|query| Box::pin(usage_history(query)));
    page("Usage history", Action::ViewUsage, data, |data| {
        content(data, "Usage history", "What was used on each day, by whom and for what", HISTORY)
    })
}

/// The entries of the ledger behind it.
#[component]
pub(crate) fn LedgerPage() -> impl IntoView {
    let data = by_query(|query| Box::pin(usage_ledger(query)));
    page("Ledger", Action::ViewUsage, data, |data| {
        content(data, "Ledger", "The entries that every number is made of", LEDGER)
    })
}

fn content(data: UsagePage, title: &'static str, sub: &'static str, path: &'static str) -> AnyView {
    let form = form(&data, path);
    view! {
        <div>
            <h1>{title}</h1>
            <p class="page-sub">{sub}</p>
        </div>
        {form}
        <Panel html=data.html />
    }
    .into_any()
}

/// What is looked for.
fn form(data: &UsagePage, path: &'static str) -> impl IntoView + use<> {
    let error = data.error.clone().map_or_else(FormError::none, FormError::given);
    let UsageFields { meter, from, to, by, subtenant, operation, member, member_id, zone, search } =
        data.fields.clone();
    let by = (path == HISTORY).then(|| {
        view! {
            <SelectField name="by" label="Told apart" options=by.options value=by.chosen error />
        }
    });
    let whom = match member {
        None => view! {
            <TextField name="search" label="Member" kind="search" value=search error error_field="member" />
        }
        .into_any(),
        Some(member) => view! {
            <SelectField
                name="member"
                label="Member"
                options=vec![(member_id, member.name), (String::new(), "Anybody".to_owned())]
                value=member.id.to_string()
                error
            />
        }
        .into_any(),
    };
    let subtenants = (subtenant.options.len() > 1).then(|| {
        let (options, value) = (subtenant.options, subtenant.chosen);
        view! { <SelectField name="subtenant" label="Subtenant" options value error /> }
    });
    let zone = (!zone.is_empty()).then(|| {
        view! { <TextField name="zone" label="Time zone" value=zone error /> }
    });
    view! {
        <Filters path clear=Some(path.to_owned())>
            <SelectField
                name="meter"
                label="Meter"
                options=meter.options
                value=meter.chosen
                error
            />
            <TextField name="from" label="From day" kind="date" value=from error />
            <TextField name="to" label="To day" kind="date" value=to error />
            {by}
            {whom}
            {subtenants}
            <SelectField
                name="operation"
                label="Operation"
                options=operation.options
                value=operation.chosen
                error
            />
            {zone}
        </Filters>
    }
}
