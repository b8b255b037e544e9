//! Lanes: one way to one recipient, a channel or a member by email, with at most one message on it. Whoever
//! changes what waits on a lane holds its row, so that no message is forgotten.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{ChannelId, MemberId, OrganizationId},
    notices::ChannelKind,
};
use std::collections::HashMap;
use uuid::Uuid;

/// To whom a lane leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    /// A team or a program.
    Channel(ChannelId),
    /// A person, by email.
    Member(MemberId),
}

impl Recipient {
    /// The id of the lane: the channel's or the member's.
    pub fn id(self) -> Uuid {
        match self {
            Self::Channel(id) => id.0,
            Self::Member(id) => id.0,
        }
    }
}

/// A lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    /// Whose.
    pub organization: OrganizationId,
    /// Where to.
    pub recipient: Recipient,
}

/// A lane on which something is to be done.
#[derive(Clone, Copy, Debug)]
pub struct DueLane {
    /// The lane.
    pub lane: Lane,
    /// What a channel speaks; `None`: it leads to a person.
    pub kind: Option<ChannelKind>,
}

/// What is known of a lane.
#[derive(Clone, Debug, Default)]
pub struct LaneState {
    /// Messages that wait, up to [`COUNTED`].
    pub waiting: i64,
    /// Attempts in a row that failed.
    pub failures: u32,
    /// When it is tried next; `None`: nothing waits.
    pub due_at: Option<DateTime<Utc>>,
    /// When something arrived last.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When an attempt failed last.
    pub failed_at: Option<DateTime<Utc>>,
    /// Why.
    pub error: Option<String>,
}

/// More messages than that are not counted.
pub const COUNTED: i64 = 1_000;

/// Makes the lanes to `recipients` that are not there yet, holds them, and says that something waits. They
/// are locked in one order, so that two that do this at once don't wait for each other.
pub async fn wake(
    connection: &mut Connection,
    organization: OrganizationId,
    recipients: &[Recipient],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut recipients = recipients.to_vec();
    recipients.sort_unstable_by_key(|recipient| recipient.id());
    let ids: Vec<Uuid> = recipients.iter().map(|recipient| recipient.id()).collect();
    let people: Vec<bool> =
        recipients.iter().map(|recipient| matches!(recipient, Recipient::Member(_))).collect();
    sqlx::query!(
        "INSERT INTO lanes (organization_id, lane_id, channel_id, member_id, due_at, failures)
        SELECT $1, t.id, CASE WHEN NOT t.person THEN t.id END, CASE WHEN t.person THEN t.id END, $4, 0
        FROM unnest($2::uuid[], $3::boolean[]) WITH ORDINALITY AS t (id, person, place)
        ORDER BY t.place
        ON CONFLICT ON CONSTRAINT lanes_pkey DO UPDATE SET due_at = excluded.due_at
            WHERE lanes.due_at IS NULL",
        organization.0,
        &ids,
        &people,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes up to `size` lanes of all organizations on which something is due, longest due first: those to
/// people or those to channels, without those that are `busy` here. Until `until` nobody else takes them.
pub async fn take(
    connection: &mut Connection,
    to_people: bool,
    busy: &[Uuid],
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    size: i64,
) -> Result<Vec<DueLane>> {
    // One query for each, since each has an index of its own.
    if to_people {
        let rows = sqlx::query!(
            r#"WITH due AS MATERIALIZED (
                SELECT organization_id, lane_id FROM lanes
                WHERE member_id IS NOT NULL AND due_at <= $1 AND lane_id <> ALL($2)
                ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
            )
            UPDATE lanes l SET due_at = $3 FROM due
            WHERE l.organization_id = due.organization_id AND l.lane_id = due.lane_id
            RETURNING l.organization_id, l.lane_id"#,
            now,
            busy,
            until,
            size
        );
        let rows = rows.fetch_all(connection).await?.into_iter();
        return Ok(rows
            .map(|row| DueLane {
                lane: Lane {
                    organization: OrganizationId(row.organization_id),
                    recipient: Recipient::Member(MemberId(row.lane_id)),
                },
                kind: None,
            })
            .collect());
    }
    let rows = sqlx::query!(
        r#"WITH due AS MATERIALIZED (
            SELECT organization_id, lane_id FROM lanes
            WHERE member_id IS NULL AND due_at <= $1 AND lane_id <> ALL($2)
            ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
        )
        UPDATE lanes l SET due_at = $3 FROM due JOIN channels c
            ON c.organization_id = due.organization_id AND c.channel_id = due.lane_id
        WHERE l.organization_id = due.organization_id AND l.lane_id = due.lane_id
        RETURNING l.organization_id, l.lane_id, c.kind"#,
        now,
        busy,
        until,
        size
    );
    let lanes = rows.fetch_all(connection).await?.into_iter().map(|row| {
        Ok(DueLane {
            lane: Lane {
                organization: OrganizationId(row.organization_id),
                recipient: Recipient::Channel(ChannelId(row.lane_id)),
            },
            kind: Some(row.kind.parse()?),
        })
    });
    lanes.collect()
}

