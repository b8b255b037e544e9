//! The ledger behind a pack.

use super::content::Shown;
use crate::{navigation::credit_packs_address, ui::format};
use domain::{
    packs::PackReport,
    views::{OpenedPack, PackEntryRow},
};
use leptos::prelude::*;

/// The section about the pack that the address names.
pub(super) fn section(opened: &OpenedPack, shown: Shown) -> impl IntoView + use<> {
    let pack = &opened.row.pack;
    let (sums, entries) = (sums(opened), entries(opened, shown));
    view! {
        <section class="section" aria-labelledby="pack">
            <div class="section-head">
                <h2 id="pack">{format!("Pack of {}", format::counted(pack.credits, "credit"))}</h2>
                <div class="section-actions">
                    <a
                        class="button button-small"
                        id="all-packs"
                        href=credit_packs_address(shown.open_only, "")
                    >
                        "Back to all"
                    </a>
                </div>
            </div>
            {sums}
            {entries}
        </section>
    }
}

fn sums(opened: &OpenedPack) -> impl IntoView + use<> {
    let (row, pack) = (&opened.row, &opened.row.pack);
    let bought = match &pack.bought_by {
        Some(name) => format!("{}, by {name}", row.bought.text),
        None => row.bought.text.clone(),
    };
    let ends = row.ends.as_ref().map_or_else(|| "Never".to_owned(), format::moment);
    view! {
        <dl class="pairs">
            <dt>"Bought"</dt>
            <dd>{bought}</dd>
            <dt>"Ends"</dt>
            <dd>{ends}</dd>
            <dt>"Credits"</dt>
            <dd>{balance(pack)}</dd>
        </dl>
    }
}

/// What was bought less what was taken is what is left.
fn balance(pack: &PackReport) -> String {
    let amount = format::grouped;
    let taken = pack.credits - pack.left;
    let parts = [(pack.held, "held"), (pack.carried, "in months no longer listed")]
        .into_iter()
        .filter(|(credits, _)| *credits > 0)
        .map(|(credits, what)| format!("{} {what}", amount(credits)))
        .collect::<Vec<String>>();
    let of_it =
        if parts.is_empty() { String::new() } else { format!(" (of it {})", parts.join(", ")) };
    format!(
        "{} bought − {} taken{of_it} = {} left",
        amount(pack.credits),
        amount(taken),
        amount(pack.left)
    )
}

fn entries(opened: &OpenedPack, shown: Shown) -> AnyView {
    if opened.entries.is_empty() {
        return view! { <p class="empty">"Nothing was taken from this pack."</p> }.into_any();
    }
    let rows = opened.entries.iter().map(row).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"What"</th>
                        <th scope="col" class="number">"Quantity"</th>
                        <th scope="col" class="number">"Credits taken"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {paging(opened, shown)}
    }
    .into_any()
}

fn row(row: &PackEntryRow) -> impl IntoView + use<> {
    let entry = &row.entry;
    let who = entry.member_name.clone().unwrap_or_else(|| "The organization".to_owned());
    let code = || entry.operation.as_ref().map(ToString::to_string);
    let what = entry.operation_name.clone().or_else(code).unwrap_or_default();
    view! {
        <tr>
            <th scope="row">
                <span>{row.at.text.clone()}</span>
                <span class="sub">{format::happened(entry.kind)}</span>
            </th>
            <td data-label="What">
                <span>
                    {format!("{who} · {what}")}
                    <span class="sub id">{entry.consumption_id.to_string()}</span>
                </span>
            </td>
            <td class="number" data-label="Quantity">{format::grouped(entry.quantity)}</td>
            <td class="number" data-label="Credits taken">{format::grouped(entry.credits)}</td>
        </tr>
    }
}

fn paging(opened: &OpenedPack, shown: Shown) -> Option<impl IntoView + use<>> {
    let pack = opened.row.pack.id;
    let newest =
        shown.before.map(|_| credit_packs_address(shown.open_only, &format!("pack={pack}")));
    let older = opened
        .next
        .map(|seq| credit_packs_address(shown.open_only, &format!("pack={pack}&before={seq}")));
    if newest.is_none() && older.is_none() {
        return None;
    }
    let link = |href: Option<String>, label: &'static str| {
        href.map(|href| {
            view! { <a class="button button-small" href=href>{label}</a> }
        })
    };
    Some(view! {
        <nav class="paging" aria-label="Pages of the ledger">
            {link(newest, "Newest")}
            {link(older, "Older")}
        </nav>
    })
}
