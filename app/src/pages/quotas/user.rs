//! `/settings/user-quotas`: what single members spend, and may.

use super::{Open, Place, Shown, Whose, budgets::budgets, new_link, quotas};
use crate::{
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    navigation::USER_QUOTAS,
    server_fns::quotas::user_quotas,
    ui::{LiveForm, Notice},
};
use domain::{
    access::Action,
    views::{Identity, MemberChoice, QuotaScope, QuotasPage, UserQuotasPage as View},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// What single members spend, and may.
#[component]
pub(crate) fn UserQuotasPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let shown = Memo::new(move |_| {
        query
            .with(|query| (Place::parse(USER_QUOTAS, &query.to_query_string()), Open::parse(query)))
    });
    let data = Resource::new_blocking(
        move || shown.get(),
        |(Place { whose, page }, open)| {
            let (search, member) = match whose {
                Whose::User { search, member } => (search, member),
                Whose::Organization(_) => (String::new(), None),
            };
            user_quotas(search, member, Some(page), open.and_then(Open::quota))
        },
    );
    refetch_when_changed(data);
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let identity = who.allowed_to(Action::ViewUserQuotas).await?;
                let (place, open) = shown.get_untracked();
                Ok::<_, Refusal>(content(&identity, &data.await?, &place, open))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="User Quotas" />
        <Transition fallback=|| view! { <p class="loading">"Loading quotas…"</p> }>
            {content}
        </Transition>
    }
}

fn content(identity: &Identity, view: &View, place: &Place, open: Option<Open>) -> AnyView {
    let chosen = view.chosen.as_ref();
    let place = Place { page: chosen.map_or(1, |data| data.page), ..place.clone() };
    let shown = chosen.map(|data| Shown { data, place: &place, rights: &identity.rights });
    let search = view.search.as_ref().map(ToString::to_string).unwrap_or_default();
    let own = view.own_only.then(|| {
        view! {
            <Notice>
                <p>
                    "You can choose the members of your own subtenant. A User Quota Administrator or \
                     a Tenant Administrator can choose all."
                </p>
            </Notice>
        }
    });
    let below = match shown {
        Some(shown) => view! {
            {person(shown.data)}
            {quotas(shown, open)}
            {personal_budgets(view, shown, open)}
        }
        .into_any(),
        None => choices(view, &search),
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"User Quotas"</h1>
                <p class="page-sub">"What a member may spend in a day, a month and a year, and their personal budgets"</p>
            </div>
            {shown.map(new_link)}
        </div>
        {own}
        <LiveForm action=USER_QUOTAS label="Find members">
            <input
                class="input filters-search"
                type="search"
                name="search"
                value=search
                placeholder="Name or email"
                aria-label="Search members"
                maxlength="100"
                autocomplete="off"
            />
        </LiveForm>
        {below}
    }
    .into_any()
}

/// Who was chosen.
fn person(data: &QuotasPage) -> Option<impl IntoView + use<>> {
    let QuotaScope::Member(member) = &data.scope else { return None };
    let MemberChoice { name, email, subtenant, .. } = member.clone();
    let subtenant = subtenant.map(|name| format!(" · {name}"));
    Some(view! {
        <div class="section-head">
            <h2>{name}</h2>
            <span class="sub">{email} {subtenant}</span>
            <a class="section-actions" href=USER_QUOTAS>
                "Choose another member"
            </a>
        </div>
    })
}

/// Their personal budgets.
fn personal_budgets(
    view: &View,
    shown: Shown<'_>,
    open: Option<Open>,
) -> Option<impl IntoView + use<>> {
    let QuotaScope::Member(member) = &shown.data.scope else { return None };
    Some(budgets(&view.budgets, member, shown.place, open))
}

/// The members who can be chosen.
fn choices(view: &View, search: &str) -> AnyView {
    if view.members.is_empty() {
        let text = match (view.search.is_some(), view.own_only) {
            (true, _) => "Nobody matches. Search for a part of a name or of an email.",
            (false, true) => {
                "Nobody belongs to your subtenant yet, or you belong to none. A Tenant Administrator \
                 can change that."
            }
            (false, false) => "No members here yet.",
        };
        return view! { <p class="empty">{text}</p> }.into_any();
    }
    let rows = view.members.iter().map(|member| row(member, search)).collect_view();
    let more = view.more.then(|| {
        view! { <p class="sub">"There are more. Search for a part of a name or of an email."</p> }
    });
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Choose a member"</h2>
                <span class="sub">"to see what they spent, and to limit it"</span>
            </div>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Member"</th>
                            <th scope="col">"Subtenant"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        </section>
    }
    .into_any()
}

fn row(member: &MemberChoice, search: &str) -> impl IntoView + use<> {
    let MemberChoice { id, name, email, subtenant } = member.clone();
    let href = Place::of(Whose::User { search: search.to_owned(), member: Some(id) }).address();
    view! {
        <tr>
            <th scope="row" class="person">
                <a class="person-name" href=href>
                    {name}
                </a>
                <span class="sub">{email}</span>
            </th>
            <td data-label="Subtenant">{subtenant.unwrap_or_else(|| "–".to_owned())}</td>
        </tr>
    }
}
