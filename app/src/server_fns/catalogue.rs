//! Plans, the rate card and meters, as the operator's console shows and changes them.

#![expect(
    clippy::too_many_arguments,
    reason = "a form is posted flat: one argument for each of its fields"
)]

use super::json::Json;
use crate::error::AppError;
use domain::{console, input::Code};
use leptos::prelude::*;
use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, operator, service},
    domain::{
        amount::Amount,
        input::Invalid,
        plans::{
            MeterInput, OperationEdit, PlanEdit, PlanMeterLimit, parse_or_unlimited, parse_seats,
            parse_whole,
        },
    },
};

/// All plans, the smallest first.
#[server(prefix = "/actions", endpoint = "operator_plans", output = Json)]
pub async fn operator_plans() -> Result<Vec<console::PlanRow>, AppError> {
    service()?.plans(&operator()?).await.map_err(answer_error)
}

/// A plan with its limits.
#[server(prefix = "/actions", endpoint = "operator_plan", output = Json)]
pub async fn operator_plan(code: Code) -> Result<console::PlanDetail, AppError> {
    service()?.plan(&operator()?, &code).await.map_err(answer_error)
}

/// Changes a plan, or makes it where the version is 0. Limits and cap kinds are by the codes of
/// their meters.
#[server(prefix = "/actions", endpoint = "operator_save_plan")]
pub async fn operator_save_plan(
    code: String,
    version: i64,
    name: String,
    monthly_credits: String,
    #[server(default)] seats: String,
    #[server(default)] usage_quota_feature: bool,
    #[server(default)] limits: BTreeMap<String, String>,
    #[server(default)] caps: BTreeMap<String, String>,
) -> Result<(), AppError> {
    let typed = [
        ("code".to_owned(), code.clone()),
        ("name".to_owned(), name.clone()),
        ("monthly_credits".to_owned(), monthly_credits.clone()),
        ("seats".to_owned(), seats.clone()),
        ("usage_quota_feature".to_owned(), usage_quota_feature.to_string()),
    ];
    let typed = typed.into_iter().chain(typed_by_meter("limits", &limits));
    let typed: Vec<_> = typed.chain(typed_by_meter("caps", &caps)).collect();
    let save = async {
        let operator = operator()?;
        let code: Code = code.parse()?;
        let credits = parse_whole("monthly_credits", &monthly_credits)?;
        let edit = PlanEdit {
            name: Some(name.parse()?),
            monthly_credits: Some(Amount::parse("monthly_credits", credits)?),
            seats: Some(parse_seats(parse_or_unlimited("seats", &seats)?)?),
            usage_quota_feature: Some(usage_quota_feature),
            limits: plan_limits(&limits, &caps)?,
        };
        let saved = service()?.save_plan(&operator, &code, edit, Some(version)).await?;
        Ok::<_, AppError>(saved.row)
    };
    let saved = save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    let (code, version) = (saved.code, saved.version);
    leptos_axum::redirect(&format!("/operator/plans/{code}?saved=plan&version={version}"));
    Ok(())
}

/// Operations with their prices, and all meters.
#[server(prefix = "/actions", endpoint = "operator_rate_card", output = Json)]
pub async fn operator_rate_card() -> Result<console::RateCard, AppError> {
    service()?.rate_card(&operator()?).await.map_err(answer_error)
}

/// Changes an operation and its prices, or makes it where the version is 0. Prices are by the codes
/// of their meters; an empty one takes nothing.
#[server(prefix = "/actions", endpoint = "operator_save_operation")]
pub async fn operator_save_operation(
    code: String,
    version: i64,
    name: String,
    #[server(default)] prices: BTreeMap<String, String>,
) -> Result<(), AppError> {
    let typed = [("code".to_owned(), code.clone()), ("name".to_owned(), name.clone())];
    let typed: Vec<_> = typed.into_iter().chain(typed_by_meter("prices", &prices)).collect();
    let save = async {
        let operator = operator()?;
        let prices = prices.iter().map(|(meter, amount)| {
            let field = format!("prices[{meter}]");
            let amount = amount.trim();
            let amount = Some(amount).filter(|amount| !amount.is_empty());
            let amount = amount.map(|amount| amount_in(&field, amount)).transpose()?;
            Ok((meter.parse::<Code>()?, amount))
        });
        let prices = prices.collect::<Result<_, Invalid>>()?;
        let edit = OperationEdit { name: Some(name.parse()?), prices };
        service()?.save_operation(&operator, &code.parse()?, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect("/operator/rate-card?saved=rate-card");
    Ok(())
}

/// Gives a meter another name or unit, or makes it where the version is 0.
#[server(prefix = "/actions", endpoint = "operator_save_meter")]
pub async fn operator_save_meter(
    code: String,
    version: i64,
    name: String,
    unit: String,
    scale: String,
    kind: String,
) -> Result<(), AppError> {
    let typed = [
        ("code", code.clone()),
        ("name", name.clone()),
        ("unit", unit.clone()),
        ("scale", scale.clone()),
        ("kind", kind.clone()),
    ];
    let save = async {
        let operator = operator()?;
        let meter = MeterInput::parse(&name, &unit, parse_whole("scale", &scale)?, &kind)?;
        service()?.save_meter(&operator, &code.parse()?, meter, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect("/operator/rate-card?saved=meter");
    Ok(())
}

/// What was typed into the inputs of a form that there are one for each meter.
#[cfg(feature = "ssr")]
fn typed_by_meter(
    name: &str,
    values: &BTreeMap<String, String>,
) -> impl Iterator<Item = (String, String)> {
    values.iter().map(move |(meter, value)| (format!("{name}[{meter}]"), value.clone()))
}

#[cfg(feature = "ssr")]
fn amount_in(field: &str, text: &str) -> Result<Amount, Invalid> {
    let amount = parse_whole(field, text)?;
    Amount::parse("amount", amount).map_err(|invalid| invalid.at(field))
}

#[cfg(feature = "ssr")]
fn plan_limits(
    limits: &BTreeMap<String, String>,
    caps: &BTreeMap<String, String>,
) -> Result<BTreeMap<Code, PlanMeterLimit>, Invalid> {
    let limit = |(meter, text): (&String, &String)| {
        let field = format!("limits[{meter}]");
        let limit = parse_or_unlimited(&field, text)?;
        let limit = limit.map(|limit| Amount::parse("limit", limit)).transpose();
        let limit = limit.map_err(|invalid| invalid.at(field))?;
        let cap = caps.get(meter).map_or("hard", String::as_str).parse()?;
        Ok((meter.parse()?, PlanMeterLimit { limit, cap }))
    };
    limits.iter().map(limit).collect()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_by_their_meters() {
        let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(meter, text)| (meter.to_string(), text.to_string())).collect()
        };
        let limits = plan_limits(
            &of(&[("emails", "1,000"), ("storage", "")]),
            &of(&[("emails", "soft"), ("storage", "hard")]),
        );
        let limits = limits.unwrap();
        let shown = |meter: &str| {
            let limit = limits[&meter.parse().unwrap()];
            (limit.limit.map(Amount::get), limit.cap.code())
        };
        assert_eq!((shown("emails"), shown("storage")), ((Some(1_000), "soft"), (None, "hard")));
        let wrong = plan_limits(&of(&[("emails", "-1")]), &of(&[]));
        assert_eq!(wrong.unwrap_err().field, "limits[emails]");
    }
}
