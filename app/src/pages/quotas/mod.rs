//! Limits on spend: `/settings/usage-quotas` for the organization and its subtenants, and
//! `/settings/user-quotas` for single members. Both show the same of whom they are about.

mod budgets;
mod cards;
mod dialogs;
mod grid;
mod place;
mod usage;
mod user;

pub(crate) use place::{Place, Whose};
pub(crate) use usage::UsageQuotasPage;
pub(crate) use user::UserQuotasPage;

use crate::{
    guard::needs,
    navigation::PLAN,
    ui::{Notice, Paging, format},
};
use domain::{
    access::{Action, Rights},
    ids::QuotaId,
    views::{QuotaScope, QuotasPage, WithoutFeature},
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use uuid::Uuid;

/// The link that opens the dialog for a new one.
const NEW_ID: &str = "new-quota";

/// The dialog that is open.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    New,
    Edit(QuotaId),
    Delete(QuotaId),
    Budgets,
}

impl Open {
    fn parse(query: &ParamsMap) -> Option<Self> {
        let id = |name| query.get_str(name)?.parse::<Uuid>().ok().map(QuotaId);
        let on = |name, open| query.get_str(name).map(|_| open);
        let of_none = on("new", Self::New).or_else(|| on("budgets", Self::Budgets));
        of_none.or_else(|| id("edit").map(Self::Edit)).or_else(|| id("delete").map(Self::Delete))
    }

    fn quota(self) -> Option<QuotaId> {
        match self {
            Self::New | Self::Budgets => None,
            Self::Edit(id) | Self::Delete(id) => Some(id),
        }
    }
}

/// What a page shows, and what its reader may do there.
#[derive(Clone, Copy)]
struct Shown<'a> {
    data: &'a QuotasPage,
    place: &'a Place,
    rights: &'a Rights,
}

impl Shown<'_> {
    /// Why quotas can't be changed, and who can.
    fn refused(&self) -> Option<String> {
        let action = match self.data.scope {
            QuotaScope::Organization | QuotaScope::Subtenant(_) => Action::EditUsageQuotas,
            QuotaScope::Member(_) => Action::EditUserQuotas,
        };
        (!self.rights.allow(action)).then(|| needs(action))
    }

    /// Why quotas can't be made or deleted: for that the plan counts, too.
    fn refused_beyond_lowering(&self) -> Option<String> {
        let lacks = |without: &WithoutFeature| {
            format!("The plan {} lets quotas only be lowered", without.plan)
        };
        self.refused().or_else(|| self.data.restricted.as_ref().map(lacks))
    }
}

/// The button that opens the dialog for a new quota.
fn new_link(shown: Shown<'_>) -> AnyView {
    match shown.refused_beyond_lowering() {
        None => view! {
            <a
                class="button button-primary"
                id=NEW_ID
                href=shown.place.with("new", "1")
                data-noscroll
            >
                "New quota"
            </a>
        }
        .into_any(),
        Some(reason) => {
            view! { <button class="button" title=reason disabled>"New quota"</button> }.into_any()
        }
    }
}

/// What was spent, what can still be, and the quotas that say so, with the dialog that is open.
fn quotas(shown: Shown<'_>, open: Option<Open>) -> AnyView {
    let Shown { data, place, rights } = shown;
    let restricted = data.restricted.as_ref().map(|lacks| plan_notice(data, lacks, rights));
    let grid = if data.rows.is_empty() {
        view! { <p class="empty">{empty(&data.scope)}</p> }.into_any()
    } else {
        grid::grid(shown).into_any()
    };
    let to = place.clone();
    view! {
        {restricted}
        {cards::cards(data)}
        <section class="section">
            <div class="section-head">
                <h2>"Quotas"</h2>
                <span class="sub">
                    {format!(
                        "{} · days, months and years begin at midnight in {}",
                        format::counted(data.total, "quota"),
                        data.zone,
                    )}
                </span>
            </div>
            {grid}
            <Paging
                page=data.page
                pages=data.pages
                address=move |page| Place { page, ..to.clone() }.address()
            />
        </section>
        {dialogs::dialog(shown, open)}
    }
    .into_any()
}

fn empty(scope: &QuotaScope) -> &'static str {
    match scope {
        QuotaScope::Organization => {
            "No quotas yet: nothing restricts what is spent. The first one limits it a day, a month \
             or a year, for everybody or for one subtenant."
        }
        QuotaScope::Subtenant(_) => {
            "No quotas on this subtenant yet. The first one limits what its members spend together; \
             quotas of the whole organization hold as well."
        }
        QuotaScope::Member(_) => {
            "No quotas on this member yet. The first one limits what they spend; quotas of their \
             subtenant and of the whole organization hold as well."
        }
    }
}

/// What the plan restricts, and what other plans would add.
fn plan_notice(
    data: &QuotasPage,
    lacks: &WithoutFeature,
    rights: &Rights,
) -> impl IntoView + use<> {
    let limit = data.in_force.as_ref().filter(|quota| quota.scope == QuotaScope::Organization);
    let to = limit.map(|quota| format!(" to {}", quota.summary)).unwrap_or_default();
    let text = format!(
        "The plan {} restricts spending{to}. Limits can be lowered, but not raised, deleted or \
         replaced, and what is lowered stays low.",
        lacks.plan,
    );
    let others = (!lacks.plans_with.is_empty()).then(|| {
        format!(
            "With {}, you set daily, monthly and yearly limits for the organization, its subtenants \
             and its users. ",
            lacks.plans_with.join(" or "),
        )
    });
    let link =
        rights.allow(Action::ViewCredits).then(|| view! { <a href=PLAN>"Compare plans"</a> });
    view! {
        <Notice>
            <p>{text}</p>
            <p>{others} {link}</p>
        </Notice>
    }
}

/// Whom quotas limit, as a part of a sentence.
fn name_of(scope: &QuotaScope) -> String {
    match scope {
        QuotaScope::Organization => "the whole organization".to_owned(),
        QuotaScope::Subtenant(subtenant) => subtenant.name.clone(),
        QuotaScope::Member(member) => member.name.clone(),
    }
}
