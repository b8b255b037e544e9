//! The keys in one state, page by page.

use crate::{
    navigation::{API_KEYS, address},
    usage_address::cursor,
};
use domain::{access::Scope, api_keys::KeyState, period::TimeZone};
use leptos::prelude::*;
use service::{ApiKey, ApiKeysPage};

/// The list with its tabs.
pub(super) fn section(page: &ApiKeysPage, query: &str) -> impl IntoView + use<> {
    let table = if page.list.api_keys.is_empty() {
        view! { <p class="empty">{nothing(page.state)}</p> }.into_any()
    } else {
        table(page).into_any()
    };
    view! {
        <section class="section" aria-labelledby="keys">
            <div class="section-head">
                <h2 id="keys">"Keys"</h2>
                <nav class="tabs" aria-label="Which keys">
                    {KeyState::ALL.map(|state| tab(state, page.state)).collect_view()}
                </nav>
            </div>
            {table}
            {paging(page, query)}
        </section>
    }
}

fn nothing(state: KeyState) -> &'static str {
    match state {
        KeyState::Active => "No key can be used. Make one below.",
        KeyState::Expired => "No key has expired.",
        KeyState::Revoked => "No key was revoked.",
    }
}

/// The address of the keys in a state.
fn of_state(state: KeyState, more: (&str, &str)) -> String {
    let code = if state == KeyState::Active { "" } else { state.code() };
    address(API_KEYS, &[("state", code), more])
}

fn tab(state: KeyState, shown: KeyState) -> impl IntoView {
    view! {
        <a class="tab" href=of_state(state, ("", "")) aria-current=(state == shown).then_some("true")>
            {state.to_string()}
        </a>
    }
}

fn paging(page: &ApiKeysPage, query: &str) -> impl IntoView + use<> {
    let link = |label: &'static str, href: String| {
        view! { <a class="button button-small" href=href>{label}</a> }
    };
    let newest = cursor(query).map(|_| link("Newest", of_state(page.state, ("", ""))));
    let older = page.list.next_cursor.as_ref();
    let older = older.map(|cursor| link("Older", of_state(page.state, ("cursor", cursor))));
    (newest.is_some() || older.is_some()).then(|| {
        view! { <nav class="paging" aria-label="Pages of the list">{newest} {older}</nav> }
    })
}

fn table(page: &ApiKeysPage) -> impl IntoView + use<> {
    let rows = page.list.api_keys.iter().map(|key| row(key, page.list.zone)).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"May do"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">
                            <span class="hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(key: &ApiKey, zone: TimeZone) -> impl IntoView + use<> {
    let (class, ends) = state(key, zone);
    let reaches = match &key.subtenant_name {
        Some(name) => format!("Only in {name}"),
        None => "In the whole organization".to_owned(),
    };
    let used = key.last_used_at.map_or_else(|| "Never".to_owned(), |at| zone.local_text(at));
    let edit = (key.state == KeyState::Active).then(|| {
        let href = address(API_KEYS, &[("key", &key.id.to_string())]);
        view! {
            <a class="button button-small" href=href aria-label=format!("Edit {}", key.name)>
                "Edit"
            </a>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="person-name">{key.name.clone()}</span>
                <span class="sub code">{format!("{}_…", key.prefix)}</span>
            </th>
            <td data-label="May do">
                <span class="cell">{scopes(&key.scopes)} <span class="sub">{reaches}</span></span>
            </td>
            <td data-label="State">
                <span class="cell">
                    <span class=class>{key.state.to_string()}</span>
                    <span class="sub">{ends}</span>
                </span>
            </td>
            <td data-label="Last used">{used}</td>
            <td data-label="Made">
                <span class="cell">
                    {zone.local_text(key.created_at)}
                    <span class="sub">{format!("by {}", key.made_by.name)}</span>
                </span>
            </td>
            <td class="actions">{edit}</td>
        </tr>
    }
}

/// The kind of the dot of a key's state, and when it ends or ended.
fn state(key: &ApiKey, zone: TimeZone) -> (&'static str, String) {
    let text = |at| zone.local_text(at);
    match (key.state, key.revoked_at, key.expires_at) {
        (KeyState::Active, _, None) => ("badge badge-active", "Without an end".to_owned()),
        (KeyState::Active, _, Some(at)) => ("badge badge-active", format!("Ends {}", text(at))),
        (KeyState::Expired, ..) => {
            ("badge badge-invited", key.expires_at.map(text).unwrap_or_default())
        }
        (KeyState::Revoked, ..) => {
            ("badge badge-inactive", key.revoked_at.map(text).unwrap_or_default())
        }
    }
}

/// Scopes by their codes, as programs know them.
pub(super) fn scopes(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(", ")
}
