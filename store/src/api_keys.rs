//! API keys: found by their prefix, known only as a hash.

use crate::{Clock, Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    access::Scope,
    ids::{ApiKeyId, OrganizationId},
};

/// A key that may be used.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: ApiKeyId,
    /// The hash of its secret.
    pub secret_hash: Vec<u8>,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// Adds a key under the name `name`, found by `prefix`.
pub async fn insert(
    connection: &mut Connection,
    key: &ApiKey,
    name: &str,
    prefix: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let scopes: Vec<String> = key.scopes.iter().map(|scope| scope.code().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO api_keys (organization_id, api_key_id, name, prefix, secret_hash, scopes,
            created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        key.organization.0,
        key.id.0,
        name,
        prefix,
        &key.secret_hash,
        &scopes,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The keys with this prefix that are neither revoked nor expired.
pub async fn find(connection: &mut Connection, prefix: &str, clock: &Clock) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query!(
        "SELECT organization_id, api_key_id, secret_hash, scopes FROM api_keys
        WHERE prefix = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > COALESCE($2, now()))
        LIMIT 10",
        prefix,
        clock.set_to()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let scopes: Result<Vec<Scope>, _> = row.scopes.iter().map(|s| s.parse()).collect();
            Ok::<_, Error>(ApiKey {
                organization: OrganizationId(row.organization_id),
                id: ApiKeyId(row.api_key_id),
                secret_hash: row.secret_hash,
                scopes: scopes?,
            })
        })
        .collect()
}

/// The scopes of a key, unless it was revoked or has expired.
pub async fn scopes(
    connection: &mut Connection,
    id: OrganizationId,
    key: ApiKeyId,
    clock: &Clock,
) -> Result<Option<Vec<Scope>>> {
    let scopes = sqlx::query_scalar!(
        "SELECT scopes FROM api_keys
        WHERE organization_id = $1 AND api_key_id = $2 AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > COALESCE($3, now()))",
        id.0,
        key.0,
        clock.set_to()
    );
    let scopes = scopes.fetch_optional(connection).await?;
    let parsed = scopes.map(|scopes| scopes.iter().map(|scope| scope.parse()).collect());
    Ok(parsed.transpose()?)
}
