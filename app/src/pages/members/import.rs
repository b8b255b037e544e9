//! `/enterprise/members/import`: adds members from a list, after a look at what that would do.

use crate::{
    guard::{Refusal, Who, page_or_refusal},
    navigation::{MEMBER_IMPORT, MEMBERS},
    server_fns::members::{DraftMemberImport, ImportMembers, member_import},
    ui::{FormError, FormFooter, Notice, PostForm, StatusBadge, TextArea, format, use_posting},
};
use domain::{
    access::Action,
    ids::MemberImportId,
    views::members::{ImportDraft, ImportRow},
};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;
use wasm_bindgen_futures::JsFuture;

/// The largest file that is read, in bytes: the server takes no more.
const LARGEST: f64 = 1_048_576.0;

/// The list as text, or what importing it would do.
#[component]
pub(crate) fn MemberImportPage() -> impl IntoView {
    let who = Who::here();
    let query = use_query_map();
    let draft = Memo::new(move |_| -> Option<MemberImportId> {
        query.with(|query| query.get_str("draft")?.parse::<Uuid>().ok().map(MemberImportId))
    });
    let data = Resource::new_blocking(
        move || draft.get(),
        async |draft| match draft {
            Some(draft) => member_import(draft).await.map(Some),
            None => Ok(None),
        },
    );
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.allowed_to(Action::ManageMembers).await?;
                let draft = data.await?;
                Ok::<_, Refusal>(match draft {
                    Some(draft) => look(&draft).into_any(),
                    None => view! { <ListForm /> }.into_any(),
                })
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text="Import members" />
        <Transition fallback=|| view! { <p class="loading">"Checking the list…"</p> }>
            {content}
        </Transition>
    }
}

