//! What operators did, for whoever operates.

use crate::{Operator, Result, Service, cursor, operators::one_more_than};
use chrono::{DateTime, Utc};
use domain::{
    console::{LogList, LogRow},
    period::TimeZone,
};
use serde::Serialize;
use serde_json::Value;
use store::{Whose, operators::LoggedEntry};
use utoipa::ToSchema;
use uuid::Uuid;

/// Entries of the log in one list.
const LISTED: usize = 50;

/// One thing that an operator did.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OperatorLogEntry {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// The email of who did it; `None`: it was done by the command line.
    pub operator: Option<String>,
    /// From where.
    pub ip: Option<String>,
    /// What, such as `plan.saved`.
    pub action: String,
    /// To what: a code, an id or an email.
    pub subject: String,
    /// How it was before.
    pub before: Option<Value>,
    /// How it is since.
    pub after: Option<Value>,
}

/// A part of what operators did, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OperatorLog {
    /// The part.
    pub entries: Vec<OperatorLogEntry>,
    /// Where older entries begin; `None`: there are none.
    pub next_cursor: Option<String>,
}

impl Service {
    /// What operators did, the newest first; `cursor` is where older entries begin.
    pub async fn operator_log(
        &self,
        _operator: &Operator,
        cursor: Option<&str>,
    ) -> Result<OperatorLog> {
        let before: Option<Uuid> = cursor.map(cursor::read).transpose()?;
        let mut transaction = self.store.read(Whose::Nobodys).await?;
        let mut found =
            store::operators::logged(&mut transaction, before, one_more_than(LISTED)).await?;
        let next_cursor = cursor::cut(&mut found, LISTED, |last| last.entry.id)?;
        Ok(OperatorLog { entries: found.into_iter().map(entry).collect(), next_cursor })
    }

    /// The same as the page *Log* shows it.
    pub async fn operator_log_page(
        &self,
        operator: &Operator,
        cursor: Option<&str>,
    ) -> Result<LogList> {
        let OperatorLog { entries, next_cursor } = self.operator_log(operator, cursor).await?;
        Ok(LogList { entries: entries.into_iter().map(row).collect(), next_cursor })
    }
}

fn entry(logged: LoggedEntry) -> OperatorLogEntry {
    let LoggedEntry { entry, recorded_at, email } = logged;
    OperatorLogEntry {
        id: entry.id,
        at: recorded_at,
        operator: email,
        ip: entry.ip,
        action: entry.action,
        subject: entry.subject,
        before: entry.before,
        after: entry.after,
    }
}

fn row(entry: OperatorLogEntry) -> LogRow {
    LogRow {
        id: entry.id.to_string(),
        at: TimeZone::UTC.local_text(entry.at),
        operator: entry.operator.unwrap_or_else(|| "Command line".to_owned()),
        ip: entry.ip,
        action: entry.action,
        subject: entry.subject,
        before: entry.before.map(|json| json.to_string()),
        after: entry.after.map(|json| json.to_string()),
    }
}
