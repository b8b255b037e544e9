//! The organization's credits and members' limits.

#![expect(
    clippy::too_many_arguments,
    reason = "a form is posted flat: one argument for each of its fields"
)]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::fn_params_excessive_bools, reason = "one for each checkbox of a form")
)]

use crate::error::AppError;
use domain::{ids::MemberId, views};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::navigation::quota_management_address,
    domain::{
        credits::{CreditCap, CreditSettings, CreditSettingsInput},
        input::Invalid,
        period::CycleInput,
    },
};

/// The page *Quota Management*: which page of its table, and the member whose limit is edited.
#[server(prefix = "/actions", endpoint = "quota_management")]
pub async fn quota_management(
    #[server(default)] page: Option<i64>,
    #[server(default)] edit: Option<MemberId>,
) -> Result<views::QuotaManagement, AppError> {
    service()?.quota_management(&caller()?, page.unwrap_or(1), edit).await.map_err(answer_error)
}

/// The page *My Usage* of the one who asks.
#[server(prefix = "/actions", endpoint = "my_usage")]
pub async fn my_usage() -> Result<views::MyUsage, AppError> {
    service()?.my_usage(&caller()?).await.map_err(answer_error)
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
    let save = async {
        let input = CreditSettingsInput {
            cycle: cycle_input(cycle, &first_day, &last_day, repeat)?,
            limit: limited.then(|| whole_credits(&limit)).transpose()?,
            set_aside,
            packs_extend,
        };
        let (caller, settings) = (caller()?, CreditSettings::try_from(input)?);
        service()?.save_credit_settings(&caller, settings, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&quota_management_address(1, "saved=settings"));
    Ok(())
}

/// Saves a member's credit limit, or takes it away, and returns to the page of the table.
#[server(prefix = "/actions", endpoint = "save_member_limit")]
pub async fn save_member_limit(
    member: MemberId,
    version: i64,
    #[server(default)] custom: bool,
    #[server(default)] limit: String,
    #[server(default)] page: Option<i64>,
) -> Result<(), AppError> {
    let typed = [("custom", custom.to_string()), ("limit", limit.clone())];
    let save = async {
        let caller = caller()?;
        let cap = custom.then(|| limit.parse::<CreditCap>()).transpose()?;
        service()?.save_member_limit(&caller, member, cap, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&quota_management_address(page.unwrap_or(1), "saved=member"));
    Ok(())
}

#[cfg(feature = "ssr")]
fn cycle_input(
    kind: String,
    first_day: &str,
    last_day: &str,
    repeat: bool,
) -> Result<CycleInput, Invalid> {
    if kind != "custom" {
        return Ok(CycleInput { kind, ..CycleInput::default() });
    }
    let day = |field, text: &str| match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| Invalid::new(field, "must be a date such as 2026-11-30")),
    };
    Ok(CycleInput {
        kind,
        first_day: day("cycle.first_day", first_day)?,
        last_day: day("cycle.last_day", last_day)?,
        repeat: Some(repeat),
    })
}

/// Reads credits as people type them, by the rule for members' limits.
#[cfg(feature = "ssr")]
fn whole_credits(text: &str) -> Result<i64, Invalid> {
    match text.parse() {
        Ok(CreditCap::Credits { amount }) => Ok(amount.get()),
        _ => Err(Invalid::new("limit", "must be a number of credits such as 10,000")),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn credits_are_read_as_people_type_them() {
        assert_eq!(whole_credits(" 10,000 "), Ok(10_000));
        assert_eq!(whole_credits("0"), Ok(0));
        for bad in ["", "20%", "-1", "many"] {
            assert_eq!(whole_credits(bad).map_err(|e| e.field), Err("limit".into()), "{bad:?}");
        }
    }

    #[test]
    fn hidden_dates_are_left_out() {
        let monthly = cycle_input("monthly".into(), "2026-01-01", "nonsense", true).unwrap();
        assert_eq!((monthly.first_day, monthly.last_day), (None, None));
        let custom = |last_day| cycle_input("custom".into(), "2026-01-01", last_day, false);
        assert!(custom("2026-01-31").unwrap().last_day.is_some());
        assert_eq!(custom("nonsense").unwrap_err().field, "cycle.last_day");
    }
}
