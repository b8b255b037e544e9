//! `/operator/organizations/{id}`: one customer, and what the operator can do for them.

mod dialogs;
mod packs;
mod plan;

use crate::{
    guard::{Refusal, WhoOperates, console_page},
    navigation::ORGANIZATIONS,
    server_fns::directory::{operator_created, operator_organization},
    ui::{Bar, Card, Figure, Notice, OrganizationBadge, format},
};
use domain::{
    console::{OrganizationDetail, OrganizationPage as Data, OrganizationStatus},
    ids::OrganizationId,
    input::{Code, Invalid},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

/// What the operator is about to do.
#[derive(Clone, Copy, PartialEq)]
enum Doing {
    Rename,
    Grant,
    Suspend,
    Resume,
}

impl Doing {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "name" => Some(Self::Rename),
            "pack" => Some(Self::Grant),
            "suspend" => Some(Self::Suspend),
            "resume" => Some(Self::Resume),
            _ => None,
        }
    }
}

/// The address of an organization's page, with more of the query.
fn address(id: OrganizationId, query: &str) -> String {
    format!("{ORGANIZATIONS}/{id}{query}")
}

/// One customer, and what the operator can do for them.
#[component]
pub(crate) fn OrganizationPage() -> impl IntoView {
    let who = WhoOperates::here();
    let (params, query) = (use_params_map(), use_query_map());
    let id = move || params.with(|params| params.get_str("id")?.parse::<Uuid>().ok());
    let plan = move || query.with(|query| query.get_str("plan")?.parse::<Code>().ok());
    let doing =
        Memo::new(move |_| query.with(|query| query.get_str("edit").and_then(Doing::parse)));
    let created = Memo::new(move |_| query.with(|query| query.get_str("created").is_some()));
    // Loaded again when a dialog opens or closes: something may have been saved.
    let shown = Memo::new(move |_| (id(), plan(), doing.get()));
    let data = Resource::new_blocking(
        move || shown.get(),
        async |(id, plan, _)| match id {
            Some(id) => operator_organization(OrganizationId(id), plan).await,
            None => Err(Invalid::new("id", "is no organization’s").into()),
        },
    );
    let secrets = Resource::new_blocking(
        move || created.get(),
        async |created| if created { operator_created().await } else { Ok(None) },
    );
    let content = move || {
        let doing = doing.get();
        Suspend::new(async move {
            let content = async {
                who.anyone().await?;
                Ok::<_, Refusal>(content(&data.await?, secrets.await?, doing))
            };
            console_page(content.await)
        })
    };
    view! {
        <Title text="Organization" />
        <Transition fallback=|| view! { <p class="loading">"Loading the organization…"</p> }>
            {content}
        </Transition>
    }
}

fn content(data: &Data, secrets: Option<(String, String)>, doing: Option<Doing>) -> AnyView {
    let organization = &data.organization;
    let row = &organization.row;
    view! {
        <div class="page-head">
            <div>
                <p class="page-sub"><a href=ORGANIZATIONS>"Organizations"</a></p>
                <h1>{row.name.clone()}</h1>
                <p class="page-sub">
                    <OrganizationBadge status=row.status />
                    {format!(" · {} plan", row.plan_name)}
                </p>
            </div>
            {actions(organization)}
        </div>
        {secrets.map(|(link, key)| created(link, key))}
        {warnings(organization)}
        {cards(organization)}
        {plan::section(data)}
        {packs::section(data)}
        {facts(organization)}
        {doing.map(|doing| dialogs::dialog(organization, doing))}
    }
    .into_any()
}

fn actions(organization: &OrganizationDetail) -> impl IntoView + use<> {
    let id = organization.row.id;
    let (edit, label) = match organization.row.status {
        OrganizationStatus::Active => ("suspend", "Suspend"),
        OrganizationStatus::Suspended => ("resume", "Resume"),
    };
    view! {
        <div class="page-actions">
            <a class="button" id="edit-name" href=address(id, "?edit=name") data-noscroll>
                "Rename"
            </a>
            <a class="button" id="edit-status" href=address(id, &format!("?edit={edit}")) data-noscroll>
                {label}
            </a>
        </div>
    }
}

/// What the operator hands over to the customer.
fn created(link: String, key: String) -> impl IntoView {
    view! {
        <section class="card secrets" aria-label="For the customer">
            <h2 class="card-title">"For the customer: copy this now, it is shown only once"</h2>
            <dl class="pairs">
                <dt>"Sign-in link"</dt>
                <dd class="code">{link}</dd>
                <dt>"API key"</dt>
                <dd class="code">{key}</dd>
            </dl>
            <p class="card-text">
                "The link signs the administrator in once, within a day. The key has every scope."
            </p>
        </section>
    }
}

fn warnings(organization: &OrganizationDetail) -> impl IntoView + use<> {
    let suspended = organization.row.status == OrganizationStatus::Suspended;
    let suspended = suspended.then(|| {
        view! {
            <Notice>
                <p>"Suspended: nobody of this organization can sign in, and every request is refused."</p>
            </Notice>
        }
    });
    let above = organization.enterprise_limit.filter(|_| organization.limit_above_pool);
    let above = above.map(|limit| {
        let text = format!(
            "The organization’s own limit of {} is more than its plan provides. It stays, and what \
             the plan grants is what limits usage.",
            format::counted(limit, "credit"),
        );
        view! { <Notice><p>{text}</p></Notice> }
    });
    view! {
        {suspended}
        {above}
    }
}

fn cards(organization: &OrganizationDetail) -> impl IntoView + use<> {
    let row = &organization.row;
    let (used, allowance) = (row.allowance_used, row.allowance);
    let seats_used = organization.seats_used;
    let seats = organization.seats.map(|seats| {
        view! { <Bar label="Seats used" used=seats_used total=seats /> }
    });
    let included = match organization.seats {
        Some(seats) => format!("{} in the plan.", format::counted(seats, "seat")),
        None => "Seats are unlimited in the plan.".to_owned(),
    };
    let extra = organization.extra_credits;
    view! {
        <div class="cards">
            <Card title="Monthly plan credits">
                <Figure value=used unit="used this month" />
                <Bar label="Monthly plan credits used" used total=allowance />
                <p class="card-text">
                    {format!("{} granted each billing month.", format::counted(allowance, "credit"))}
                </p>
            </Card>
            <Card title="Extra credits">
                <Figure value=extra unit="credits left" />
                <p class="card-text">"In packs that have not ended."</p>
            </Card>
            <Card title="Seats">
                <Figure value=seats_used unit="used" />
                {seats}
                <p class="card-text">{included}</p>
            </Card>
        </div>
    }
}

fn facts(organization: &OrganizationDetail) -> impl IntoView + use<> {
    let limit = organization.enterprise_limit;
    let limit = limit.map_or("None".to_owned(), |limit| format::counted(limit, "credit"));
    let pairs = [
        ("Id", organization.row.id.to_string()),
        ("Members", format::grouped(organization.row.members)),
        ("Own credit limit", limit),
        ("Time zone", organization.time_zone.clone()),
        ("Currency", organization.currency.clone()),
        ("Made", organization.created.clone()),
    ];
    let pairs = pairs.map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> });
    view! {
        <section class="section">
            <h2>"About it"</h2>
            <div class="card"><dl class="pairs">{pairs.collect_view()}</dl></div>
        </section>
    }
}
