//! What people and programs are told of, recorded with what made it happen.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{EventId, OrganizationId},
    notices::{News, NewsKind},
};
use serde_json::Value;
use uuid::Uuid;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Which.
    pub id: EventId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub news: News,
}

impl Event {
    /// From the columns of a row.
    pub(crate) fn read(id: EventId, at: DateTime<Utc>, news: Value) -> Result<Self> {
        Ok(Self { id, at, news: serde_json::from_value(news)? })
    }
}

/// Records events of one moment.
pub async fn record(
    connection: &mut Connection,
    organization: OrganizationId,
    events: &[Event],
) -> Result<()> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.0).collect();
    let kinds: Vec<String> =
        events.iter().map(|event| event.news.kind().code().to_owned()).collect();
    let times: Vec<DateTime<Utc>> = events.iter().map(|event| event.at).collect();
    let news = events.iter().map(|event| serde_json::to_value(&event.news));
    let news: Vec<Value> = news.collect::<Result<_, _>>()?;
    sqlx::query!(
        "INSERT INTO events (organization_id, event_id, kind, happened_at, news)
        SELECT $1, t.* FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::jsonb[]) AS t",
        organization.0,
        &ids,
        &kinds,
        &times,
        &news
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Records what happens once only, by a name for that; `false`: it has happened.
pub async fn record_once(
    connection: &mut Connection,
    organization: OrganizationId,
    event: &Event,
    once: &str,
) -> Result<bool> {
    let recorded = sqlx::query!(
        "INSERT INTO events (organization_id, event_id, kind, happened_at, news, once)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT events_once_key DO NOTHING",
        organization.0,
        event.id.0,
        event.news.kind().code(),
        event.at,
        serde_json::to_value(&event.news)?,
        once
    )
    .execute(connection)
    .await?;
    Ok(recorded.rows_affected() > 0)
}

/// Whether what happens once has happened.
pub async fn happened(
    connection: &mut Connection,
    organization: OrganizationId,
    once: &str,
) -> Result<bool> {
    let happened = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM events WHERE organization_id = $1 AND once = $2) AS "happened!""#,
        organization.0,
        once
    );
    Ok(happened.fetch_one(connection).await?)
}

/// Events of all organizations of which nobody was told yet, oldest first, up to `size`.
pub async fn untold(
    connection: &mut Connection,
    size: i64,
) -> Result<Vec<(OrganizationId, EventId)>> {
    let rows = sqlx::query!(
        "SELECT organization_id, event_id FROM events WHERE told_at IS NULL
        ORDER BY happened_at LIMIT $1",
        size
    )
    .fetch_all(connection)
    .await?;
    let ids =
        rows.into_iter().map(|row| (OrganizationId(row.organization_id), EventId(row.event_id)));
    Ok(ids.collect())
}

/// Takes an event of which nobody was told yet, for as long as the transaction lasts; `None`: somebody
/// else has it, or it is told.
pub async fn take(
    connection: &mut Connection,
    organization: OrganizationId,
    event: EventId,
) -> Result<Option<Event>> {
    let row = sqlx::query!(
        "SELECT happened_at, news FROM events
        WHERE organization_id = $1 AND event_id = $2 AND told_at IS NULL FOR UPDATE SKIP LOCKED",
        organization.0,
        event.0
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Event::read(event, row.happened_at, row.news)).transpose()
}

/// Notes that it was worked out who is told of an event, and what is told: with names by now.
pub async fn set_told(
    connection: &mut Connection,
    organization: OrganizationId,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE events SET told_at = $3, news = $4 WHERE organization_id = $1 AND event_id = $2",
        organization.0,
        event.id.0,
        now,
        serde_json::to_value(&event.news)?
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An event.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    event: EventId,
) -> Result<Option<Event>> {
    let row = sqlx::query!(
        "SELECT happened_at, news FROM events WHERE organization_id = $1 AND event_id = $2",
        organization.0,
        event.0
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Event::read(event, row.happened_at, row.news)).transpose()
}

/// The newest events of one kind, up to `size`.
pub async fn newest(
    connection: &mut Connection,
    organization: OrganizationId,
    kind: NewsKind,
    size: i64,
) -> Result<Vec<Event>> {
    let rows = sqlx::query!(
        "SELECT event_id, happened_at, news FROM events
        WHERE organization_id = $1 AND kind = $2 AND told_at IS NOT NULL
        ORDER BY event_id DESC LIMIT $3",
        organization.0,
        kind.code(),
        size
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| Event::read(EventId(row.event_id), row.happened_at, row.news))
        .collect()
}

/// Removes events that happened before `before`, with what members were told of them, at most `size`;
/// how many.
pub async fn remove_older(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let removed = sqlx::query!(
        "DELETE FROM events WHERE ctid IN (
            SELECT ctid FROM events WHERE happened_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(removed.execute(connection).await?.rows_affected())
}
