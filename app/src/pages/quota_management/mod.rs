//! `/enterprise/quota-management`: what the organization has left, and who may use how much of it.

mod member_dialog;
mod members;
mod settings_dialog;
mod summary;
mod warnings;

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    navigation::quota_management_address,
    server_fns::credits::quota_management,
};
use domain::{
    access::{Action, Rights},
    ids::MemberId,
    views::{Identity, QuotaManagement},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// The link that opens the credit settings.
const EDIT_SETTINGS_ID: &str = "edit-settings";

/// What is being edited.
#[derive(Clone, Copy, PartialEq)]
enum Edit {
    Settings,
    Member(MemberId),
}

impl Edit {
    fn parse(text: &str) -> Option<Self> {
        if text == "settings" {
            return Some(Self::Settings);
        }
        text.parse::<Uuid>().ok().map(MemberId).map(Self::Member)
    }

    fn member(self) -> Option<MemberId> {
        match self {
            Self::Settings => None,
            Self::Member(id) => Some(id),
        }
    }
}

/// What the organization has left, and who may use how much of it.
#[component]
pub(crate) fn QuotaManagementPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let page = move || query.with(|query| query.get_str("page")?.parse().ok());
    let edit = move || query.with(|query| query.get_str("edit").and_then(Edit::parse));
    let shown = Memo::new(move |_| (page(), edit()));
    let data = Resource::new_blocking(
        move || shown.get(),
        |(page, edit)| quota_management(page, edit.and_then(Edit::member)),
    );
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let identity = who.allowed_to(Action::ViewCredits).await?;
                let data = data.await?;
                let (_, edit) = shown.get_untracked();
                Ok::<_, Refusal>(content(&identity, &data, edit))
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

fn content(identity: &Identity, data: &QuotaManagement, edit: Option<Edit>) -> AnyView {
    let rights = &identity.rights;
    view! {
        <div class="page-head">
            <div>
                <h1>"Quota Management"</h1>
                <p class="page-sub">{format!("{} · {} plan", identity.organization, data.plan)}</p>
            </div>
            {edit_settings_link(data, rights)}
        </div>
        {summary::facts(data)}
        {warnings::warnings(data, rights)}
        {summary::cards(data)}
        {members::members(data, rights)}
        {dialog(data, rights, edit)}
    }
    .into_any()
}

fn edit_settings_link(data: &QuotaManagement, rights: &Rights) -> AnyView {
    if rights.allow(Action::EditCreditSettings) {
        view! {
            <a
                class="button"
                id=EDIT_SETTINGS_ID
                href=quota_management_address(data.page, "edit=settings")
                data-noscroll
            >
                "Edit Credit Settings"
            </a>
        }
        .into_any()
    } else {
        let reason = members::reason(Action::EditCreditSettings);
        view! {
            <button class="button" disabled title=reason>
                "Edit Credit Settings"
            </button>
        }
        .into_any()
    }
}

/// The dialog that the URL asks for, if the rights of the one who looks include it.
fn dialog(data: &QuotaManagement, rights: &Rights, edit: Option<Edit>) -> Option<AnyView> {
    match (edit?, &data.editing) {
        (Edit::Settings, _) if rights.allow(Action::EditCreditSettings) => {
            Some(settings_dialog::dialog(data).into_any())
        }
        (Edit::Member(_), Some(member)) if rights.allow(Action::EditMemberLimits) => {
            Some(member_dialog::dialog(data, member).into_any())
        }
        _ => None,
    }
}
