//! `/operator/log`: what operators did, the newest first.

use crate::{
    guard::{Refusal, WhoOperates, console_page},
    navigation::{LOG, ORGANIZATIONS},
    server_fns::operators::operator_log,
};
use domain::console::{LogList, LogRow};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// What operators did.
#[component]
pub(crate) fn LogPage() -> impl IntoView {
    let who = WhoOperates::here();
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|query| query.get("after")));
    let list = Resource::new_blocking(move || cursor.get(), operator_log);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.anyone().await?;
                Ok::<_, Refusal>(content(&list.await?))
            };
            console_page(content.await)
        })
    };
    view! {
        <Title text="Log" />
        <Transition fallback=|| view! { <p class="loading">"Loading the log…"</p> }>
            {content}
        </Transition>
    }
}

fn content(list: &LogList) -> AnyView {
    let table = if list.entries.is_empty() {
        view! { <p class="empty">"Nothing was done yet."</p> }.into_any()
    } else {
        table(&list.entries).into_any()
    };
    let older = list.next_cursor.as_ref().map(|cursor| {
        view! {
            <nav class="paging" aria-label="Pages of the log">
                <a class="button button-small" href=LOG>"Newest"</a>
                <a class="button button-small" href=format!("{LOG}?after={cursor}")>"Older"</a>
            </nav>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Log"</h1>
                <p class="page-sub">
                    "What operators did in this installation. What concerns an organization is in \
                     its own audit log, too."
                </p>
            </div>
        </div>
        {table}
        {older}
    }
    .into_any()
}

fn table(entries: &[LogRow]) -> impl IntoView + use<> {
    let rows = entries.iter().map(row).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"To what"</th>
                        <th scope="col">"Details"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(entry: &LogRow) -> impl IntoView + use<> {
    let subject = entry.subject.clone();
    let subject = if concerns_an_organization(&entry.action) {
        view! { <a href=format!("{ORGANIZATIONS}/{subject}")>"Organization"</a> }.into_any()
    } else {
        view! { <span class="code">{subject}</span> }.into_any()
    };
    let details = (entry.before.is_some() || entry.after.is_some()).then(|| {
        let state = |name: &'static str, json: &Option<String>| {
            json.clone().map(|json| view! { <dt>{name}</dt><dd class="code">{json}</dd> })
        };
        view! {
            <details class="details">
                <summary>"Show"</summary>
                <dl class="pairs">
                    {state("Before", &entry.before)}
                    {state("After", &entry.after)}
                </dl>
            </details>
        }
    });
    view! {
        <tr>
            <th scope="row">{entry.at.clone()}</th>
            <td data-label="Who">
                <span>
                    {entry.operator.clone()}
                    {entry.ip.clone().map(|ip| view! { <span class="sub">{ip}</span> })}
                </span>
            </td>
            <td data-label="What"><span class="code">{entry.action.clone()}</span></td>
            <td data-label="To what">{subject}</td>
            <td data-label="Details">{details}</td>
        </tr>
    }
}

/// Whether the subject of an action is an organization's id.
fn concerns_an_organization(action: &str) -> bool {
    ["organization.", "pack."].iter().any(|start| action.starts_with(start))
}
