//! People who can sign in, one-time links, and failed tries.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{MemberId, OrganizationId, UserId},
    input::Email,
    notices::Language,
};
use uuid::Uuid;

/// A user and their password's hash.
#[derive(Clone, Debug)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// argon2id in PHC form; `None` until a password is set.
    pub password_hash: Option<String>,
}

/// The users with these emails, in this order; each that is missing is made under the id beside its
/// email.
pub async fn find_or_insert(
    connection: &mut Connection,
    users: &[(UserId, Email)],
) -> Result<Vec<UserId>> {
    let ids: Vec<Uuid> = users.iter().map(|(id, _)| id.0).collect();
    let emails: Vec<String> = users.iter().map(|(_, email)| email.to_string()).collect();
    // In one order, so that two who add the same people don't wait for each other in a circle.
    sqlx::query!(
        "INSERT INTO users (user_id, email)
        SELECT t.id, t.email FROM unnest($1::uuid[], $2::text[]) AS t (id, email) ORDER BY t.email
        ON CONFLICT (email) DO NOTHING",
        &ids,
        &emails
    )
    .execute(&mut *connection)
    .await?;
    let found = sqlx::query_scalar!(
        r#"SELECT u.user_id AS "user_id!"
        FROM unnest($1::text[]) WITH ORDINALITY AS k (email, position), LATERAL (
            SELECT u.user_id FROM users u WHERE u.email = k.email OFFSET 0) u
        ORDER BY k.position"#,
        &emails
    );
    Ok(found.fetch_all(connection).await?.into_iter().map(UserId).collect())
}

/// The user with this email.
pub async fn by_email(connection: &mut Connection, email: &Email) -> Result<Option<User>> {
    let row =
        sqlx::query!("SELECT user_id, password_hash FROM users WHERE email = $1", email.as_str());
    let row = row.fetch_optional(connection).await?;
    Ok(row.map(|row| User { id: UserId(row.user_id), password_hash: row.password_hash }))
}

/// The user that signs in as this member.
pub async fn by_member(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Option<User>> {
    let row = sqlx::query!(
        "SELECT u.user_id, u.password_hash FROM users u JOIN members m USING (user_id)
        WHERE m.organization_id = $1 AND m.member_id = $2",
        organization.0,
        member.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| User { id: UserId(row.user_id), password_hash: row.password_hash }))
}

/// Replaces a user's password. From now on it opens this organization, and still those in which it
/// was set before.
pub async fn set_password(
    connection: &mut Connection,
    organization: OrganizationId,
    id: UserId,
    hash: &str,
) -> Result<()> {
    sqlx::query!("UPDATE users SET password_hash = $2 WHERE user_id = $1", id.0, hash)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "UPDATE members SET password_opens = true
        WHERE organization_id = $1 AND user_id = $2 AND status <> 'removed'",
        organization.0,
        id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// In which language the user who signs in as this member is written to.
pub async fn language(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Option<Language>> {
    let language = sqlx::query_scalar!(
        "SELECT u.language FROM users u JOIN members m USING (user_id)
        WHERE m.organization_id = $1 AND m.member_id = $2",
        organization.0,
        member.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(language.map(|language| language.parse()).transpose()?)
}

/// Changes that.
pub async fn set_language(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    language: Language,
) -> Result<()> {
    sqlx::query!(
        "UPDATE users u SET language = $3 FROM members m
        WHERE m.user_id = u.user_id AND m.organization_id = $1 AND m.member_id = $2",
        organization.0,
        member.0,
        language.code()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a link that signs a user in once.
pub async fn insert_link(
    connection: &mut Connection,
    token_hash: &[u8],
    user: UserId,
    organization: OrganizationId,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO sign_in_links (token_hash, user_id, organization_id, expires_at)
        VALUES ($1, $2, $3, $4)",
        token_hash,
        user.0,
        organization.0,
        expires_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Uses a link up: whom it signs in to what, if it is known and has not expired.
pub async fn take_link(
    connection: &mut Connection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(UserId, OrganizationId)>> {
    let link = sqlx::query!(
        "DELETE FROM sign_in_links WHERE token_hash = $1 AND expires_at > $2
        RETURNING user_id, organization_id",
        token_hash,
        now
    );
    let link = link.fetch_optional(connection).await?;
    Ok(link.map(|link| (UserId(link.user_id), OrganizationId(link.organization_id))))
}

/// Removes the links that have expired at `now`.
pub async fn remove_expired_links(connection: &mut Connection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("DELETE FROM sign_in_links WHERE expires_at <= $1", now)
        .execute(connection)
        .await?;
    Ok(())
}

/// How often `subject` has failed since `since`.
pub async fn failed_sign_ins(
    connection: &mut Connection,
    subject: &str,
    since: DateTime<Utc>,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM failed_sign_ins WHERE subject = $1 AND failed_at > $2"#,
        subject,
        since
    );
    Ok(count.fetch_one(connection).await?)
}

/// Records a failed try of each subject, and forgets those before `forget`.
pub async fn record_failed_sign_in(
    connection: &mut Connection,
    subjects: &[String],
    now: DateTime<Utc>,
    forget: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("DELETE FROM failed_sign_ins WHERE failed_at < $1", forget)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "INSERT INTO failed_sign_ins (subject, failed_at)
        SELECT subject, $2 FROM unnest($1::text[]) AS subject",
        subjects,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
