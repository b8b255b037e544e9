//! `/enterprise/subtenants`: the parts of the organization, who belongs to them and what they use.

mod dialogs;
mod place;
mod table;

pub(crate) use place::Place;

use crate::{
    guard::{Refusal, Who, needs, page_or_refusal},
    server_fns::subtenants::subtenants,
    ui::{Checkbox, Filters, FormError, Notice, Paging, TextField, format},
};
use domain::{
    access::{Action, Rights},
    ids::SubtenantId,
    subtenants::SubtenantsPage,
    views::Identity,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use uuid::Uuid;

/// The link that opens the dialog for a new one.
const NEW_ID: &str = "new-subtenant";

/// The dialog that is open.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    New,
    Rename(SubtenantId),
    Archive(SubtenantId),
}

impl Open {
    fn parse(query: &ParamsMap) -> Option<Self> {
        let id = |name| query.get_str(name)?.parse::<Uuid>().ok().map(SubtenantId);
        let new = query.get_str("new").map(|_| Self::New);
        new.or_else(|| id("edit").map(Self::Rename)).or_else(|| id("archive").map(Self::Archive))
    }

    fn subtenant(self) -> Option<SubtenantId> {
        match self {
            Self::New => None,
            Self::Rename(id) | Self::Archive(id) => Some(id),
        }
    }
}

/// The parts of the organization.
#[component]
pub(crate) fn SubtenantsPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|query| (Place::parse(query), Open::parse(query))));
    let data = Resource::new_blocking(
        move || shown.get(),
        |(place, open)| {
            let Place { search, archived, page } = place;
            subtenants(search, archived, Some(page), open.and_then(Open::subtenant))
        },
    );
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let identity = who.allowed_to(Action::ViewMembers).await?;
                let (place, open) = shown.get_untracked();
                match data.await {
                    Ok(data) => Ok::<_, Refusal>(content(&identity, &data, &place, open)),
                    // What was looked for can't be: the form says why, and takes something else.
                    Err(error) if error.is_invalid() => {
                        Ok(view! { {head(&identity.rights, &place)} {filters(&place, FormError::given(error))} }
                            .into_any())
                    }
                    Err(error) => Err(error.into()),
                }
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Subtenants" />
        <Transition fallback=|| view! { <p class="loading">"Loading subtenants…"</p> }>
            {content}
        </Transition>
    }
}

fn content(
    identity: &Identity,
    data: &SubtenantsPage,
    place: &Place,
    open: Option<Open>,
) -> AnyView {
    let rights = &identity.rights;
    let place = Place { page: data.page, ..place.clone() };
    let own = data.own_only.then(|| {
        view! {
            <Notice>
                <p>"You see the subtenant that you belong to. A Tenant Administrator sees all of them."</p>
            </Notice>
        }
    });
    let table = if data.rows.is_empty() {
        let text = if place.filters() {
            "No subtenant matches."
        } else if data.own_only {
            "You belong to no subtenant yet. A Tenant Administrator can move you to one."
        } else {
            "No subtenants yet. With the first one, a part of the organization gets members and \
             quotas of its own."
        };
        view! { <p class="empty">{text}</p> }.into_any()
    } else {
        table::table(data, &place, rights).into_any()
    };
    let to = place.clone();
    view! {
        {head(rights, &place)}
        {own}
        {filters(&place, FormError::none())}
        <section class="section">
            <div class="section-head">
                <h2>"All subtenants"</h2>
                <span class="sub">
                    {format!(
                        "{} · credits used {}",
                        format::counted(data.total, "subtenant"),
                        data.usage_window.days,
                    )}
                </span>
            </div>
            {table}
            <Paging
                page=data.page
                pages=data.pages
                address=move |page| Place { page, ..to.clone() }.address()
            />
        </section>
        {dialogs::dialog(data, &place, rights, open)}
    }
    .into_any()
}

fn head(rights: &Rights, place: &Place) -> impl IntoView + use<> {
    let new = if rights.allow(Action::ManageMembers) {
        view! {
            <a class="button button-primary" id=NEW_ID href=place.with("new", "1") data-noscroll>
                "New subtenant"
            </a>
        }
        .into_any()
    } else {
        view! {
            <button class="button" disabled title=needs(Action::ManageMembers)>
                "New subtenant"
            </button>
        }
        .into_any()
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Subtenants"</h1>
                <p class="page-sub">
                    "Parts of the organization, with members and quotas of their own"
                </p>
            </div>
            {new}
        </div>
    }
}

fn filters(place: &Place, error: FormError) -> impl IntoView + use<> {
    let clear = place.filters().then(|| Place::default().address());
    let Place { search, archived, .. } = place.clone();
    view! {
        <Filters path=place::PATH clear>
            <TextField name="search" label="Name" kind="search" value=search error />
            <Checkbox name="archived" label="Show archived" checked=archived />
        </Filters>
    }
}
