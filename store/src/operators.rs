//! Those who run the installation: their one-time links, their keys, and the log of what they did.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::OperatorId,
    input::{Email, Name},
};
use serde_json::Value;
use uuid::Uuid;

/// An operator who may sign in.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Who.
    pub id: OperatorId,
    /// Their email.
    pub email: String,
    /// Their name.
    pub name: String,
    /// argon2id in PHC form; `None` until a password is set.
    pub password_hash: Option<String>,
}

struct Row {
    operator_id: Uuid,
    email: String,
    name: String,
    password_hash: Option<String>,
}

impl From<Row> for Operator {
    fn from(row: Row) -> Self {
        let Row { operator_id, email, name, password_hash } = row;
        Self { id: OperatorId(operator_id), email, name, password_hash }
    }
}

/// Adds an operator.
pub async fn insert(
    connection: &mut Connection,
    id: OperatorId,
    email: &Email,
    name: &Name,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO operators (operator_id, email, name, created_at) VALUES ($1, $2, $3, $4)",
        id.0,
        email.as_str(),
        name.as_str(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The operator with this email, unless they were disabled.
pub async fn by_email(connection: &mut Connection, email: &Email) -> Result<Option<Operator>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT operator_id, email, name, password_hash FROM operators
        WHERE email = $1 AND disabled_at IS NULL",
        email.as_str()
    );
    Ok(row.fetch_optional(connection).await?.map(Operator::from))
}

/// An operator, unless they were disabled.
pub async fn get(connection: &mut Connection, id: OperatorId) -> Result<Option<Operator>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT operator_id, email, name, password_hash FROM operators
        WHERE operator_id = $1 AND disabled_at IS NULL",
        id.0
    );
    Ok(row.fetch_optional(connection).await?.map(Operator::from))
}

/// Keeps an operator out from now on: sessions, keys and links.
pub async fn disable(
    connection: &mut Connection,
    id: OperatorId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("UPDATE operators SET disabled_at = $2 WHERE operator_id = $1", id.0, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Replaces an operator's password.
pub async fn set_password(connection: &mut Connection, id: OperatorId, hash: &str) -> Result<()> {
    sqlx::query!("UPDATE operators SET password_hash = $2 WHERE operator_id = $1", id.0, hash)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds a link that signs an operator in once.
pub async fn insert_link(
    connection: &mut Connection,
    token_hash: &[u8],
    id: OperatorId,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO operator_links (token_hash, operator_id, expires_at) VALUES ($1, $2, $3)",
        token_hash,
        id.0,
        expires_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Uses a link up: whom it signs in, if it is known, has not expired, and they may.
pub async fn take_link(
    connection: &mut Connection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<OperatorId>> {
    let id = sqlx::query_scalar!(
        "DELETE FROM operator_links l USING operators o
        WHERE l.token_hash = $1 AND l.expires_at > $2
            AND o.operator_id = l.operator_id AND o.disabled_at IS NULL
        RETURNING l.operator_id",
        token_hash,
        now
    );
    Ok(id.fetch_optional(connection).await?.map(OperatorId))
}

/// Removes the links that have expired at `now`.
pub async fn remove_expired_links(connection: &mut Connection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("DELETE FROM operator_links WHERE expires_at <= $1", now)
        .execute(connection)
        .await?;
    Ok(())
}

/// A key of an operator, to be added.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub operator: OperatorId,
    /// What it is for.
    pub name: String,
    /// What it is found by.
    pub prefix: String,
    /// The hash of its secret.
    pub secret_hash: Vec<u8>,
}

/// Adds a key.
pub async fn insert_key(
    connection: &mut Connection,
    key: &NewKey,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO operator_keys (operator_key_id, operator_id, name, prefix, secret_hash,
            created_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
        key.id,
        key.operator.0,
        key.name,
        key.prefix,
        &key.secret_hash,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The keys with this prefix that may be used: whose they are, and the hashes of their secrets.
pub async fn keys(connection: &mut Connection, prefix: &str) -> Result<Vec<(OperatorId, Vec<u8>)>> {
    let rows = sqlx::query!(
        "SELECT k.operator_id, k.secret_hash FROM operator_keys k JOIN operators o USING (operator_id)
        WHERE k.prefix = $1 AND k.revoked_at IS NULL AND o.disabled_at IS NULL LIMIT 10",
        prefix
    );
    let rows = rows.fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (OperatorId(row.operator_id), row.secret_hash)).collect())
}

/// One thing that an operator did.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Its id, in order of time.
    pub id: Uuid,
    /// Who; `None` is the command line.
    pub operator: Option<OperatorId>,
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

/// Records what an operator did, in the transaction that does it.
pub async fn log(connection: &mut Connection, entry: &LogEntry, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO operator_log (log_id, recorded_at, operator_id, ip, action, subject, before,
            after)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        entry.id,
        now,
        entry.operator.map(|operator| operator.0),
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

/// An entry of the log with its time and the operator's email.
#[derive(Clone, Debug)]
pub struct LoggedEntry {
    /// The entry.
    pub entry: LogEntry,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Who, by email.
    pub email: Option<String>,
}

/// Up to `size` entries, the newest first, those older than the entry `before`.
pub async fn logged(
    connection: &mut Connection,
    before: Option<Uuid>,
    size: i64,
) -> Result<Vec<LoggedEntry>> {
    let rows = sqlx::query!(
        r#"SELECT l.log_id, l.recorded_at, l.operator_id, l.ip, l.action, l.subject, l.before,
            l.after, o.email AS "email?"
        FROM operator_log l LEFT JOIN operators o USING (operator_id)
        WHERE $1::uuid IS NULL OR l.log_id < $1
        ORDER BY l.log_id DESC LIMIT $2"#,
        before,
        size
    )
    .fetch_all(connection)
    .await?;
    let entries = rows.into_iter().map(|row| LoggedEntry {
        recorded_at: row.recorded_at,
        email: row.email,
        entry: LogEntry {
            id: row.log_id,
            operator: row.operator_id.map(OperatorId),
            ip: row.ip,
            action: row.action,
            subject: row.subject,
            before: row.before,
            after: row.after,
        },
    });
    Ok(entries.collect())
}
