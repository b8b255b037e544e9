//! `/enterprise/quota-management`: what the organization has left, and who may use how much of it.

mod cap_cell;
mod defaults_dialog;
mod distribute_dialog;
mod filters;
mod limit_fields;
mod member_dialog;
mod members;
mod preview;
mod settings_dialog;
mod several_dialog;
mod summary;
mod warnings;

use crate::{
    guard::{Refusal, Who, needs, page_or_refusal},
    live::refetch_when_changed,
    server_fns::credits::quota_management,
    table_address::TableAddress,
};
use domain::{
    access::{Action, Rights},
    ids::MemberId,
    views::{CreditsDialog, Identity, QuotaManagement},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The link that opens the credit settings.
const EDIT_SETTINGS_ID: &str = "edit-settings";

/// What the address asks for: a part of the table, what is edited, which members are selected, and
/// the last change, after which everything is loaded again.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    address: TableAddress,
    edit: String,
    selected: Vec<MemberId>,
    change: String,
}

/// What the organization has left, and who may use how much of it.
#[component]
pub(crate) fn QuotaManagementPage() -> impl IntoView {
    cap_cell::Drafts::provide();
    let who = Who::here();
    let query = use_query_map();
    let asked = Memo::new(move |before: Option<&Asked>| {
        query.with(|query| Asked {
            address: TableAddress::read(&query.to_query_string()),
            edit: query.get_str("edit").unwrap_or_default().to_owned(),
            selected: query
                .get_all("member")
                .unwrap_or_default()
                .iter()
                .filter_map(|id| id.parse().ok().map(MemberId))
                .collect(),
            // Kept while the message about it goes away.
            change: query
                .get_str("undo")
                .or(query.get_str("saved"))
                .or(before.map(|before| before.change.as_str()))
                .unwrap_or_default()
                .to_owned(),
        })
    });
    let data = Resource::new_blocking(
        move || asked.get(),
        |Asked { address, edit, selected, .. }| {
            quota_management(address.query, address.page, edit, selected)
        },
    );
    refetch_when_changed(data);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let identity = who.allowed_to(Action::ViewCredits).await?;
                let data = data.await?;
                Ok::<_, Refusal>(content(&identity, &data, &asked.get_untracked()))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Quota Management" />
        <Transition fallback=|| view! { <p class="loading">"Loading credits and members…"</p> }>
            {content}
        </Transition>
    }
}

fn content(identity: &Identity, data: &QuotaManagement, asked: &Asked) -> AnyView {
    let rights = &identity.rights;
    let address = TableAddress { page: data.table.page, ..asked.address.clone() };
    view! {
        <div class="page-head">
            <div>
                <h1>"Quota Management"</h1>
                <p class="page-sub">{format!("{} · {} plan", identity.organization, data.plan)}</p>
            </div>
            {edit_settings_link(&address, rights)}
        </div>
        {summary::facts(data)}
        {warnings::warnings(data, &address, rights)}
        {summary::cards(data)}
        {members::members(data, &address, rights)}
        {dialog(data, &address, &asked.selected)}
    }
    .into_any()
}

fn edit_settings_link(address: &TableAddress, rights: &Rights) -> AnyView {
    if rights.allow(Action::EditCreditSettings) {
        view! {
            <a
                class="button"
                id=EDIT_SETTINGS_ID
                href=address.with(&[("edit", "settings")])
                data-noscroll
            >
                "Edit Credit Settings"
            </a>
        }
        .into_any()
    } else {
        let reason = needs(Action::EditCreditSettings);
        view! {
            <button class="button" disabled title=reason>
                "Edit Credit Settings"
            </button>
        }
        .into_any()
    }
}

/// The dialog that the address asks for. The server leaves out what the person may not do.
fn dialog(
    data: &QuotaManagement,
    address: &TableAddress,
    selected: &[MemberId],
) -> Option<AnyView> {
    let settings = &data.settings;
    Some(match data.dialog.as_ref()? {
        CreditsDialog::Settings { version, facts } => {
            settings_dialog::dialog(settings, *version, facts, address).into_any()
        }
        CreditsDialog::Member(edit) => member_dialog::dialog(edit, address).into_any(),
        CreditsDialog::Several { members, total, all_found } => {
            let selected = (!all_found).then(|| selected.to_vec());
            several_dialog::dialog(members, *total, selected, address).into_any()
        }
        CreditsDialog::Distribute(shares) => distribute_dialog::dialog(shares, address).into_any(),
        CreditsDialog::Defaults(defaults) => defaults_dialog::dialog(defaults, address).into_any(),
    })
}
