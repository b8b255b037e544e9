//! The audit log: who changed what, from what to what, when, from where.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::ids::OrganizationId;
use serde_json::Value;
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
