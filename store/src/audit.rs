//! The audit log: who changed what, from what to what, when, from where.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::ids::OrganizationId;
use serde_json::{Value, json};
use uuid::Uuid;

/// One change.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// Its id, in order of time.
    pub id: Uuid,
    /// `member`, `api_key` or `operator`.
    pub actor_kind: &'static str,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// From where.
    pub ip: Option<String>,
    /// What was done, such as `member.credit_limit.set`.
    pub action: &'static str,
    /// To what it was done.
    pub subject: Uuid,
    /// How it was before.
    pub before: Option<Value>,
    /// How it is now.
    pub after: Option<Value>,
}

/// Records a change, in the transaction that makes it.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    entry: &AuditEntry,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO audit_log (organization_id, audit_id, recorded_at, actor_kind, actor_id, ip,
            action, subject_id, before, after)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        organization.0,
        entry.id,
        now,
        entry.actor_kind,
        entry.actor_id,
        entry.ip,
        entry.action,
        entry.subject,
        entry.before,
        entry.after
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Records changes that belong together, in the transaction that makes them.
pub async fn insert_together(
    connection: &mut Connection,
    organization: OrganizationId,
    change: Uuid,
    entries: &[AuditEntry],
    now: DateTime<Utc>,
) -> Result<()> {
    let entries: Value = entries
        .iter()
        .map(|entry| {
            json!({
                "audit_id": entry.id, "actor_kind": entry.actor_kind, "actor_id": entry.actor_id,
                "ip": entry.ip, "action": entry.action, "subject_id": entry.subject,
                "before": entry.before, "after": entry.after,
            })
        })
        .collect();
    sqlx::query!(
        "INSERT INTO audit_log (organization_id, audit_id, recorded_at, actor_kind, actor_id, ip,
            action, subject_id, before, after, change_id)
        SELECT $1, e.audit_id, $2, e.actor_kind, e.actor_id, e.ip, e.action, e.subject_id,
            e.before, e.after, $3
        FROM jsonb_to_recordset($4) AS e (audit_id uuid, actor_kind text, actor_id uuid, ip text,
            action text, subject_id uuid, before jsonb, after jsonb)",
        organization.0,
        now,
        change,
        entries
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was recorded of one change.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// `member`, `api_key` or `operator`.
    pub actor_kind: String,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// How it was before.
    pub before: Option<Value>,
    /// How it was after.
    pub after: Option<Value>,
}

/// What was recorded of `change` under `action`.
pub async fn of_change(
    connection: &mut Connection,
    organization: OrganizationId,
    change: Uuid,
    action: &str,
) -> Result<Vec<Recorded>> {
    let rows = sqlx::query_as!(
        Recorded,
        "SELECT recorded_at, actor_kind, actor_id, before, after FROM audit_log
        WHERE organization_id = $1 AND change_id = $2 AND action = $3 ORDER BY audit_id",
        organization.0,
        change,
        action
    );
    Ok(rows.fetch_all(connection).await?)
}
