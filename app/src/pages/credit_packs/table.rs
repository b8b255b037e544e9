//! The table of packs.

use crate::{
    navigation::credit_packs_address,
    ui::{Bar, format},
};
use domain::{packs::PackState, views::PackRow};
use leptos::prelude::*;

/// The table; its links keep the filter.
pub(super) fn table(rows: &[&PackRow], open_only: bool) -> impl IntoView + use<> {
    let rows = rows.iter().map(|pack| row(pack, open_only)).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Bought"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col" class="number">"Credits"</th>
                        <th scope="col" class="number">"Left"</th>
                        <th scope="col" class="number">"Held"</th>
                        <th scope="col">"Ends"</th>
                        <th scope="col" class="actions"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(row: &PackRow, open_only: bool) -> impl IntoView + use<> {
    let pack = &row.pack;
    // One that can't pay any more needs no warning colour.
    let bar = (pack.state == PackState::Open).then(|| {
        view! { <Bar label="Pack used" used={pack.credits - pack.left} total=pack.credits /> }
    });
    let by = pack.bought_by.as_ref().map(|name| format!("by {name}"));
    view! {
        <tr>
            <th scope="row">
                <span>{row.bought.text.clone()}</span>
                <span class="sub">{by}</span>
            </th>
            <td data-label="Status">
                <span>
                    {badge(pack.state)}
                    <span class="sub">{pack.turn.map(turn)}</span>
                </span>
            </td>
            <td class="number" data-label="Credits">{format::grouped(pack.credits)}</td>
            <td class="number" data-label="Left">
                {format::grouped(pack.left)}
                {bar}
            </td>
            <td class="number" data-label="Held">{format::grouped(pack.held)}</td>
            <td data-label="Ends">{ends(row)}</td>
            <td class="actions">
                <a
                    class="button button-small"
                    id=format!("pack-{}", pack.id)
                    href=credit_packs_address(open_only, &format!("pack={}", pack.id))
                    aria-label=format!("Ledger of the pack bought {}", row.bought.text)
                >
                    "Ledger"
                </a>
            </td>
        </tr>
    }
}

/// Whether a pack can pay: a filled, a hollow or a dashed dot with its word.
fn badge(state: PackState) -> impl IntoView {
    let (class, word) = match state {
        PackState::Open => ("badge badge-active", "Open"),
        PackState::UsedUp => ("badge badge-inactive", "Used up"),
        PackState::Ended => ("badge badge-invited", "Ended"),
    };
    view! { <span class=class>{word}</span> }
}

/// When what is left of a pack is lost, and how far away that is.
fn ends(row: &PackRow) -> impl IntoView + use<> {
    let (text, from_now) = match &row.ends {
        None => ("Never".to_owned(), String::new()),
        Some(end) => (end.text.clone(), end.from_now.clone()),
    };
    let note = (!from_now.is_empty()).then(|| format!("in {from_now}"));
    view! {
        <span>{text} <span class="sub">{note}</span></span>
    }
}

fn turn(turn: usize) -> String {
    match turn {
        1 => "next to pay".to_owned(),
        turn => format!("pays as number {turn}"),
    }
}
