//! Channels by which teams and programs are told.

use crate::{Connection, Error, Result};
use domain::{
    channels::Carried,
    ids::{ChannelId, OrganizationId},
    notices::{ChannelKind, Language},
};
use uuid::Uuid;

/// A channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub kind: ChannelKind,
    /// Its address, encrypted.
    pub sealed_url: Vec<u8>,
    /// The secret by which it knows messages, encrypted; `None`: it asks for none.
    pub sealed_secret: Option<Vec<u8>>,
    /// What it carries.
    pub carried: Carried,
    /// In which it is written to.
    pub language: Language,
    /// Whether anything is sent to it.
    pub enabled: bool,
    /// Counts edits.
    pub version: i64,
}

struct Row {
    channel_id: Uuid,
    name: String,
    kind: String,
    sealed_url: Vec<u8>,
    sealed_secret: Option<Vec<u8>>,
    kinds: Vec<String>,
    levels: Vec<String>,
    language: String,
    enabled: bool,
    version: i64,
}

impl TryFrom<Row> for Channel {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: ChannelId(row.channel_id),
            name: row.name,
            kind: row.kind.parse()?,
            sealed_url: row.sealed_url,
            sealed_secret: row.sealed_secret,
            carried: Carried::parse(&row.kinds, &row.levels)?,
            language: row.language.parse()?,
            enabled: row.enabled,
            version: row.version,
        })
    }
}

/// What a channel carries, as it is stored.
fn codes(carried: &Carried) -> (Vec<String>, Vec<String>) {
    let kinds = carried.kinds().iter().map(|kind| kind.code().to_owned()).collect();
    let levels = carried.levels().iter().map(|level| level.code().to_owned()).collect();
    (kinds, levels)
}

/// Adds a channel.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    channel: &Channel,
) -> Result<()> {
    let (kinds, levels) = codes(&channel.carried);
    sqlx::query!(
        "INSERT INTO channels (organization_id, channel_id, name, kind, sealed_url, sealed_secret, kinds,
            levels, language, enabled, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        organization.0,
        channel.id.0,
        channel.name,
        channel.kind.code(),
        channel.sealed_url,
        channel.sealed_secret,
        &kinds,
        &levels,
        channel.language.code(),
        channel.enabled,
        channel.version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Saves all of a channel but its kind, which can't change.
pub async fn save(
    connection: &mut Connection,
    organization: OrganizationId,
    channel: &Channel,
) -> Result<()> {
    let (kinds, levels) = codes(&channel.carried);
    sqlx::query!(
        "UPDATE channels SET name = $3, sealed_url = $4, sealed_secret = $5, kinds = $6, levels = $7,
            language = $8, enabled = $9, version = $10
        WHERE organization_id = $1 AND channel_id = $2",
        organization.0,
        channel.id.0,
        channel.name,
        channel.sealed_url,
        channel.sealed_secret,
        &kinds,
        &levels,
        channel.language.code(),
        channel.enabled,
        channel.version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a channel, and all that was or is on its way to it.
pub async fn delete(
    connection: &mut Connection,
    organization: OrganizationId,
    id: ChannelId,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM channels WHERE organization_id = $1 AND channel_id = $2",
        organization.0,
        id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One channel.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    id: ChannelId,
) -> Result<Option<Channel>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT channel_id, name, kind, sealed_url, sealed_secret, kinds, levels, language, enabled,
            version
        FROM channels WHERE organization_id = $1 AND channel_id = $2",
        organization.0,
        id.0
    );
    row.fetch_optional(connection).await?.map(TryFrom::try_from).transpose()
}

/// Up to `size` channels by name.
pub async fn list(
    connection: &mut Connection,
    organization: OrganizationId,
    size: i64,
) -> Result<Vec<Channel>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT channel_id, name, kind, sealed_url, sealed_secret, kinds, levels, language, enabled,
            version
        FROM channels WHERE organization_id = $1 ORDER BY name LIMIT $2",
        organization.0,
        size
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}
