//! The grid of quotas, closed ones included.

use super::{Shown, name_of};
use domain::{
    ids::QuotaId,
    views::{Money, QuotaRow, QuotaScope},
};
use leptos::prelude::*;

/// The id of the link that opens a dialog about a quota.
pub(super) fn link_id(dialog: &str, quota: QuotaId) -> String {
    format!("{dialog}-{quota}")
}

/// One page of the grid.
pub(super) fn grid(shown: Shown<'_>) -> impl IntoView + use<> {
    let rows = shown.data.rows.iter().map(|quota| row(quota, shown)).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Applies to"</th>
                        <th scope="col" class="number">"Daily"</th>
                        <th scope="col" class="number">"Monthly"</th>
                        <th scope="col" class="number">"Yearly"</th>
                        <th scope="col">"From"</th>
                        <th scope="col">"To"</th>
                        <th scope="col">"Made by"</th>
                        <th scope="col" class="actions"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(quota: &QuotaRow, shown: Shown<'_>) -> impl IntoView + use<> {
    let (name, more) = match &quota.scope {
        QuotaScope::Organization => ("Whole organization".to_owned(), None),
        QuotaScope::Subtenant(subtenant) => (subtenant.name.clone(), Some("Subtenant".to_owned())),
        QuotaScope::Member(member) => (member.name.clone(), Some(member.email.clone())),
    };
    let others = quota.others.iter().map(|other| {
        let other = other.clone();
        view! { <span class="sub">{other}</span> }
    });
    let to = match (quota.in_force, &quota.to) {
        (false, to) => to.clone().unwrap_or_default().into_any(),
        (true, to) => {
            let until =
                to.as_ref().map(|to| view! { <span class="sub">{format!("until {to}")}</span> });
            view! { <span class="badge badge-active">"In force"</span> {until} }.into_any()
        }
    };
    view! {
        <tr>
            <th scope="row">
                <span class="person-name">{name}</span>
                {more.map(|more| view! { <span class="sub">{more}</span> })}
                {others.collect_view()}
            </th>
            {limits(quota)}
            <td data-label="From">{quota.from.clone()}</td>
            <td data-label="To">{to}</td>
            <td data-label="Made by">{quota.made_by.clone()}</td>
            <td class="actions">{actions(quota, shown)}</td>
        </tr>
    }
}

fn limits(quota: &QuotaRow) -> AnyView {
    if !quota.limits_something() {
        return view! { <td class="number" colspan="3" data-label="Limit">"No restriction"</td> }
            .into_any();
    }
    let cell = |label: &'static str, limit: &Option<Money>| {
        let text = limit.as_ref().map_or("–".to_owned(), |money| money.text.clone());
        view! { <td class="number" data-label=label>{text}</td> }
    };
    view! {
        {cell("Daily", &quota.daily)}
        {cell("Monthly", &quota.monthly)}
        {cell("Yearly", &quota.yearly)}
    }
    .into_any()
}

/// What can be done about a quota: nothing about a closed one.
fn actions(quota: &QuotaRow, shown: Shown<'_>) -> AnyView {
    if !quota.in_force {
        return view! { <span class="sub">"Closed"</span> }.into_any();
    }
    let edit = if shown.data.restricted.is_some() { "Lower" } else { "Edit" };
    let opener = |label: &'static str, dialog: &'static str, refused: Option<String>| {
        let named = format!("{label} the quota of {}", name_of(&quota.scope));
        match refused {
            None => view! {
                <a
                    class="button button-small"
                    id=link_id(dialog, quota.id)
                    href=shown.place.with(dialog, &quota.id.to_string())
                    aria-label=named
                    data-noscroll
                >
                    {label}
                </a>
            }
            .into_any(),
            Some(reason) => view! {
                <button class="button button-small" aria-label=named title=reason disabled>
                    {label}
                </button>
            }
            .into_any(),
        }
    };
    view! {
        <span class="buttons">
            {opener(edit, "edit", shown.refused())}
            {opener("Delete", "delete", shown.refused_beyond_lowering())}
        </span>
    }
    .into_any()
}
