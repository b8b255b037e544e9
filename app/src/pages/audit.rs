//! `/audit`: who changed what, from what to what, when, from where.

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    navigation::address,
    server_fns::audit::audit_log,
    ui::{Filters, FormError, Notice, SelectField, TextField},
};
use domain::{
    access::Action,
    audit::{AuditEntry, AuditPage, AuditReach, FieldChange},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

const PATH: &str = "/audit";

/// What is looked for as it was typed, and where the older changes begin.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    search: String,
    kind: String,
    from: String,
    to: String,
    cursor: Option<String>,
}

impl Place {
    fn parse(query: &ParamsMap) -> Self {
        let [search, kind, from, to] =
            ["search", "kind", "from", "to"].map(|name| query.get(name).unwrap_or_default());
        Self { search, kind, from, to, cursor: query.get("cursor") }
    }

    fn filters(&self) -> bool {
        [&self.search, &self.kind, &self.from, &self.to].iter().any(|text| !text.is_empty())
    }

    /// What is looked for, at `path`, from `cursor` on.
    fn address(&self, path: &str, cursor: &str) -> String {
        let Self { search, kind, from, to, .. } = self;
        let filter = [("search", search), ("kind", kind), ("from", from), ("to", to)];
        let [search, kind, from, to] = filter.map(|(name, value)| (name, value.as_str()));
        address(path, &[search, kind, from, to, ("cursor", cursor)])
    }
}

/// Who changed what.
#[component]
pub(crate) fn AuditLogPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let place = Memo::new(move |_| query.with(Place::parse));
    let data = Resource::new_blocking(
        move || place.get(),
        |Place { search, kind, from, to, cursor }| audit_log(search, kind, from, to, cursor),
    );
    let content = move || {
        Suspend::new(async move {
            let content = async {
                let identity = who.allowed_to(Action::ViewAudit).await?;
                let reach = AuditReach::of(&identity.rights);
                let place = place.get_untracked();
                let (error, list) = match data.await {
                    Ok(data) => (FormError::none(), Some(list(&data, &place))),
                    // What was looked for can't be: the form says why, and takes something else.
                    Err(error) if error.is_invalid() => (FormError::given(error), None),
                    Err(error) => return Err(error.into()),
                };
                let page = view! { {head(&place, reach)} {filters(&place, reach, error)} {list} };
                Ok::<_, Refusal>(page.into_any())
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Audit log" />
        <Transition fallback=|| view! { <p class="loading">"Loading changes…"</p> }>
            {content}
        </Transition>
    }
}

fn head(place: &Place, reach: AuditReach) -> impl IntoView + use<> {
    let note = reach.note().map(|note| {
        view! {
            <Notice>
                <p>{note}</p>
            </Notice>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Audit log"</h1>
                <p class="page-sub">"Who changed what, from what to what, when, from where"</p>
            </div>
            <a
                class="button"
                href=place.address("/audit.csv", "")
                title="The newest 10,000 changes of those that you are looking for"
                rel="external"
                download
            >
                "Download CSV"
            </a>
        </div>
        {note}
    }
}

fn filters(place: &Place, reach: AuditReach, error: FormError) -> impl IntoView + use<> {
    let kinds = reach.kinds().iter().map(|kind| (kind.code().to_owned(), kind.to_string()));
    let options = std::iter::once((String::new(), "All changes".to_owned())).chain(kinds).collect();
    let clear = place.filters().then(|| PATH.to_owned());
    let Place { search, kind, from, to, .. } = place.clone();
    view! {
        <Filters path=PATH clear>
            <TextField name="search" label="Who or whom" kind="search" value=search error />
            <SelectField name="kind" label="Kind of change" options value=kind error />
            <TextField name="from" label="From day" kind="date" value=from error />
            <TextField name="to" label="To day" kind="date" value=to error />
        </Filters>
    }
}

fn list(data: &AuditPage, place: &Place) -> impl IntoView + use<> {
    let newest = place.cursor.is_some().then(|| {
        view! { <a class="button button-small" href=place.address(PATH, "")>"Newest"</a> }
    });
    let older = data.next_cursor.as_ref().map(|cursor| {
        view! { <a class="button button-small" href=place.address(PATH, cursor)>"Older"</a> }
    });
    let table = if data.entries.is_empty() {
        let text = if place.filters() || place.cursor.is_some() {
            "No change matches. Choose more days, or look for somebody else."
        } else {
            "Nothing to see yet. Every change of limits, members, quotas and passwords will be here."
        };
        view! { <p class="empty">{text}</p> }.into_any()
    } else {
        table(data).into_any()
    };
    view! {
        <section class="section" aria-label="Changes">
            {table}
            <nav class="paging" aria-label="Pages of the list">
                {newest}
                {older}
            </nav>
        </section>
    }
}

fn table(data: &AuditPage) -> impl IntoView + use<> {
    let rows = data.entries.iter().map(row).collect_view();
    view! {
        <div class="table-box">
            <table class="table table-log">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">{format!("When, in {}", data.zone)}</th>
                        <th scope="col">"From address"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(entry: &AuditEntry) -> impl IntoView + use<> {
    let changes = entry.changes.iter().map(change).collect_view();
    let detail =
        entry.actor.detail.clone().map(|detail| view! { <span class="sub">{detail}</span> });
    let ip = entry.ip.clone().unwrap_or_else(|| "–".to_owned());
    view! {
        <tr>
            <th scope="row">
                <span class="person-name">{entry.summary.clone()}</span>
                <ul class="changes">{changes}</ul>
            </th>
            <td data-label="Who">
                <span class="cell">{entry.actor.name.clone()} {detail}</span>
            </td>
            <td data-label="When" class="when">{entry.at_text.clone()}</td>
            <td data-label="From address"><span class="quiet">{ip}</span></td>
        </tr>
    }
}

fn change(change: &FieldChange) -> impl IntoView + use<> {
    let FieldChange { field, before, after } = change.clone();
    let before = before.map(|before| {
        view! {
            <del>{before}</del>
            ", now "
        }
    });
    view! {
        <li>
            <span class="change-field">{field}</span>
            " "
            {before}
            <ins>{after.unwrap_or_else(|| "none".to_owned())}</ins>
        </li>
    }
}
