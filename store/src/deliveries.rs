//! Deliveries: what one recipient is told of one event.

use crate::{
    Connection, Error, Result,
    events::Event,
    lanes::{Lane, Recipient},
};
use chrono::{DateTime, Utc};
use domain::{
    channels::DeliveryState,
    ids::{ChannelId, DeliveryId, EventId, MemberId, OrganizationId},
};
use uuid::Uuid;

/// Queues one delivery, by its id, for each recipient that has none of this event. Their lanes are there.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    event: EventId,
    deliveries: &[(DeliveryId, Recipient)],
    now: DateTime<Utc>,
) -> Result<()> {
    let ids: Vec<Uuid> = deliveries.iter().map(|(id, _)| id.0).collect();
    let lanes: Vec<Uuid> = deliveries.iter().map(|(_, recipient)| recipient.id()).collect();
    sqlx::query!(
        "INSERT INTO deliveries (organization_id, delivery_id, event_id, lane_id, state, queued_at,
            due_at, attempts)
        SELECT $1, t.id, $2, t.lane, 'waiting', $5, $5, 0
        FROM unnest($3::uuid[], $4::uuid[]) AS t (id, lane)
        ON CONFLICT ON CONSTRAINT deliveries_once DO NOTHING",
        organization.0,
        event.0,
        &ids,
        &lanes,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts back what was being sent on a lane when whoever sent it vanished: to be sent `again`, or given up
/// because it may have arrived.
pub async fn take_back(
    connection: &mut Connection,
    lane: Lane,
    again: bool,
    error: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let state = if again { DeliveryState::Waiting } else { DeliveryState::Undelivered };
    sqlx::query!(
        "UPDATE deliveries SET state = $3, error = $4, ended_at = $5
        WHERE organization_id = $1 AND lane_id = $2 AND state = 'sending'",
        lane.organization.0,
        lane.recipient.id(),
        state.code(),
        error,
        (!again).then_some(now)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A message on its way.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// Which.
    pub id: DeliveryId,
    /// Of what it tells.
    pub event: EventId,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// Puts the message that is due longest on its way; `None`: none is due on this lane.
pub async fn send_next(
    connection: &mut Connection,
    lane: Lane,
    now: DateTime<Utc>,
) -> Result<Option<Sending>> {
    let row = sqlx::query!(
        "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, tried_at = $3
        WHERE organization_id = $1 AND delivery_id = (
            SELECT delivery_id FROM deliveries
            WHERE organization_id = $1 AND lane_id = $2 AND state = 'waiting' AND due_at <= $3
            ORDER BY due_at, delivery_id LIMIT 1)
        RETURNING delivery_id, event_id, attempts",
        lane.organization.0,
        lane.recipient.id(),
        now
    );
    let row = row.fetch_optional(connection).await?;
    Ok(row.map(|row| Sending {
        id: DeliveryId(row.delivery_id),
        event: EventId(row.event_id),
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
    }))
}

/// Notes that a message arrived.
pub async fn set_delivered(
    connection: &mut Connection,
    organization: OrganizationId,
    id: DeliveryId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE deliveries SET state = 'delivered', ended_at = $3, error = NULL
        WHERE organization_id = $1 AND delivery_id = $2",
        organization.0,
        id.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that an attempt failed: it is tried again at `again`, or given up. `false`: somebody else has
/// seen to the message in the meantime.
pub async fn set_failed(
    connection: &mut Connection,
    organization: OrganizationId,
    sending: Sending,
    error: &str,
    again: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let state = if again.is_some() { DeliveryState::Waiting } else { DeliveryState::Undelivered };
    let done = sqlx::query!(
        "UPDATE deliveries SET state = $4, error = left($5, 500), due_at = COALESCE($6, due_at),
            ended_at = $7
        WHERE organization_id = $1 AND delivery_id = $2 AND state = 'sending' AND attempts = $3",
        organization.0,
        sending.id.0,
        i32::try_from(sending.attempts).unwrap_or(i32::MAX),
        state.code(),
        error,
        again,
        again.is_none().then_some(now)
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Gives up what has waited on a lane since before `since`.
pub async fn give_up(
    connection: &mut Connection,
    lane: Lane,
    error: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE deliveries SET state = 'undelivered', error = left($3, 500), ended_at = $5
        WHERE organization_id = $1 AND lane_id = $2 AND state = 'waiting' AND queued_at <= $4",
        lane.organization.0,
        lane.recipient.id(),
        error,
        since,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes everything that waits on a lane due.
pub async fn hasten(connection: &mut Connection, lane: Lane, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE deliveries SET due_at = $3
        WHERE organization_id = $1 AND lane_id = $2 AND state = 'waiting' AND due_at > $3",
        lane.organization.0,
        lane.recipient.id(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets a message that was given up wait once more, as if it was new; `false`: it was not given up.
pub async fn queue_again(
    connection: &mut Connection,
    organization: OrganizationId,
    id: DeliveryId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE deliveries SET state = 'waiting', queued_at = $3, due_at = $3, attempts = 0,
            ended_at = NULL
        WHERE organization_id = $1 AND delivery_id = $2 AND state = 'undelivered'",
        organization.0,
        id.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A delivery as lists show it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Of what it tells.
    pub event: Event,
    /// To whom.
    pub recipient: Recipient,
    /// Their name.
    pub name: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last.
    pub tried_at: Option<DateTime<Utc>>,
    /// When it is tried next, where it waits.
    pub due_at: DateTime<Utc>,
    /// When it arrived or was given up.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

struct Row {
    delivery_id: Uuid,
    event_id: Uuid,
    happened_at: DateTime<Utc>,
    news: serde_json::Value,
    lane_id: Uuid,
    channel_name: Option<String>,
    member_name: Option<String>,
    state: String,
    attempts: i32,
    tried_at: Option<DateTime<Utc>>,
    due_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    error: Option<String>,
}

impl TryFrom<Row> for Delivery {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let recipient = match row.member_name {
            Some(_) => Recipient::Member(MemberId(row.lane_id)),
            None => Recipient::Channel(ChannelId(row.lane_id)),
        };
        Ok(Self {
            id: DeliveryId(row.delivery_id),
            event: Event::read(EventId(row.event_id), row.happened_at, row.news)?,
            recipient,
            name: row.member_name.or(row.channel_name).unwrap_or_default(),
            state: row.state.parse()?,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            tried_at: row.tried_at,
            due_at: row.due_at,
            ended_at: row.ended_at,
            error: row.error,
        })
    }
}

/// Up to `size` deliveries in one of these states, newest first, those older than `before`.
pub async fn list(
    connection: &mut Connection,
    organization: OrganizationId,
    states: &[DeliveryState],
    before: Option<DeliveryId>,
    size: i64,
) -> Result<Vec<Delivery>> {
    let states: Vec<String> = states.iter().map(|state| state.code().to_owned()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT d.delivery_id, d.event_id, e.happened_at, e.news, d.lane_id,
            c.name AS "channel_name?", m.name AS "member_name?", d.state, d.attempts, d.tried_at,
            d.due_at, d.ended_at, d.error
        FROM (
            SELECT f.* FROM unnest($2::text[]) AS s (state), LATERAL (
                SELECT * FROM deliveries
                WHERE organization_id = $1 AND state = s.state COLLATE "C" AND delivery_id < $3
                ORDER BY delivery_id DESC LIMIT $4
            ) f ORDER BY f.delivery_id DESC LIMIT $4
        ) d
        JOIN events e ON e.organization_id = $1 AND e.event_id = d.event_id
        LEFT JOIN channels c ON c.organization_id = $1 AND c.channel_id = d.lane_id
        LEFT JOIN members m ON m.organization_id = $1 AND m.member_id = d.lane_id
        ORDER BY d.delivery_id DESC"#,
        organization.0,
        &states,
        before.map_or(Uuid::max(), |before| before.0),
        size
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// One delivery.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    id: DeliveryId,
) -> Result<Option<Delivery>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT d.delivery_id, d.event_id, e.happened_at, e.news, d.lane_id,
            c.name AS "channel_name?", m.name AS "member_name?", d.state, d.attempts, d.tried_at,
            d.due_at, d.ended_at, d.error
        FROM deliveries d
        JOIN events e ON e.organization_id = $1 AND e.event_id = d.event_id
        LEFT JOIN channels c ON c.organization_id = $1 AND c.channel_id = d.lane_id
        LEFT JOIN members m ON m.organization_id = $1 AND m.member_id = d.lane_id
        WHERE d.organization_id = $1 AND d.delivery_id = $2"#,
        organization.0,
        id.0
    );
    row.fetch_optional(connection).await?.map(TryFrom::try_from).transpose()
}

/// Removes up to `size` deliveries of all organizations that ended before `before`; how many.
pub async fn remove_ended(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM deliveries WHERE ctid IN (
            SELECT ctid FROM deliveries WHERE ended_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(done.execute(connection).await?.rows_affected())
}
