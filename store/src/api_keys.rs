//! API keys: found by their prefix, known only as a hash.

use crate::{Clock, Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    access::KeyRights,
    api_keys::KeyState,
    ids::{ApiKeyId, OrganizationId, SubtenantId},
    input::Invalid,
    quotas::Maker,
};
use uuid::Uuid;

/// A key as it is administered: all of it but the secret.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// The part of it that finds it.
    pub prefix: String,
    /// What it may do.
    pub rights: KeyRights,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused; `None` has no end.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused because somebody wants that; `None`: nobody does.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last, within a minute or two; `None`: never.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Who made it.
    pub made_by: Maker,
    /// The key that it was made to replace.
    pub replaces: Option<ApiKeyId>,
    /// Counts edits.
    pub version: i64,
}

struct Row {
    api_key_id: Uuid,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    subtenant_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    made_by_kind: String,
    made_by: Option<Uuid>,
    replaces: Option<Uuid>,
    version: i64,
}

impl TryFrom<Row> for ApiKey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: ApiKeyId(row.api_key_id),
            name: row.name,
            prefix: row.prefix,
            rights: key_rights(&row.scopes, row.subtenant_id)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            made_by: Maker { kind: row.made_by_kind, id: row.made_by },
            replaces: row.replaces.map(ApiKeyId),
            version: row.version,
        })
    }
}

fn key_rights(scopes: &[String], subtenant: Option<Uuid>) -> Result<KeyRights, Invalid> {
    let scopes: Result<_, Invalid> = scopes.iter().map(|scope| scope.parse()).collect();
    Ok(KeyRights { scopes: scopes?, subtenant: subtenant.map(SubtenantId) })
}

/// Adds a key, whose secret has this hash.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    key: &ApiKey,
    secret_hash: &[u8],
) -> Result<()> {
    let scopes: Vec<String> =
        key.rights.scopes.iter().map(|scope| scope.code().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO api_keys (organization_id, api_key_id, name, prefix, secret_hash, scopes,
            subtenant_id, created_at, expires_at, made_by_kind, made_by, replaces, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        organization.0,
        key.id.0,
        key.name,
        key.prefix,
        secret_hash,
        &scopes,
        key.rights.subtenant.map(|subtenant| subtenant.0),
        key.created_at,
        key.expires_at,
        key.made_by.kind,
        key.made_by.id,
        key.replaces.map(|replaced| replaced.0),
        key.version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what can be changed of a key: its name, when it ends, and its version.
pub async fn save(
    connection: &mut Connection,
    organization: OrganizationId,
    key: &ApiKey,
) -> Result<()> {
    sqlx::query!(
        "UPDATE api_keys SET name = $3, expires_at = $4, revoked_at = $5, version = $6
        WHERE organization_id = $1 AND api_key_id = $2",
        organization.0,
        key.id.0,
        key.name,
        key.expires_at,
        key.revoked_at,
        key.version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One key, whatever its state.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    key: ApiKeyId,
) -> Result<Option<ApiKey>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT api_key_id, name, prefix, scopes, subtenant_id, created_at, expires_at, revoked_at,
            last_used_at, made_by_kind, made_by, replaces, version
        FROM api_keys WHERE organization_id = $1 AND api_key_id = $2",
        organization.0,
        key.0
    );
    row.fetch_optional(connection).await?.map(TryInto::try_into).transpose()
}

/// Which keys are asked for, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Only those in this state.
    pub state: Option<KeyState>,
    /// Only those that were made before this one.
    pub before: Option<ApiKeyId>,
    /// How many are wanted.
    pub size: i64,
}

/// The keys that are wanted, in the state that they have at `now`.
pub async fn list(
    connection: &mut Connection,
    organization: OrganizationId,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT api_key_id, name, prefix, scopes, subtenant_id, created_at, expires_at, revoked_at,
            last_used_at, made_by_kind, made_by, replaces, version
        FROM api_keys
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR api_key_id < $2)
            AND ($3::text IS NULL OR $3 = CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
                WHEN expires_at <= $4 THEN 'expired' ELSE 'active' END)
        ORDER BY api_key_id DESC LIMIT $5",
        organization.0,
        wanted.before.map(|before| before.0),
        wanted.state.map(KeyState::code),
        now,
        wanted.size
    );
    rows.fetch_all(connection).await?.into_iter().map(TryInto::try_into).collect()
}