#[component]
fn ListForm() -> impl IntoView {
    let posting = use_posting::<DraftMemberImport>();
    let error = FormError::of(posting);
    let text = NodeRef::<html::Textarea>::new();
    let file = NodeRef::<html::Input>::new();
    let (refused, refuse) = signal(None::<&'static str>);
    let read = move |_| {
        let file = file.get_untracked().and_then(|input| input.files()?.item(0));
        let Some(file) = file else { return };
        if file.size() > LARGEST {
            refuse.set(Some("The file is larger than 1 MiB. Split it: 5,000 rows go at once."));
            return;
        }
        refuse.set(None);
        spawn_local(async move {
            let read = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
            match (read, text.get_untracked()) {
                (Some(read), Some(text)) => text.set_value(&read),
                _ => refuse.set(Some("The file could not be read. Paste its text instead.")),
            }
        });
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Import members"</h1>
                <p class="page-sub">"First a look at what would be done; nobody is added yet."</p>
            </div>
            <a class="button" href=MEMBERS>
                "Back to members"
            </a>
        </div>
        <div class="import">
            <PostForm posting class="form">
                <div class="field">
                    <label class="field-label" for="file">
                        "File"
                    </label>
                    <input
                        class="input"
                        id="file"
                        type="file"
                        accept=".csv,.tsv,.txt,text/csv"
                        aria-describedby="file-error"
                        node_ref=file
                        on:change=read
                    />
                    <p class="field-error" id="file-error" role="alert">
                        {refused}
                    </p>
                </div>
                <TextArea
                    name="csv"
                    label="List"
                    hint="Its first line names the columns. Up to 5,000 rows and 1 MiB; cells copied \
                          from a spreadsheet work as they are."
                    rows="14"
                    node=text
                    error
                />
                <FormFooter
                    error
                    fields=&["csv"]
                    pending=posting.pending()
                    button="Check the list"
                />
            </PostForm>
            {columns()}
        </div>
    }
}

/// What the columns mean.
fn columns() -> impl IntoView {
    let column = |name: &'static str, text: &'static str| {
        view! {
            <dt>
                <code>{name}</code>
            </dt>
            <dd>{text}</dd>
        }
    };
    view! {
        <section class="card" aria-label="Columns">
            <h2 class="card-title">"Columns, in any order"</h2>
            <dl class="pairs">
                {column("email", "Needed. With it they sign in.")}
                {column("name", "Needed.")}
                {column("job_role", "sales_lead, sales, intern, marketing, other; empty is other.")}
                {column("subtenant", "The name of a subtenant; empty is none.")}
                {column(
                    "roles",
                    "tenant_administrator, quota_administrator, subtenant_administrator, \
                     user_quota_administrator, member; several with semicolons; empty is member.",
                )}
                {column("external_id", "The name that another system has for them.")}
                {column("limit", "Their own credit limit, such as 500 or 20%; empty is no own.")}
                {column(
                    "status",
                    "active, or invited for those who are to get a link, which you make one by one \
                     afterwards; empty is active: they use credits at once, and need no invitation.",
                )}
            </dl>
        </section>
    }
}

/// What importing a list would do.
fn look(draft: &ImportDraft) -> impl IntoView + use<> {
    let possible = draft.is_possible();
    view! {
        <div class="page-head">
            <div>
                <h1>"Import members"</h1>
                <p class="page-sub">{summary(draft)}</p>
            </div>
            <a class="button" href=MEMBER_IMPORT>
                "Start over"
            </a>
        </div>
        {missing_seats(draft)}
        {(draft.errors_total > 0).then(|| errors(draft))}
        {(!draft.first.is_empty()).then(|| first(draft))}
        {if possible {
            view! { <ImportForm draft=draft.clone() /> }.into_any()
        } else {
            view! {
                <p class="section-text">
                    "Nothing is imported while anything is wrong: all of a list is added, or nothing. \
                     Correct it, and paste it once more."
                </p>
            }
                .into_any()
        }}
    }
}

fn summary(draft: &ImportDraft) -> String {
    let rows = format::counted(draft.rows, "new member");
    let seats = match draft.seats_free {
        Some(free) => format!(
            "{} needed, {} free",
            format::counted(draft.rows, "seat"),
            format::grouped(free)
        ),
        None => "seats are unlimited in the plan".to_owned(),
    };
    format!("{rows} · {seats} · kept until {}", draft.until.text)
}

fn missing_seats(draft: &ImportDraft) -> Option<impl IntoView + use<>> {
    let missing = draft.seats_missing();
    (missing > 0).then(|| {
        view! {
            <Notice>
                <p>
                    {format!(
                        "The plan lacks {}. Remove members, or import fewer.",
                        format::counted(missing, "seat"),
                    )}
                </p>
            </Notice>
        }
    })
}

fn errors(draft: &ImportDraft) -> impl IntoView + use<> {
    let rows = draft
        .errors
        .iter()
        .map(|error| {
            view! {
                <tr>
                    <th scope="row">{format!("Line {}", error.line)}</th>
                    <td data-label="Column">
                        <code>{error.column.clone()}</code>
                    </td>
                    <td data-label="What is wrong">{error.message.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    let listed = i64::try_from(draft.errors.len()).unwrap_or(i64::MAX);
    let rest = (draft.errors_total > listed)
        .then(|| format!("The first {} are listed.", format::grouped(listed)));
    view! {
        <section class="section">
            <h2>{format::counted(draft.errors_total, "error")}</h2>
            {rest.map(|rest| view! { <p class="section-text">{rest}</p> })}
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Line"</th>
                            <th scope="col">"Column"</th>
                            <th scope="col">"What is wrong"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

fn first(draft: &ImportDraft) -> impl IntoView + use<> {
    let rows = draft.first.iter().map(row).collect_view();
    view! {
        <section class="section">
            <h2>"The first of them"</h2>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Member"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Roles"</th>
                            <th scope="col">"Job role"</th>
                            <th scope="col">"Subtenant"</th>
                            <th scope="col" class="number">"Own limit"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

fn row(row: &ImportRow) -> impl IntoView + use<> {
    let or_none = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    let roles: Vec<String> = row.roles.iter().map(ToString::to_string).collect();
    view! {
        <tr>
            <th scope="row" class="person">
                <span class="person-name">{row.name.clone()}</span>
                <span class="sub">{row.email.clone()}</span>
            </th>
            <td data-label="Status">
                <StatusBadge status=row.status />
            </td>
            <td data-label="Roles">{roles.join(", ")}</td>
            <td data-label="Job role">{row.job_role.clone()}</td>
            <td data-label="Subtenant">{or_none(&row.subtenant)}</td>
            <td class="number" data-label="Own limit">
                {or_none(&row.limit)}
            </td>
        </tr>
    }
}

#[component]
fn ImportForm(
    /// What is imported.
    draft: ImportDraft,
) -> impl IntoView {
    let posting = use_posting::<ImportMembers>();
    let error = FormError::of(posting);
    let button = format!("Import {}", format::counted(draft.rows, "member"));
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="draft" value=draft.id.to_string() />
            <FormFooter error fields=&[] pending=posting.pending() button />
        </PostForm>
    }
}
