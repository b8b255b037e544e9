//! Which events of past usage were imported: each once, for ever.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{ConsumptionId, OrganizationId},
    input::{EventId, EventSource},
};
use uuid::Uuid;

/// An event that was recorded.
#[derive(Clone, Debug)]
pub struct ImportedEvent {
    /// Who reported it.
    pub source: EventSource,
    /// Its id, unique for its source.
    pub id: EventId,
    /// What it is in the ledger.
    pub consumption: ConsumptionId,
}

/// Those of `events` that were imported.
pub async fn known(
    connection: &mut Connection,
    organization: OrganizationId,
    events: &[(EventSource, EventId)],
) -> Result<Vec<(EventSource, EventId)>> {
    let rows = sqlx::query!(
        "SELECT e.source, e.event_id
        FROM unnest($2::text[], $3::text[]) AS k (source, event_id), LATERAL (
            SELECT e.source, e.event_id FROM imported_events e
            WHERE e.organization_id = $1 AND e.source = k.source AND e.event_id = k.event_id LIMIT 1
        ) e",
        organization.0,
        &events.iter().map(|(source, _)| source.to_string()).collect::<Vec<String>>(),
        &events.iter().map(|(_, id)| id.to_string()).collect::<Vec<String>>()
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    rows.map(|row| Ok((row.source.parse()?, row.event_id.parse()?))).collect()
}

/// Remembers that `events` were imported. The organization must be locked.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    events: &[ImportedEvent],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO imported_events
            (organization_id, source, event_id, consumption_id, imported_at)
        SELECT $1, t.source, t.event_id, t.consumption, $2
        FROM unnest($3::text[], $4::text[], $5::uuid[]) AS t (source, event_id, consumption)",
        organization.0,
        now,
        &events.iter().map(|event| event.source.to_string()).collect::<Vec<String>>(),
        &events.iter().map(|event| event.id.to_string()).collect::<Vec<String>>(),
        &events.iter().map(|event| event.consumption.0).collect::<Vec<Uuid>>()
    )
    .execute(connection)
    .await?;
    Ok(())
}
