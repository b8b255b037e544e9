//! Invitations: links that let somebody join, known only as hashes.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{InvitationId, MemberId, OrganizationId, UserId},
    members::InvitationEnd,
    views::MemberStatus,
};

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Its id.
    pub id: InvitationId,
    /// Who is invited.
    pub member: MemberId,
    /// The hash of what the link ends with.
    pub token_hash: Vec<u8>,
    /// Who invites; `None` is a program.
    pub invited_by: Option<MemberId>,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// An invitation with whom and what it is about.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its organization.
    pub organization: OrganizationId,
    /// The organization's name.
    pub organization_name: String,
    /// Who is invited.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// Whether they are still invited.
    pub status: MemberStatus,
    /// The user that they will sign in as.
    pub user: UserId,
    /// Whether that user has a password.
    pub has_password: bool,
    /// The name of who invites; `None` is a program.
    pub invited_by: Option<String>,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
    /// How it ended, if it did.
    pub ended: Option<InvitationEnd>,
}

/// Adds an invitation. The one before it must have ended.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    invitation: &NewInvitation,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO invitations (organization_id, invitation_id, member_id, token_hash, invited_by,
            created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        organization.0,
        invitation.id.0,
        invitation.member.0,
        &invitation.token_hash,
        invitation.invited_by.map(|member| member.0),
        now,
        invitation.expires_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the open invitation of a member, if there is one.
pub async fn end(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    end: InvitationEnd,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE invitations SET ended_as = $3, ended_at = $4
        WHERE organization_id = $1 AND member_id = $2 AND ended_as IS NULL",
        organization.0,
        member.0,
        end.code(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The invitation whose link ends with what has this hash, whether it still works or not.
pub async fn by_token(
    connection: &mut Connection,
    token_hash: &[u8],
) -> Result<Option<Invitation>> {
    let row = sqlx::query!(
        r#"SELECT i.organization_id, o.name AS organization_name, i.member_id, m.name, m.email,
            m.status, u.user_id, u.password_hash IS NOT NULL AS "has_password!",
            b.name AS "invited_by?", i.expires_at, i.ended_as
        FROM invitations i
        JOIN organizations o ON o.organization_id = i.organization_id
        JOIN members m ON m.organization_id = i.organization_id AND m.member_id = i.member_id
        JOIN users u ON u.user_id = m.user_id
        LEFT JOIN members b ON b.organization_id = i.organization_id AND b.member_id = i.invited_by
        WHERE i.token_hash = $1"#,
        token_hash
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok::<_, Error>(Invitation {
            organization: OrganizationId(row.organization_id),
            organization_name: row.organization_name,
            member: MemberId(row.member_id),
            name: row.name,
            email: row.email,
            status: row.status.parse()?,
            user: UserId(row.user_id),
            has_password: row.has_password,
            invited_by: row.invited_by,
            expires_at: row.expires_at,
            ended: row.ended_as.map(|end| end.parse()).transpose()?,
        })
    })
    .transpose()
}

/// Removes up to `size` invitations that ended before `before`; how many.
pub async fn remove_ended(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM invitations WHERE (organization_id, invitation_id) IN (
            SELECT organization_id, invitation_id FROM invitations WHERE ended_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(done.execute(connection).await?.rows_affected())
}
