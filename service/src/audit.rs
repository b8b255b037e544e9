use crate::{Actor, Caller, Operator, Result};
use chrono::{DateTime, Utc};
use domain::ids::{ChangeId, OrganizationId};
use serde::Serialize;
use serde_json::Value;
use store::{Connection, audit::AuditEntry, operators::LogEntry};
use uuid::Uuid;

/// What a use case changed.
pub(crate) struct Change<'a, T> {
    /// Such as `member.credit_limit.set`.
    pub action: &'static str,
    /// To what it was done.
    pub subject: Uuid,
    /// How it was before.
    pub before: Option<&'a T>,
    /// How it is now.
    pub after: Option<&'a T>,
}

/// Writes `change` into the audit log of the caller's organization.
pub(crate) async fn record<T: Serialize>(
    connection: &mut Connection,
    caller: &Caller,
    change: Change<'_, T>,
    now: DateTime<Utc>,
) -> Result<()> {
    let entry = entry(caller, &change)?;
    Ok(store::audit::insert(connection, caller.organization, &entry, now).await?)
}

/// The same for several that belong together.
pub(crate) async fn record_together<'a, T: Serialize + 'a>(
    connection: &mut Connection,
    caller: &Caller,
    id: ChangeId,
    changes: impl Iterator<Item = Change<'a, T>>,
    now: DateTime<Utc>,
) -> Result<()> {
    let entries: Result<Vec<AuditEntry>> = changes.map(|change| entry(caller, &change)).collect();
    let organization = caller.organization;
    Ok(store::audit::insert_together(connection, organization, id.0, &entries?, now).await?)
}

/// Who calls, as the audit log names them.
pub(crate) fn actor(caller: &Caller) -> (&'static str, Option<Uuid>) {
    match caller.actor {
        Actor::Member(member) => ("member", Some(member.0)),
        Actor::ApiKey(key) => ("api_key", Some(key.0)),
    }
}

fn entry<T: Serialize>(caller: &Caller, change: &Change<'_, T>) -> Result<AuditEntry> {
    let (actor_kind, actor_id) = actor(caller);
    Ok(AuditEntry {
        id: Uuid::now_v7(),
        actor_kind,
        actor_id,
        ip: caller.ip.map(|ip| ip.to_string()),
        action: change.action,
        subject: change.subject,
        before: json(change.before)?,
        after: json(change.after)?,
    })
}

/// Writes what an operator did to an organization into its audit log and into the log of operators.
pub(crate) async fn record_operator<T: Serialize>(
    connection: &mut Connection,
    operator: &Operator,
    organization: OrganizationId,
    change: Change<'_, T>,
    now: DateTime<Utc>,
) -> Result<()> {
    let entry = AuditEntry {
        id: Uuid::now_v7(),
        actor_kind: "operator",
        actor_id: operator.id.map(|id| id.0),
        ip: operator.ip.map(|ip| ip.to_string()),
        action: change.action,
        subject: change.subject,
        before: json(change.before)?,
        after: json(change.after)?,
    };
    store::audit::insert(connection, organization, &entry, now).await?;
    let subject = organization.to_string();
    log_operator(connection, operator, &subject, change.action, (change.before, change.after), now)
        .await
}

/// Writes what an operator did to `subject`, a code, an id or an email, into the log of operators.
pub(crate) async fn log_operator<T: Serialize>(
    connection: &mut Connection,
    operator: &Operator,
    subject: &str,
    action: &str,
    (before, after): (Option<&T>, Option<&T>),
    now: DateTime<Utc>,
) -> Result<()> {
    let entry = LogEntry {
        id: Uuid::now_v7(),
        operator: operator.id,
        ip: operator.ip.map(|ip| ip.to_string()),
        action: action.to_owned(),
        subject: subject.to_owned(),
        before: json(before)?,
        after: json(after)?,
    };
    Ok(store::operators::log(connection, &entry, now).await?)
}

fn json<T: Serialize>(value: Option<&T>) -> Result<Option<Value>, store::Error> {
    Ok(value.map(serde_json::to_value).transpose()?)
}
