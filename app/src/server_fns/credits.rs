//! The organization's credits and members' limits.

#![expect(
    clippy::too_many_arguments,
    reason = "a form is posted flat: one argument for each of its fields"
)]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::fn_params_excessive_bools, reason = "one for each checkbox of a form")
)]

use super::json::Json;
use crate::error::AppError;
use domain::{
    ids::{ChangeId, MemberId},
    member_table::MemberQuery,
    views,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::{
        settings_form::{SettingsForm, day},
        table_address::TableAddress,
    },
    domain::{
        credits::CreditCap,
        input::{Code, Invalid},
        member_limits::{DefaultLimits, LimitChange},
    },
    service::{AskedDialog, LimitEdit},
};

/// The page *Quota Management*: which members its table shows, and what is edited: `settings`,
/// `defaults`, `distribute`, `several` of those `selected`, `found` for all that the table finds,
/// or the id of a member.
#[server(prefix = "/actions", endpoint = "quota_management", output = Json)]
pub async fn quota_management(
    #[server(default)] query: MemberQuery,
    #[server(default)] page: i64,
    #[server(default)] edit: String,
    #[server(default)] selected: Vec<MemberId>,
) -> Result<views::QuotaManagement, AppError> {
    let dialog = match edit.as_str() {
        "settings" => Some(AskedDialog::Settings),
        "defaults" => Some(AskedDialog::Defaults),
        "distribute" => Some(AskedDialog::Distribute),
        "several" => Some(AskedDialog::Several(selected)),
        "found" => Some(AskedDialog::AllFound),
        id => id.parse().ok().map(MemberId).map(AskedDialog::Member),
    };
    service()?.quota_management(&caller()?, query, page, dialog).await.map_err(answer_error)
}

/// Saves the credit settings. The dates count for a custom cycle only and the credit limit only
/// where one is wanted: a form without JavaScript sends the fields that it hides, too.
#[server(prefix = "/actions", endpoint = "save_credit_settings")]
pub async fn save_credit_settings(
    version: i64,
    cycle: String,
    #[server(default)] first_day: String,
    #[server(default)] last_day: String,
    #[server(default)] repeat: bool,
    limited: bool,
    #[server(default)] limit: String,
    #[server(default)] set_aside: bool,
    #[server(default)] packs_extend: bool,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let typed = [
        ("cycle", cycle.clone()),
        ("first_day", first_day.clone()),
        ("last_day", last_day.clone()),
        ("repeat", repeat.to_string()),
        ("limited", limited.to_string()),
        ("limit", limit.clone()),
        ("set_aside", set_aside.to_string()),
        ("packs_extend", packs_extend.to_string()),
    ];
    let form = SettingsForm {
        cycle,
        first_day,
        last_day,
        repeat,
        limited,
        limit,
        set_aside,
        packs_extend,
    };
    let save = async {
        let (caller, settings) = (caller()?, form.parse()?);
        service()?.save_credit_settings(&caller, settings, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&TableAddress::read(&back).with(&[("saved", "settings")]));
    Ok(())
}

/// Saves a member's credit limit, for good or until the end of a day, or takes it away, and returns
/// to the table.
#[server(prefix = "/actions", endpoint = "save_member_limit")]
pub async fn save_member_limit(
    member: MemberId,
    version: i64,
    #[server(default)] custom: bool,
    #[server(default)] limit: String,
    #[server(default)] temporary: bool,
    #[server(default)] last_day: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let typed = [
        ("custom", custom.to_string()),
        ("limit", limit.clone()),
        ("temporary", temporary.to_string()),
        ("last_day", last_day.clone()),
    ];
    let save = async {
        let caller = caller()?;
        let cap = custom.then(|| limit.parse::<CreditCap>()).transpose()?;
        let last_day = temporary.then(|| required_day("last_day", &last_day)).transpose()?;
        let change = LimitChange { cap, last_day };
        let saved = service()?.save_member_limit(&caller, member, change, Some(version)).await?;
        Ok::<_, AppError>(saved.1)
    };
    let change = save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    return_with(&back, "member", change);
    Ok(())
}

/// Saves a limit that was typed into the table: nothing shares the pool.
#[server(prefix = "/actions", endpoint = "save_cap")]
pub async fn save_cap(
    member: MemberId,
    version: i64,
    #[server(default)] limit: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let typed = [("member", member.to_string()), ("limit", limit.clone())];
    let save = async {
        let (caller, cap) = (caller()?, cap_or_pool(&limit)?);
        let change = LimitChange::lasting(cap);
        let saved = service()?.save_member_limit(&caller, member, change, Some(version)).await?;
        Ok::<_, AppError>(saved.1)
    };
    let change = save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    return_with(&back, "member", change);
    Ok(())
}

/// Saves one limit for several members: those given, or all that the table finds.
#[server(prefix = "/actions", endpoint = "save_member_limits")]
pub async fn save_member_limits(
    #[server(default)] members: Vec<MemberId>,
    #[server(default)] all_found: bool,
    #[server(default)] custom: bool,
    #[server(default)] limit: String,
    #[server(default)] temporary: bool,
    #[server(default)] last_day: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let typed = [
        ("custom", custom.to_string()),
        ("limit", limit.clone()),
        ("temporary", temporary.to_string()),
        ("last_day", last_day.clone()),
    ];
    let save = async {
        let (service, caller) = (service()?, caller()?);
        let cap = custom.then(|| limit.parse::<CreditCap>()).transpose()?;
        let last_day = temporary.then(|| required_day("last_day", &last_day)).transpose()?;
        let change = LimitChange { cap, last_day };
        let members = if all_found {
            service.members_found(&caller, &TableAddress::read(&back).query).await?
        } else {
            members
        };
        let edit = |member| LimitEdit { member, change, expected: None };
        let edits: Vec<LimitEdit> = members.into_iter().map(edit).collect();
        Ok::<_, AppError>(service.save_member_limits(&caller, &edits).await?.change_id)
    };
    let change = save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    return_with(&back, "members", change);
    Ok(())
}