/// How many keys can be used at `now`.
pub async fn count_active(
    connection: &mut Connection,
    organization: OrganizationId,
    now: DateTime<Utc>,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM api_keys
        WHERE organization_id = $1 AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > $2)"#,
        organization.0,
        now
    );
    Ok(count.fetch_one(connection).await?)
}

/// A key that may be used, and whose it is.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its organization.
    pub organization: OrganizationId,
    /// Whether the operator has suspended that.
    pub suspended: bool,
    /// Its id.
    pub id: ApiKeyId,
    /// The hash of its secret.
    pub secret_hash: Vec<u8>,
    /// What it may do.
    pub rights: KeyRights,
}

/// The keys with this prefix that are neither revoked nor expired.
pub async fn find(connection: &mut Connection, prefix: &str, clock: &Clock) -> Result<Vec<Holder>> {
    let rows = sqlx::query!(
        r#"SELECT k.organization_id, k.api_key_id, k.secret_hash, k.scopes, k.subtenant_id,
            o.status = 'suspended' AS "suspended!"
        FROM api_keys k JOIN organizations o ON o.organization_id = k.organization_id
        WHERE k.prefix = $1 AND k.revoked_at IS NULL
            AND (k.expires_at IS NULL OR k.expires_at > COALESCE($2, now()))
        LIMIT 10"#,
        prefix,
        clock.set_to()
    )
    .fetch_all(connection)
    .await?;
    let found = rows.into_iter().map(|row| {
        Ok(Holder {
            organization: OrganizationId(row.organization_id),
            suspended: row.suspended,
            id: ApiKeyId(row.api_key_id),
            secret_hash: row.secret_hash,
            rights: key_rights(&row.scopes, row.subtenant_id)?,
        })
    });
    found.collect()
}

/// What a key allows, unless it was revoked or has expired.
pub async fn rights(
    connection: &mut Connection,
    id: OrganizationId,
    key: ApiKeyId,
    clock: &Clock,
) -> Result<Option<KeyRights>> {
    let row = sqlx::query!(
        "SELECT scopes, subtenant_id FROM api_keys
        WHERE organization_id = $1 AND api_key_id = $2 AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > COALESCE($3, now()))",
        id.0,
        key.0,
        clock.set_to()
    );
    let row = row.fetch_optional(connection).await?;
    Ok(row.map(|row| key_rights(&row.scopes, row.subtenant_id)).transpose()?)
}

/// Writes down that keys were used a moment ago. It waits for nobody: of a key that somebody writes at
/// this moment it leaves that to the next time.
pub async fn note_uses(
    connection: &mut Connection,
    keys: &[(OrganizationId, ApiKeyId)],
    now: DateTime<Utc>,
) -> Result<()> {
    let (organizations, keys): (Vec<Uuid>, Vec<Uuid>) =
        keys.iter().map(|(organization, key)| (organization.0, key.0)).unzip();
    sqlx::query!(
        "WITH free AS MATERIALIZED (
            SELECT k.organization_id, k.api_key_id
            FROM unnest($1::uuid[], $2::uuid[]) AS u (organization_id, api_key_id), LATERAL (
                SELECT k.organization_id, k.api_key_id FROM api_keys k
                WHERE k.organization_id = u.organization_id AND k.api_key_id = u.api_key_id
                    AND (k.last_used_at IS NULL OR k.last_used_at < $3)
                FOR NO KEY UPDATE SKIP LOCKED
            ) k
        )
        UPDATE api_keys k SET last_used_at = $3 FROM free
        WHERE k.organization_id = free.organization_id AND k.api_key_id = free.api_key_id",
        &organizations,
        &keys,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
