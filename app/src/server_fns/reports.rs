//! The review of a month, and limits that fit what members used.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use domain::ids::MemberId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::{
        pages::reports::{month, reallocation as proposal},
        table_address::TableAddress,
        usage_address,
    },
    domain::{access::Action, amount::Amount, input::Invalid, reports::month_of},
};

/// The page *Reports*, by the query of its address: a month such as `2026-10`, or the last whole one.
#[server(prefix = "/actions", endpoint = "month_report", output = Json)]
pub async fn month_report(#[server(default)] query: String) -> Result<Html, AppError> {
    let load = async {
        let caller = caller()?;
        let month = usage_address::field(&query, "month").unwrap_or_default();
        let report = service()?.month_report(&caller, month_of(&month)?).await?;
        Ok(month::report(&report, caller.rights().allow(Action::EditMemberLimits)))
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// The page *Reallocation*: the table of proposed limits, as fields of a form.
#[server(prefix = "/actions", endpoint = "reallocation", output = Json)]
pub async fn reallocation() -> Result<Html, AppError> {
    let found = service()?.reallocation(&caller()?).await.map_err(answer_error)?;
    Ok(proposal::table(&found))
}

/// A member's new limit, as somebody has reviewed it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reviewed {
    /// Whose.
    pub member: MemberId,
    /// The version of the member that the page showed.
    pub version: i64,
    /// The limit in credits, as it was typed.
    #[serde(default)]
    pub limit: String,
    /// Whether they get it.
    #[serde(default)]
    pub apply: bool,
}

/// Gives members the limits that were reviewed.
#[server(prefix = "/actions", endpoint = "apply_reallocation")]
pub async fn apply_reallocation(#[server(default)] limits: Vec<Reviewed>) -> Result<(), AppError> {
    let save = async {
        let chosen = limits.iter().filter(|reviewed| reviewed.apply).map(|reviewed| {
            let invalid = || Invalid::new("limit", "must be a number of credits, such as 500");
            let typed: i64 = reviewed.limit.trim().parse().map_err(|_| invalid())?;
            let limit = Amount::parse("limit", typed)?;
            Ok((reviewed.member, limit, reviewed.version))
        });
        let chosen = chosen.collect::<Result<Vec<_>, Invalid>>()?;
        Ok::<_, AppError>(service()?.apply_reallocation(&caller()?, &chosen).await?.change_id)
    };
    let change = save.await.map_err(answer_error)?;
    let more = [("saved", "members"), ("undo", &change.to_string())];
    leptos_axum::redirect(&TableAddress::default().with(&more));
    Ok(())
}
