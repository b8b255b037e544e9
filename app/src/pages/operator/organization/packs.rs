//! The organization's packs.

use super::address;
use crate::ui::{Bar, format};
use domain::console::{OrganizationPage as Data, PackRow};
use leptos::prelude::*;

/// The section.
pub(super) fn section(data: &Data) -> impl IntoView + use<> {
    let id = data.organization.row.id;
    let table = if data.packs.is_empty() {
        view! { <p class="empty">"No packs yet. Grant one to give credits on top of the plan."</p> }
            .into_any()
    } else {
        table(&data.packs).into_any()
    };
    view! {
        <section class="section">
            <div class="page-head">
                <h2>"Credit packs"</h2>
                <a class="button" id="grant-pack" href=address(id, "?edit=pack") data-noscroll>
                    "Grant a pack"
                </a>
            </div>
            {table}
        </section>
    }
}

fn table(packs: &[PackRow]) -> impl IntoView + use<> {
    let rows = packs.iter().map(row).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Granted"</th>
                        <th scope="col" class="number">"Credits"</th>
                        <th scope="col" class="number">"Left"</th>
                        <th scope="col">"Ends"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(pack: &PackRow) -> impl IntoView + use<> {
    let ends = match (&pack.ends, pack.ended) {
        (None, _) => "Never".to_owned(),
        (Some(end), false) => end.clone(),
        (Some(end), true) => format!("Ended {end}"),
    };
    let used = pack.credits - pack.remaining;
    view! {
        <tr>
            <th scope="row">{pack.granted.clone()}</th>
            <td class="number" data-label="Credits">{format::grouped(pack.credits)}</td>
            <td class="number" data-label="Left">
                {format::grouped(pack.remaining)}
                <Bar label="Used of this pack" used total=pack.credits short=true />
            </td>
            <td data-label="Ends">{ends}</td>
        </tr>
    }
}