/// Holds a lane for as long as the transaction lasts: how many attempts in a row have failed. `None`: it
/// is gone.
pub async fn hold(connection: &mut Connection, lane: Lane) -> Result<Option<u32>> {
    let failures = sqlx::query_scalar!(
        "SELECT failures FROM lanes WHERE organization_id = $1 AND lane_id = $2 FOR UPDATE",
        lane.organization.0,
        lane.recipient.id()
    );
    let failures = failures.fetch_optional(connection).await?;
    Ok(failures.map(|failures| u32::try_from(failures).unwrap_or_default()))
}

/// Notes that something arrived.
pub async fn note_arrival(
    connection: &mut Connection,
    lane: Lane,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE lanes SET failures = 0, delivered_at = $3
        WHERE organization_id = $1 AND lane_id = $2",
        lane.organization.0,
        lane.recipient.id(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that an attempt failed and why, and how many have failed in a row.
pub async fn note_failure(
    connection: &mut Connection,
    lane: Lane,
    error: &str,
    failures: u32,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE lanes SET failures = $4, failed_at = $5, error = left($3, 500)
        WHERE organization_id = $1 AND lane_id = $2",
        lane.organization.0,
        lane.recipient.id(),
        error,
        i32::try_from(failures).unwrap_or(i32::MAX),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Says when there is something to do on a lane that is held: when the first message that waits is due,
/// and not before `earliest`. While a message is on it, it stays with whoever sends that.
pub async fn schedule(
    connection: &mut Connection,
    lane: Lane,
    earliest: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE lanes l SET due_at = (
            SELECT CASE WHEN min(d.due_at) IS NOT NULL THEN GREATEST(min(d.due_at), $3) END
            FROM deliveries d
            WHERE d.organization_id = $1 AND d.lane_id = $2 AND d.state = 'waiting')
        WHERE l.organization_id = $1 AND l.lane_id = $2 AND NOT EXISTS (
            SELECT FROM deliveries d
            WHERE d.organization_id = $1 AND d.lane_id = $2 AND d.state = 'sending')",
        lane.organization.0,
        lane.recipient.id(),
        earliest
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What is known of the lanes to channels; nothing was ever sent to those that are missing.
pub async fn states(
    connection: &mut Connection,
    organization: OrganizationId,
    channels: &[ChannelId],
) -> Result<HashMap<ChannelId, LaneState>> {
    let ids: Vec<Uuid> = channels.iter().map(|channel| channel.0).collect();
    let rows = sqlx::query!(
        r#"SELECT l.lane_id, l.failures, l.due_at, l.delivered_at, l.failed_at, l.error,
            w.waiting AS "waiting!"
        FROM unnest($2::uuid[]) AS k (id), LATERAL (
            SELECT * FROM lanes WHERE organization_id = $1 AND lane_id = k.id OFFSET 0
        ) l, LATERAL (
            SELECT count(*) AS waiting FROM (
                SELECT FROM deliveries
                WHERE organization_id = $1 AND lane_id = k.id AND state IN ('waiting', 'sending')
                LIMIT $3
            ) counted
        ) w"#,
        organization.0,
        &ids,
        COUNTED
    );
    let states = rows.fetch_all(connection).await?.into_iter().map(|row| {
        let state = LaneState {
            waiting: row.waiting,
            failures: u32::try_from(row.failures).unwrap_or_default(),
            due_at: row.due_at,
            delivered_at: row.delivered_at,
            failed_at: row.failed_at,
            error: row.error,
        };
        (ChannelId(row.lane_id), state)
    });
    Ok(states.collect())
}
