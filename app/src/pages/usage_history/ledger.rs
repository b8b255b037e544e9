//! What *Ledger* shows: entries, newest first.

use super::content::day;
use crate::{
    ui::{Html, format},
    usage_address::{HISTORY, LEDGER, at, with},
};
use domain::{history::HistoryInput, ledger::LedgerEntry, views::LedgerPage};
use leptos::prelude::*;
use service::UsageChoices;

/// The entries.
pub(crate) fn entries(
    page: &LedgerPage,
    input: &HistoryInput,
    choices: &UsageChoices,
    further: bool,
) -> Html {
    let text = |amount: i64| page.meter.unit.text(amount, &choices.currency);
    let row = |entry: &LedgerEntry| {
        let who = entry.member_name.clone().unwrap_or_else(|| "The organization".to_owned());
        let operation = entry.operation.as_ref().map(ToString::to_string);
        let operation = entry.operation_name.clone().or(operation);
        let recorded = (entry.recorded_at != entry.counts_at).then(|| {
            let at = page.zone.local_text(entry.recorded_at);
            view! { <span class="sub">{format!("recorded {at}")}</span> }
        });
        let packs = (entry.from_packs != 0).then(|| {
            view! { <span class="sub">{format!("{} by packs", text(entry.from_packs))}</span> }
        });
        view! {
            <tr>
                <th scope="row">
                    <span>{page.zone.local_text(entry.counts_at)}</span>
                    {recorded}
                </th>
                <td data-label="What">
                    <span>
                        {format::happened(entry.kind)} <span class="sub">{operation}</span>
                    </span>
                </td>
                <td data-label="Who">{who}</td>
                <td class="number" data-label="Quantity">{format::grouped(entry.quantity)}</td>
                <td class="number" data-label="Amount"><span>{text(entry.amount)} {packs}</span></td>
                <td data-label="Number">
                    <span>
                        {format::grouped(entry.seq)}
                        <span class="sub id">{entry.consumption_id.to_string()}</span>
                    </span>
                </td>
            </tr>
        }
    };
    let table = if page.entries.is_empty() {
        view! { <p class="empty">"No entry matches. Choose more days, or another meter."</p> }
            .into_any()
    } else {
        let rows = page.entries.iter().map(row).collect_view();
        view! {
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{format!("When, in {}", page.zone)}</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Who"</th>
                            <th scope="col" class="number">"Quantity"</th>
                            <th scope="col" class="number">{page.meter.name.clone()}</th>
                            <th scope="col">"Number in the ledger"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let newest = further.then(|| {
        view! { <a class="button button-small" href=at(LEDGER, input)>"Newest"</a> }
    });
    let older = page.next_cursor.as_ref().map(|cursor| {
        let address = with(LEDGER, input, "cursor", cursor);
        view! { <a class="button button-small" href=address>"Older"</a> }
    });
    Html::of(view! {
        <section class="section" aria-label="Entries">
            <p class="section-text">
                {format!("{} – {}. ", day(page.from), day(page.to))}
                <a href=at(HISTORY, input)>"Usage history of the same"</a>
            </p>
            {table}
            <nav class="paging" aria-label="Pages of the list">
                {newest}
                {older}
            </nav>
        </section>
    })
}
