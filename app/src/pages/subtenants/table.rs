//! The table of subtenants.

use super::Place;
use crate::{
    guard::needs,
    navigation::{USAGE_QUOTAS, address},
    ui::format,
};
use domain::{
    access::{Action, Rights},
    ids::SubtenantId,
    subtenants::{SubtenantRow, SubtenantsPage},
};
use leptos::prelude::*;

/// The id of the link that opens a dialog about a subtenant.
pub(super) fn link_id(dialog: &str, subtenant: SubtenantId) -> String {
    format!("{dialog}-{subtenant}")
}

/// One page of the table.
pub(super) fn table(
    data: &SubtenantsPage,
    place: &Place,
    rights: &Rights,
) -> impl IntoView + use<> {
    let rows = data.rows.iter().map(|subtenant| row(subtenant, place, rights)).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Subtenant"</th>
                        <th scope="col" class="number">"Members"</th>
                        <th scope="col" class="number">"Credits used"</th>
                        <th scope="col" class="number">"Quotas in force"</th>
                        <th scope="col" class="actions"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(subtenant: &SubtenantRow, place: &Place, rights: &Rights) -> impl IntoView + use<> {
    let archived = subtenant.archived.as_ref().map(|since| {
        view! { <span class="sub">{format!("Archived {since}")}</span> }
    });
    let id = subtenant.id.to_string();
    let members = address("/enterprise/members", &[("subtenant", &id)]);
    let active = format!("{} active", format::grouped(subtenant.active));
    let all = format!("of {}", format::counted(subtenant.members, "member"));
    let archive = if subtenant.archived.is_some() { "Restore" } else { "Archive" };
    view! {
        <tr>
            <th scope="row">
                <span class="person-name">{subtenant.name.clone()}</span>
                {archived}
            </th>
            <td class="number" data-label="Members">
                <a href=members aria-label=format!("{active} members of {}", subtenant.name)>
                    {active.clone()}
                </a>
                <span class="sub">{all}</span>
            </td>
            <td class="number" data-label="Credits used">{format::grouped(subtenant.used)}</td>
            <td class="number" data-label="Quotas in force">{quotas(subtenant, rights)}</td>
            <td class="actions">
                <span class="buttons">
                    {opener("Rename", "edit", subtenant, place, rights)}
                    {opener(archive, "archive", subtenant, place, rights)}
                </span>
            </td>
        </tr>
    }
}

/// How many quotas are in force, which leads to them where they may be seen.
fn quotas(subtenant: &SubtenantRow, rights: &Rights) -> AnyView {
    let number = format::grouped(subtenant.quotas);
    if !rights.allow(Action::ViewUsageQuotas) {
        return number.into_any();
    }
    let href = address(USAGE_QUOTAS, &[("subtenant", &subtenant.id.to_string())]);
    let label = format!("{number} quotas in force of {}", subtenant.name);
    view! {
        <a href=href aria-label=label>
            {number}
        </a>
    }
    .into_any()
}

fn opener(
    label: &'static str,
    dialog: &'static str,
    subtenant: &SubtenantRow,
    place: &Place,
    rights: &Rights,
) -> AnyView {
    let named = format!("{label} {}", subtenant.name);
    if rights.allow(Action::ManageMembers) {
        view! {
            <a
                class="button button-small"
                id=link_id(dialog, subtenant.id)
                href=place.with(dialog, &subtenant.id.to_string())
                aria-label=named
                data-noscroll
            >
                {label}
            </a>
        }
        .into_any()
    } else {
        view! {
            <button
                class="button button-small"
                aria-label=named
                title=needs(Action::ManageMembers)
                disabled
            >
                {label}
            </button>
        }
        .into_any()
    }
}
