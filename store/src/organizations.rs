//! Organizations and the row that all their decisions lock.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    amount::Amount,
    ids::OrganizationId,
    input::{Code, Currency, Name},
    period::TimeZone,
};

/// An organization to be made.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: Name,
    /// Its plan.
    pub plan: Code,
    /// Its currency.
    pub currency: Currency,
    /// Where its days begin.
    pub time_zone: TimeZone,
}

/// An organization and its plan.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// Whether the operator has suspended it.
    pub suspended: bool,
    /// Where its days begin.
    pub time_zone: TimeZone,
    /// Its currency.
    pub currency: Currency,
    /// Its plan's code.
    pub plan: Code,
    /// Its plan's name.
    pub plan_name: String,
    /// Credits that the plan grants each billing month.
    pub allowance: Amount,
    /// Seats of the plan; `None` is unlimited.
    pub seats: Option<i64>,
    /// Whether the plan includes the Usage Quota feature.
    pub usage_quota_feature: bool,
    /// Whether all members see what others use.
    pub usage_shared: bool,
}

/// What the locked row says.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationLock {
    /// The ledger's last number.
    pub last_seq: i64,
    /// The unused part of all active custom limits.
    pub set_aside: i64,
    /// Until when that is right; `None` says that it has to be worked out again.
    pub set_aside_until: Option<DateTime<Utc>>,
    /// Counts edits: what was loaded of the organization is right while this is the same.
    pub version: i64,
    /// No open reservation expires before this; `None`: none is open.
    pub next_expiry: Option<DateTime<Utc>>,
    /// When something was decided last; `None`: never yet.
    pub decided_at: Option<DateTime<Utc>>,
}

/// Adds an organization and its state row.
pub async fn insert(
    connection: &mut Connection,
    organization: &NewOrganization,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO organizations (organization_id, name, plan_code, currency, time_zone, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
        organization.id.0,
        organization.name.as_str(),
        organization.plan.as_str(),
        organization.currency.as_str(),
        organization.time_zone.to_string(),
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO organization_states (organization_id) VALUES ($1)",
        organization.id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks the organization for the rest of the transaction: decisions and edits of limits wait for
/// each other here. `None` if there is no such organization.
pub async fn lock(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<Option<OrganizationLock>> {
    let row = sqlx::query_as!(
        OrganizationLock,
        "SELECT last_seq, set_aside, set_aside_until, version, next_expiry, decided_at
        FROM organization_states WHERE organization_id = $1 FOR UPDATE",
        id.0
    );
    Ok(row.fetch_optional(connection).await?)
}

/// The same without the lock, for reads.
pub async fn peek(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<Option<OrganizationLock>> {
    let row = sqlx::query_as!(
        OrganizationLock,
        "SELECT last_seq, set_aside, set_aside_until, version, next_expiry, decided_at
        FROM organization_states WHERE organization_id = $1",
        id.0
    );
    Ok(row.fetch_optional(connection).await?)
}

/// Moves the locked row on.
pub async fn save_lock(
    connection: &mut Connection,
    id: OrganizationId,
    lock: OrganizationLock,
) -> Result<()> {
    sqlx::query!(
        "UPDATE organization_states SET last_seq = $2, set_aside = $3, set_aside_until = $4,
            next_expiry = $5, decided_at = $6
        WHERE organization_id = $1",
        id.0,
        lock.last_seq,
        lock.set_aside,
        lock.set_aside_until,
        lock.next_expiry,
        lock.decided_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts an edit, so that what servers remember of the organization is read again.
pub async fn count_edit(connection: &mut Connection, id: OrganizationId) -> Result<()> {
    sqlx::query!(
        "UPDATE organization_states SET version = version + 1 WHERE organization_id = $1",
        id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Reads an organization and its plan.
pub async fn get(connection: &mut Connection, id: OrganizationId) -> Result<Option<Organization>> {
    let row = sqlx::query!(
        "SELECT o.name, o.status, o.time_zone, o.currency, o.plan_code, p.name AS plan_name,
            p.monthly_credits, p.seats, p.usage_quota_feature, o.usage_shared
        FROM organizations o JOIN plans p ON p.code = o.plan_code WHERE o.organization_id = $1",
        id.0
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok::<_, Error>(Organization {
            name: row.name,
            suspended: row.status == "suspended",
            time_zone: row.time_zone.parse()?,
            currency: row.currency.parse()?,
            plan: row.plan_code.parse()?,
            plan_name: row.plan_name,
            allowance: Amount::parse("monthly_credits", row.monthly_credits)?,
            seats: row.seats,
            usage_quota_feature: row.usage_quota_feature,
            usage_shared: row.usage_shared,
        })
    })
    .transpose()
}

/// Puts an organization on another plan. It must be locked.
pub async fn set_plan(connection: &mut Connection, id: OrganizationId, plan: &Code) -> Result<()> {
    sqlx::query!(
        "UPDATE organizations SET plan_code = $2 WHERE organization_id = $1",
        id.0,
        plan.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets all members see what others use, or not.
pub async fn share_usage(
    connection: &mut Connection,
    id: OrganizationId,
    shared: bool,
) -> Result<()> {
    sqlx::query!(
        "UPDATE organizations SET usage_shared = $2 WHERE organization_id = $1",
        id.0,
        shared
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// All organizations, for what walks through the whole installation.
pub async fn ids(connection: &mut Connection) -> Result<Vec<OrganizationId>> {
    let ids = sqlx::query_scalar!("SELECT organization_id FROM organizations ORDER BY 1");
    Ok(ids.fetch_all(connection).await?.into_iter().map(OrganizationId).collect())
}
