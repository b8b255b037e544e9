//! `/operator/organizations`: the customers of the installation.

use super::new_organization::NewOrganization;
use crate::{
    guard::{Refusal, WhoOperates, console_page},
    navigation::ORGANIZATIONS,
    server_fns::{catalogue::operator_plans, directory::operator_organizations},
    ui::{Bar, LiveForm, OrganizationBadge, filter, format},
};
use domain::console::{
    OrganizationFilter, OrganizationList, OrganizationRow, OrganizationStatus, PlanRow,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

/// The customers of the installation.
#[component]
pub(crate) fn OrganizationsPage() -> impl IntoView {
    let who = WhoOperates::here();
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(filter_of));
    let new = Memo::new(move |_| query.with(|query| query.get_str("new").is_some()));
    let list = Resource::new_blocking(move || filter.get(), operator_organizations);
    let plans = Resource::new_blocking(|| (), |()| operator_plans());
    let content = move || {
        let (filter, new) = (filter.get(), new.get());
        Suspend::new(async move {
            let content = async {
                who.anyone().await?;
                Ok::<_, Refusal>(content(&list.await?, &plans.await?, &filter, new))
            };
            console_page(content.await)
        })
    };
    view! {
        <Title text="Organizations" />
        <Transition fallback=|| view! { <p class="loading">"Loading organizations…"</p> }>
            {content}
        </Transition>
    }
}

/// The filter that an address names. What can't be one filters nothing.
fn filter_of(query: &ParamsMap) -> OrganizationFilter {
    let text = |name| query.get(name).filter(|text| !text.is_empty());
    OrganizationFilter {
        search: text("search"),
        status: text("status").and_then(|status| status.parse().ok()),
        plan: text("plan").and_then(|plan| plan.parse().ok()),
        cursor: text("after"),
    }
}

/// The address of the list with this filter, from `cursor` on.
fn address(filter: &OrganizationFilter, cursor: Option<&str>) -> String {
    let mut query = ParamsMap::new();
    let mut insert = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            query.insert(name, value);
        }
    };
    insert("search", filter.search.clone());
    insert("status", filter.status.map(|status| status.code().to_owned()));
    insert("plan", filter.plan.as_ref().map(ToString::to_string));
    insert("after", cursor.map(str::to_owned));
    format!("{ORGANIZATIONS}{}", query.to_query_string())
}

fn content(
    list: &OrganizationList,
    plans: &[PlanRow],
    filter: &OrganizationFilter,
    new: bool,
) -> AnyView {
    let rows = list.organizations.iter().map(row).collect_view();
    let table = if list.organizations.is_empty() {
        view! { <p class="empty">{empty(filter)}</p> }.into_any()
    } else {
        table(rows).into_any()
    };
    let plans = plans.iter().map(|plan| (plan.code.to_string(), plan.name.clone()));
    let plans: Vec<(String, String)> = plans.collect();
    let dialog = new.then(|| view! { <NewOrganization plans=plans.clone() /> });
    view! {
        <div class="page-head">
            <div>
                <h1>"Organizations"</h1>
                <p class="page-sub">"The customers of this installation."</p>
            </div>
            <a
                class="button button-primary"
                id="new-organization"
                href=format!("{ORGANIZATIONS}?new")
                data-noscroll
            >
                "New organization"
            </a>
        </div>
        {filters(filter, plans.clone())}
        {table}
        {paging(list, filter)}
        {dialog}
    }
    .into_any()
}

fn empty(filter: &OrganizationFilter) -> &'static str {
    if *filter == OrganizationFilter::default() {
        "No organizations yet. Make the first."
    } else {
        "No organization is like this. Change the filter, or search for something else."
    }
}

/// What it filters by is in the address.
fn filters(of: &OrganizationFilter, plans: Vec<(String, String)>) -> impl IntoView + use<> {
    let statuses = [OrganizationStatus::Active, OrganizationStatus::Suspended];
    let statuses = statuses.map(|status| (status.code().to_owned(), status.to_string()));
    let search = of.search.clone().unwrap_or_default();
    let status = of.status.map(OrganizationStatus::code).unwrap_or_default();
    let plan = of.plan.as_ref().map(ToString::to_string).unwrap_or_default();
    view! {
        <LiveForm action=ORGANIZATIONS label="Find organizations">
            <input
                class="input filters-search"
                type="search"
                name="search"
                value=search
                placeholder="Name, a member’s email, or an id"
                aria-label="Search organizations"
                maxlength="200"
                autocomplete="off"
            />
            {filter("status", "Status", "Any status", statuses.to_vec(), status)}
            {filter("plan", "Plan", "Any plan", plans, &plan)}
        </LiveForm>
    }
}

fn table(rows: impl IntoView + 'static) -> impl IntoView {
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Organization"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Plan"</th>
                        <th scope="col" class="number">"Members"</th>
                        <th scope="col" class="number">"Used this month"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(row: &OrganizationRow) -> impl IntoView + use<> {
    let used =
        format!("{} of {}", format::grouped(row.allowance_used), format::grouped(row.allowance));
    view! {
        <tr>
            <th scope="row" class="person">
                <a class="person-name" href=format!("{ORGANIZATIONS}/{}", row.id)>{row.name.clone()}</a>
            </th>
            <td data-label="Status"><OrganizationBadge status=row.status /></td>
            <td data-label="Plan">{row.plan_name.clone()}</td>
            <td class="number" data-label="Members">{format::grouped(row.members)}</td>
            <td class="number" data-label="Used this month">
                {used}
                <Bar label="Monthly credits used" used=row.allowance_used total=row.allowance short=true />
            </td>
        </tr>
    }
}

fn paging(list: &OrganizationList, filter: &OrganizationFilter) -> Option<impl IntoView + use<>> {
    let first = filter.cursor.is_some().then(|| {
        view! { <a class="button button-small" href=address(filter, None)>"From the start"</a> }
    });
    let next = list.next_cursor.as_deref().map(|cursor| {
        view! { <a class="button button-small" href=address(filter, Some(cursor))>"Next"</a> }
    });
    (first.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="paging" aria-label="Pages of the table">
                {first}
                {next}
            </nav>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_in_the_address() {
        let mut query = ParamsMap::new();
        query.insert("search", "A & B".to_owned());
        query.insert("status", "suspended".to_owned());
        query.insert("plan", "NOT A CODE".to_owned());
        let filter = filter_of(&query);
        assert_eq!((filter.search.as_deref(), filter.plan.as_ref()), (Some("A & B"), None));
        let address = address(&filter, None);
        assert!(address.starts_with("/operator/organizations?"), "{address}");
        assert!(address.contains("status=suspended") && !address.contains("A & B"), "{address}");
    }
}
