//! What members are told in the app.

use crate::{Connection, Result, events::Event};
use chrono::{DateTime, Utc};
use domain::ids::{EventId, MemberId, OrganizationId};
use uuid::Uuid;

/// Tells members of an event, each once.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    event: EventId,
    members: &[MemberId],
) -> Result<()> {
    let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    sqlx::query!(
        "INSERT INTO notifications (organization_id, member_id, event_id)
        SELECT $1, k.id, $2 FROM unnest($3::uuid[]) AS k (id)
        ON CONFLICT ON CONSTRAINT notifications_pkey DO NOTHING",
        organization.0,
        event.0,
        &members
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How many a member has not read.
pub async fn unread(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
) -> Result<i64> {
    let unread = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM notifications
        WHERE organization_id = $1 AND member_id = $2 AND read_at IS NULL"#,
        organization.0,
        member.0
    );
    Ok(unread.fetch_one(connection).await?)
}

/// What a member was told, newest first: up to `size` of those after `offset`, each with whether it is
/// read.
pub async fn page(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    offset: i64,
    size: i64,
) -> Result<Vec<(Event, bool)>> {
    let rows = sqlx::query!(
        r#"SELECT e.event_id, e.happened_at, e.news, n.read_at IS NOT NULL AS "read!"
        FROM notifications n JOIN events e USING (organization_id, event_id)
        WHERE n.organization_id = $1 AND n.member_id = $2
        ORDER BY n.event_id DESC OFFSET $3 LIMIT $4"#,
        organization.0,
        member.0,
        offset,
        size
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let event = Event::read(EventId(row.event_id), row.happened_at, row.news)?;
            Ok((event, row.read))
        })
        .collect()
}

/// How many a member was told.
pub async fn count(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM notifications
        WHERE organization_id = $1 AND member_id = $2"#,
        organization.0,
        member.0
    );
    Ok(count.fetch_one(connection).await?)
}

/// Notes that a member has read all that there is.
pub async fn set_read(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE notifications SET read_at = $3
        WHERE organization_id = $1 AND member_id = $2 AND read_at IS NULL",
        organization.0,
        member.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