/// Shares all there is out among the active members.
#[server(prefix = "/actions", endpoint = "distribute_evenly")]
pub async fn distribute_evenly(#[server(default)] back: String) -> Result<(), AppError> {
    let saved = service()?.distribute_evenly(&caller()?).await.map_err(answer_error)?;
    return_with(&back, "members", saved.change_id);
    Ok(())
}

/// Puts limits back to what they were before a change.
#[server(prefix = "/actions", endpoint = "undo_limits")]
pub async fn undo_limits(
    change: ChangeId,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    service()?.undo_limits(&caller()?, change).await.map_err(answer_error)?;
    leptos_axum::redirect(&TableAddress::read(&back).with(&[("saved", "undone")]));
    Ok(())
}

/// What a form says about new members with a job role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoleDefaultForm {
    /// The job role.
    pub code: String,
    /// The limit as typed: nothing for that of the organization, `pool` to share the pool.
    #[serde(default)]
    pub limit: String,
    /// Whether those who have the job role now get it, too.
    #[serde(default)]
    pub apply: bool,
}

/// Saves the limits that new members start with.
#[server(prefix = "/actions", endpoint = "save_default_limits")]
pub async fn save_default_limits(
    version: i64,
    #[server(default)] limit: String,
    #[server(default)] job_roles: Vec<RoleDefaultForm>,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let typed: Vec<(String, String)> = job_roles
        .iter()
        .flat_map(|role| {
            let apply = (format!("{}.apply", role.code), role.apply.to_string());
            [(role.code.clone(), role.limit.clone()), apply]
        })
        .chain([("limit".to_owned(), limit.clone())])
        .collect();
    let save = async {
        let apply = job_roles.iter().filter(|role| role.apply).map(|role| role.code.parse());
        let apply = apply.collect::<Result<Vec<Code>, _>>()?;
        let defaults = default_limits(&limit, &job_roles)?;
        let caller = caller()?;
        let saved =
            service()?.save_default_limits(&caller, defaults, &apply, Some(version)).await?;
        Ok::<_, AppError>(saved.1.change_id)
    };
    let change = save.await.map_err(|error| answer_error(AppError { typed, ..error }))?;
    return_with(&back, "defaults", change);
    Ok(())
}

/// Returns to the table, which says what was saved and offers to undo it.
#[cfg(feature = "ssr")]
fn return_with(back: &str, saved: &str, change: ChangeId) {
    let more = [("saved", saved), ("undo", &change.to_string())];
    leptos_axum::redirect(&TableAddress::read(back).with(&more));
}

/// A day that has to be given.
#[cfg(feature = "ssr")]
fn required_day(field: &'static str, text: &str) -> Result<chrono::NaiveDate, Invalid> {
    day(field, text)?.ok_or_else(|| Invalid::new(field, "is required"))
}

/// Reads a limit as people type it into a table: nothing shares the pool.
#[cfg(feature = "ssr")]
fn cap_or_pool(text: &str) -> Result<Option<CreditCap>, Invalid> {
    match text.trim().to_lowercase().as_str() {
        "" | "pool" => Ok(None),
        cap => cap.parse().map(Some),
    }
}

#[cfg(feature = "ssr")]
fn default_limits(limit: &str, roles: &[RoleDefaultForm]) -> Result<DefaultLimits, Invalid> {
    let own = roles.iter().filter(|role| !role.limit.trim().is_empty());
    let job_roles = own.map(|role| {
        let limit = cap_or_pool(&role.limit).map_err(|invalid| invalid.at(role.code.clone()))?;
        Ok((role.code.parse()?, limit))
    });
    let job_roles = job_roles.collect::<Result<_, Invalid>>()?;
    Ok(DefaultLimits { default: cap_or_pool(limit)?, job_roles })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn an_empty_cell_shares_the_pool() {
        assert_eq!(cap_or_pool(" "), Ok(None));
        assert_eq!(cap_or_pool("Pool"), Ok(None));
        assert_eq!(cap_or_pool("20%"), "20%".parse().map(Some));
        assert_eq!(cap_or_pool("many").unwrap_err().field, "limit");
    }

    #[test]
    fn a_job_role_left_empty_has_the_default_of_all() {
        let role = |code: &str, limit: &str| RoleDefaultForm {
            code: code.to_owned(),
            limit: limit.to_owned(),
            apply: false,
        };
        let roles = [role("sales", ""), role("sales_lead", "pool"), role("intern", "500")];
        let read = default_limits("10%", &roles).unwrap();
        assert_eq!(read.default, "10%".parse().ok());
        assert_eq!(read.of(&"sales".parse().unwrap()), read.default);
        assert_eq!(read.of(&"sales_lead".parse().unwrap()), None);
        assert_eq!(read.of(&"intern".parse().unwrap()), "500".parse().ok());
        let wrong = default_limits("", &[role("intern", "lots")]);
        assert_eq!(wrong.unwrap_err().field, "intern", "the field of the form");
    }
}
