//! What was used when, and the entries of the ledger behind it.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use domain::views::MemberChoice;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::{
        pages::usage_history::{content as history, ledger},
        usage_address,
    },
    domain::{
        history::{Breakdown, HistoryInput},
        input::{Code, Search},
    },
    service::UsageChoices,
};

/// A page about the past: what can be chosen, what was, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsagePage {
    /// The fields of the form, with what they start with.
    pub fields: UsageFields,
    /// What is wrong with what was asked, if something is.
    pub error: Option<AppError>,
    /// What came of it.
    pub html: Html,
}

/// The fields of the form about the past. Choices are what the form sends, and what people read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageFields {
    /// The meter.
    pub meter: Choice,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// What is told apart.
    pub by: Choice,
    /// The subtenant.
    pub subtenant: Choice,
    /// The operation.
    pub operation: Choice,
    /// The member whose usage is shown alone.
    pub member: Option<MemberChoice>,
    /// The id of the member as it was asked for.
    pub member_id: String,
    /// The zone that was asked for.
    pub zone: String,
    /// What was looked for in names and emails.
    pub search: String,
}

/// One of several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The one that was chosen.
    pub chosen: String,
    /// All of them.
    pub options: Vec<(String, String)>,
}

/// The page *Usage history*, by the query of its address.
#[server(prefix = "/actions", endpoint = "usage_history", output = Json)]
pub async fn usage_history(#[server(default)] query: String) -> Result<UsagePage, AppError> {
    let load = async {
        let (service, caller) = (service()?, caller()?);
        let (input, choices, fields) = asked(&query).await?;
        let found = match service.usage_history(&caller, &input).await {
            Ok(found) => Ok(history::history(&found, &input, &choices)),
            Err(error) => Err(AppError::from(error)),
        };
        page(fields, found, &input, &choices)
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// The page *Ledger*, by the query of its address.
#[server(prefix = "/actions", endpoint = "usage_ledger", output = Json)]
pub async fn usage_ledger(#[server(default)] query: String) -> Result<UsagePage, AppError> {
    let load = async {
        let (service, caller) = (service()?, caller()?);
        let (input, choices, fields) = asked(&query).await?;
        let cursor = usage_address::cursor(&query);
        let found = match service.usage_ledger(&caller, &input, cursor.as_deref()).await {
            Ok(found) => Ok(ledger::entries(&found, &input, &choices, cursor.is_some())),
            Err(error) => Err(AppError::from(error)),
        };
        page(fields, found, &input, &choices)
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// Lets all members see what others use, or no more than their roles do.
#[server(prefix = "/actions", endpoint = "share_usage")]
pub async fn share_usage(#[server(default)] shared: bool) -> Result<(), AppError> {
    service()?.share_usage(&caller()?, shared).await.map_err(answer_error)?;
    leptos_axum::redirect(&format!("{}?saved=usage-shared", usage_address::HISTORY));
    Ok(())
}

/// What was asked, what can be, and the form with both.
#[cfg(feature = "ssr")]
async fn asked(query: &str) -> Result<(HistoryInput, UsageChoices, UsageFields), AppError> {
    let (input, search) = (usage_address::read(query), usage_address::search(query));
    // Nobody has a name that long: it finds nobody.
    let wanted = Search::optional(&search).unwrap_or_default();
    let member = input.parse().ok().and_then(|query| query.filter.member.flatten());
    let choices = service()?.usage_choices(&caller()?, member, wanted.as_ref()).await?;
    let any = |what: &str| (String::new(), what.to_owned());
    let meters = choices.meters.iter().map(|meter| (meter.code.to_string(), meter.name.clone()));
    let by = Breakdown::ALL.map(|by| (by.code().to_owned(), history::by(by).to_owned()));
    let subtenants = choices.subtenants.iter().map(|one| (one.id.to_string(), one.name.clone()));
    let meter =
        if input.meter.is_empty() { Code::credits().to_string() } else { input.meter.clone() };
    let range = input.parse().ok().and_then(|query| query.range(choices.today).ok());
    let or = |typed: &str, day: Option<chrono::NaiveDate>| match day {
        Some(day) if typed.is_empty() => day.to_string(),
        _ => typed.to_owned(),
    };
    let fields = UsageFields {
        meter: Choice { chosen: meter, options: meters.collect() },
        from: or(&input.from, range.map(domain::history::DayRange::first)),
        to: or(&input.to, range.map(domain::history::DayRange::last)),
        by: Choice { chosen: input.by.clone(), options: by.to_vec() },
        subtenant: Choice {
            chosen: input.subtenant.clone(),
            options: std::iter::once(any("All")).chain(subtenants).collect(),
        },
        operation: Choice {
            chosen: input.operation.clone(),
            options: std::iter::once(any("All")).chain(choices.operations.clone()).collect(),
        },
        member: choices.member.clone(),
        member_id: input.member.clone(),
        zone: input.zone.clone(),
        search,
    };
    Ok((input, choices, fields))
}

/// The page with what was found; where what was asked can't be, the form says why.
#[cfg(feature = "ssr")]
fn page(
    fields: UsageFields,
    found: Result<Html, AppError>,
    input: &HistoryInput,
    choices: &UsageChoices,
) -> Result<UsagePage, AppError> {
    let choose = !fields.search.is_empty() && fields.member.is_none();
    match found {
        _ if choose => {
            Ok(UsagePage { html: history::members(input, choices), fields, error: None })
        }
        Ok(html) => Ok(UsagePage { fields, error: None, html }),
        Err(error) if error.field.as_deref() == Some("member") && input.member.is_empty() => {
            Ok(UsagePage { html: history::members(input, choices), fields, error: None })
        }
        Err(error) if error.is_invalid() => {
            Ok(UsagePage { fields, error: Some(error), html: Html::default() })
        }
        Err(error) => Err(error),
    }
}
