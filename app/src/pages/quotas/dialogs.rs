//! The dialogs that make, change and delete a quota.

use super::{NEW_ID, Open, Place, Shown, grid::link_id, name_of};
use crate::{
    server_fns::quotas::{CreateQuota, DeleteQuota, EditQuota},
    ui::{Checkbox, Dialog, FormError, FormFooter, PostForm, SelectField, TextField, use_posting},
};
use domain::views::{Money, OpenQuota, QuotaRow, QuotaScope, QuotasPage};
use leptos::prelude::*;

/// The fields of every form about limits that show their errors themselves.
const FIELDS: &[&str] = &["subtenant", "daily", "monthly", "yearly"];

/// The dialog that the URL asks for, if the one who looks may do what it is for.
pub(super) fn dialog(shown: Shown<'_>, open: Option<Open>) -> Option<AnyView> {
    let Shown { data, place, .. } = shown;
    let refused = match open? {
        Open::Edit(_) => shown.refused(),
        Open::New | Open::Delete(_) => shown.refused_beyond_lowering(),
        Open::Budgets => return None,
    };
    if refused.is_some() {
        return None;
    }
    let current = data.open.as_ref().filter(|open| open.quota.in_force).cloned();
    let (data, place, close) = (data.clone(), place.clone(), place.address());
    match (open?, current) {
        (Open::New, _) => Some(
            view! {
                <Dialog title="New quota".to_owned() close opener=NEW_ID.to_owned()>
                    <NewForm data place />
                </Dialog>
            }
            .into_any(),
        ),
        (Open::Edit(id), Some(OpenQuota { quota, .. })) => {
            let verb = if data.restricted.is_some() { "Lower" } else { "Edit" };
            let title = format!("{verb} the quota of {}", name_of(&quota.scope));
            let opener = link_id("edit", id);
            Some(
                view! {
                    <Dialog title close opener>
                        <EditForm data quota place />
                    </Dialog>
                }
                .into_any(),
            )
        }
        (Open::Delete(id), Some(current)) => {
            let title = format!("Delete the quota of {}?", name_of(&current.quota.scope));
            let opener = link_id("delete", id);
            Some(
                view! {
                    <Dialog title close opener>
                        <DeleteForm current place />
                    </Dialog>
                }
                .into_any(),
            )
        }
        _ => None,
    }
}

#[component]
fn NewForm(
    /// The quotas of whom it is about.
    data: QuotasPage,
    /// Where to return to.
    place: Place,
) -> impl IntoView {
    let posting = use_posting::<CreateQuota>();
    let error = FormError::of(posting);
    let elsewhere = match data.scope {
        QuotaScope::Member(_) => "",
        QuotaScope::Organization | QuotaScope::Subtenant(_) => {
            " Another choice closes the one in force there."
        }
    };
    let closes = data.in_force.as_ref().map(|quota| {
        let (whose, limits) = (name_of(&quota.scope), &quota.summary);
        format!("Closes the quota in force on {whose}: {limits}.{elsewhere}")
    });
    let replaces = data.in_force.as_ref().map(|quota| quota.id.to_string());
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="back" value=place.address() />
            {replaces.map(|id| view! { <input type="hidden" name="replaces" value=id /> })}
            {scope_field(&data, error)}
            {closes.map(|text| view! { <p class="section-text">{text}</p> })}
            {limit_fields(&data, [None, None, None], error)}
            {no_restriction(error, false)}
            <FormFooter
                error
                fields=FIELDS
                pending=posting.pending()
                button="Create quota"
                reload=place.with("new", "1")
            />
        </PostForm>
    }
}

/// Whom a new quota limits: a choice for the organization and its subtenants, settled for a member.
fn scope_field(data: &QuotasPage, error: FormError) -> AnyView {
    let chosen = match &data.scope {
        QuotaScope::Member(member) => {
            return view! {
                <input type="hidden" name="member" value=member.id.to_string() />
                <p class="section-text">
                    {format!(
                        "It limits what {} spends. Quotas of their subtenant and of the whole \
                         organization hold as well.",
                        member.name,
                    )}
                </p>
            }
            .into_any();
        }
        QuotaScope::Subtenant(subtenant) => subtenant.id.to_string(),
        QuotaScope::Organization => String::new(),
    };
    let whole = (String::new(), "Whole organization: all subtenants and users".to_owned());
    let subtenants = data.subtenants.iter().map(|one| (one.id.to_string(), one.name.clone()));
    let options = std::iter::once(whole).chain(subtenants).collect();
    let value = error.text("subtenant", chosen);
    view! { <SelectField name="subtenant" label="Subtenant" options value error /> }.into_any()
}

#[component]
fn EditForm(
    /// The quotas of whom it is about.
    data: QuotasPage,
    /// The one that is changed.
    quota: QuotaRow,
    /// Where to return to.
    place: Place,
) -> impl IntoView {
    let posting = use_posting::<EditQuota>();
    let error = FormError::of(posting);
    let restricted = data.restricted.is_some();
    let lowering = data.restricted.as_ref().map(|lacks| {
        format!(
            "On the plan {} a limit can be lowered, but not raised or removed. This cannot be taken \
             back.",
            lacks.plan,
        )
    });
    let others = (!quota.others.is_empty())
        .then(|| format!("What programs have set stays: {}.", quota.others.join(", ")));
    let notes = [lowering, others.clone()].into_iter().flatten();
    let notes = notes.map(|note| view! { <p class="section-text">{note}</p> }).collect_view();
    let reload = place.with("edit", &quota.id.to_string());
    // The plan answers for itself, and a limit that stays is no lack of one.
    let may_be_empty = restricted || others.is_some();
    let unrestricted = !quota.limits_something();
    let saved = [quota.daily.clone(), quota.monthly.clone(), quota.yearly.clone()];
    view! {
        <PostForm posting class="form">
            {hidden(&quota, &place, error)}
            <input type="hidden" name="may_be_empty" value=may_be_empty.to_string() />
            {notes}
            {limit_fields(&data, saved, error)}
            {(!restricted).then(|| no_restriction(error, unrestricted))}
            <FormFooter error fields=FIELDS pending=posting.pending() button="Save" reload />
        </PostForm>
    }
}

#[component]
fn DeleteForm(
    /// The quota, and what is in force without it.
    current: OpenQuota,
    /// Where to return to.
    place: Place,
) -> impl IntoView {
    let posting = use_posting::<DeleteQuota>();
    let error = FormError::of(posting);
    let OpenQuota { quota, afterwards } = current;
    let afterwards = match afterwards {
        Some(before) => format!(
            "Afterwards the quota before it is in force again, since {}: {}.",
            before.from, before.summary,
        ),
        None => format!(
            "Afterwards there is no restriction on {} itself. Other quotas still hold.",
            name_of(&quota.scope),
        ),
    };
    let reload = place.with("delete", &quota.id.to_string());
    view! {
        <PostForm posting class="form">
            {hidden(&quota, &place, error)}
            <p>{format!("Its limits end now: {}.", quota.summary)}</p>
            <p>{afterwards}</p>
            <FormFooter error fields=&[] pending=posting.pending() button="Delete quota" reload />
        </PostForm>
    }
}

/// What every form about a quota that is there sends along.
fn hidden(quota: &QuotaRow, place: &Place, error: FormError) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="quota" value=quota.id.to_string() />
        <input type="hidden" name="version" value=error.version(quota.version) />
        <input type="hidden" name="back" value=place.address() />
    }
}

/// The three amounts.
fn limit_fields(
    data: &QuotasPage,
    saved: [Option<Money>; 3],
    error: FormError,
) -> impl IntoView + use<> {
    let [daily, monthly, yearly] = saved.map(|saved| saved.map(|money| money.typed));
    let value = |name: &str, saved: Option<String>| error.text(name, saved.unwrap_or_default());
    let daily_value = value("daily", daily);
    view! {
        <fieldset class="fieldset" aria-describedby="limits-hint">
            <legend>{format!("Limits in {}", data.currency)}</legend>
            <div class="field-row field-row-three">
                <TextField
                    name="daily"
                    label="Daily"
                    value=daily_value
                    autofocus=error.none_yet()
                    error
                />
                <TextField name="monthly" label="Monthly" value=value("monthly", monthly) error />
                <TextField name="yearly" label="Yearly" value=value("yearly", yearly) error />
            </div>
            <p class="field-hint" id="limits-hint">
                {format!(
                    "Amounts such as {}. Empty: no limit in that period. 0 allows nothing.",
                    data.example,
                )}
            </p>
        </fieldset>
    }
}

/// The answer to an empty form: that no restriction is meant.
fn no_restriction(error: FormError, saved: bool) -> impl IntoView {
    view! {
        <Checkbox
            name="unrestricted"
            label="No restriction"
            checked=error.checked("unrestricted", "true", saved)
            hint="Only for a quota without any limit. Other quotas still hold."
        />
    }
}
