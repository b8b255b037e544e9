//! Plans as operators edit them, and which terms decided what.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    amount::Amount,
    catalogue::PlanLimit,
    console::{PlanMeter, PlanRow},
    ids::OrganizationId,
    input::Code,
    plans::PlanMeterLimit,
    state::Plan,
};
use std::collections::HashMap;

/// Plans with how many organizations have each; one alone where a `code` is given.
pub async fn list(connection: &mut Connection, code: Option<&Code>) -> Result<Vec<PlanRow>> {
    let rows = sqlx::query!(
        r#"SELECT p.code, p.name, p.monthly_credits, p.seats, p.usage_quota_feature, p.version,
            (SELECT count(*) FROM organizations o WHERE o.plan_code = p.code) AS "organizations!"
        FROM plans p WHERE $1::text IS NULL OR p.code = $1
        ORDER BY p.monthly_credits, p.code LIMIT 1000"#,
        code.map(Code::as_str)
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PlanRow {
                code: row.code.parse()?,
                name: row.name,
                monthly_credits: row.monthly_credits,
                seats: row.seats,
                usage_quota_feature: row.usage_quota_feature,
                organizations: row.organizations,
                version: row.version,
            })
        })
        .collect()
}

/// What a plan says about every meter that plans can limit, by name.
pub async fn limits(connection: &mut Connection, code: &Code) -> Result<Vec<PlanMeter>> {
    let rows = sqlx::query!(
        r#"SELECT m.code, m.name, m.unit, l.limit_amount, l.cap_kind AS "cap_kind?"
        FROM meters m LEFT JOIN plan_limits l ON l.meter_code = m.code AND l.plan_code = $1
        WHERE m.code NOT IN ('credits', 'users') ORDER BY m.name, m.code LIMIT 1000"#,
        code.as_str()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let limit = row.limit_amount.map(|limit| Amount::parse("limit", limit)).transpose()?;
            let cap = row.cap_kind.as_deref().unwrap_or("hard").parse()?;
            let limit = PlanMeterLimit { limit, cap };
            Ok(PlanMeter { meter: row.code.parse()?, name: row.name, unit: row.unit, limit })
        })
        .collect()
}

/// Locks a plan for an edit of its terms: nobody gets it or loses it meanwhile. Its version;
/// `None` if there is no such plan.
pub async fn lock(connection: &mut Connection, code: &Code) -> Result<Option<i64>> {
    let version = sqlx::query_scalar!(
        "SELECT version FROM plans WHERE code = $1 FOR NO KEY UPDATE",
        code.as_str()
    );
    Ok(version.fetch_optional(connection).await?)
}

/// Keeps the terms of a plan as they are for the rest of the transaction, which gives it to an
/// organization. Whether there is such a plan.
pub async fn hold(connection: &mut Connection, code: &Code) -> Result<bool> {
    let found =
        sqlx::query_scalar!("SELECT code FROM plans WHERE code = $1 FOR SHARE", code.as_str());
    Ok(found.fetch_optional(connection).await?.is_some())
}

/// Locks all organizations on a plan, in the order of their ids: what they decide from here on is
/// decided by what this transaction commits.
pub async fn lock_organizations(connection: &mut Connection, code: &Code) -> Result<()> {
    // In a statement of its own that returns nothing: there can be many.
    sqlx::query!(
        r#"WITH locked AS MATERIALIZED (
            SELECT s.organization_id FROM organizations o
            JOIN organization_states s USING (organization_id)
            WHERE o.plan_code = $1 ORDER BY s.organization_id FOR UPDATE OF s
        ) SELECT count(*) AS "count!" FROM locked"#,
        code.as_str()
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// The organizations on a plan.
pub async fn organizations(
    connection: &mut Connection,
    code: &Code,
) -> Result<Vec<OrganizationId>> {
    let ids = sqlx::query_scalar!(
        "SELECT organization_id FROM organizations WHERE plan_code = $1 ORDER BY organization_id",
        code.as_str()
    );
    Ok(ids.fetch_all(connection).await?.into_iter().map(OrganizationId).collect())
}

/// Remembers the terms of a plan as they are: something was decided by them.
async fn remember(connection: &mut Connection, code: &Code) -> Result<()> {
    let new = sqlx::query!(
        "INSERT INTO plan_versions (plan_code, version, monthly_credits)
        SELECT code, version, monthly_credits FROM plans WHERE code = $1
        ON CONFLICT DO NOTHING",
        code.as_str()
    )
    .execute(&mut *connection)
    .await?;
    if new.rows_affected() > 0 {
        sqlx::query!(
            "INSERT INTO plan_limit_versions (plan_code, version, meter_code, limit_amount, cap_kind)
            SELECT l.plan_code, p.version, l.meter_code, l.limit_amount, l.cap_kind
            FROM plan_limits l JOIN plans p ON p.code = l.plan_code
            WHERE l.plan_code = $1 AND l.limit_amount IS NOT NULL",
            code.as_str()
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Ends a plan's terms as they are: for one organization, or for all that have it. They must be
/// locked. Where nothing was decided since the terms before, there is nothing to remember.
pub async fn close(
    connection: &mut Connection,
    code: &Code,
    organization: Option<OrganizationId>,
    now: DateTime<Utc>,
) -> Result<()> {
    remember(connection, code).await?;
    sqlx::query!(
        "INSERT INTO organization_plans (organization_id, until_seq, plan_code, plan_version, ended_at)
        SELECT o.organization_id, s.last_seq, p.code, p.version, $3
        FROM plans p JOIN organizations o ON o.plan_code = p.code
        JOIN organization_states s USING (organization_id)
        WHERE p.code = $1 AND ($2::uuid IS NULL OR o.organization_id = $2) AND s.last_seq > 0
        ON CONFLICT DO NOTHING",
        code.as_str(),
        organization.map(|organization| organization.0),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets every organization on a plan read its terms again, and work out anew what its percentages
/// come to. It has to be told: a batch that waits for the lock meanwhile has counted the edits of the
/// catalogue before it began to wait.
pub async fn tell_organizations(connection: &mut Connection, code: &Code) -> Result<()> {
    sqlx::query!(
        "UPDATE organization_states s SET set_aside_until = NULL, version = s.version + 1
        FROM organizations o WHERE o.organization_id = s.organization_id AND o.plan_code = $1",
        code.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a plan's own columns; the plan may be new.
pub async fn save(connection: &mut Connection, plan: &PlanRow) -> Result<()> {
    sqlx::query!(
        "INSERT INTO plans (code, name, monthly_credits, seats, usage_quota_feature)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, seats = EXCLUDED.seats,
            monthly_credits = EXCLUDED.monthly_credits,
            usage_quota_feature = EXCLUDED.usage_quota_feature",
        plan.code.as_str(),
        plan.name,
        plan.monthly_credits,
        plan.seats,
        plan.usage_quota_feature
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what a plan says about a meter.
pub async fn save_limit(
    connection: &mut Connection,
    code: &Code,
    meter: &Code,
    limit: PlanMeterLimit,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO plan_limits (plan_code, meter_code, limit_amount, cap_kind)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (plan_code, meter_code) DO UPDATE
        SET limit_amount = EXCLUDED.limit_amount, cap_kind = EXCLUDED.cap_kind",
        code.as_str(),
        meter.as_str(),
        limit.limit.map(Amount::get),
        limit.cap.code()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The plans by whose terms an organization's entries were decided before today's: each with the
/// last entry of its time, the oldest first.
pub async fn past(connection: &mut Connection, id: OrganizationId) -> Result<Vec<(i64, Plan)>> {
    let mut limits: HashMap<(String, i64), HashMap<Code, PlanLimit>> = HashMap::new();
    let rows = sqlx::query!(
        "SELECT DISTINCT l.plan_code, l.version, l.meter_code, l.limit_amount, l.cap_kind
        FROM organization_plans h JOIN plan_limit_versions l
            ON l.plan_code = h.plan_code AND l.version = h.plan_version
        WHERE h.organization_id = $1",
        id.0
    );
    for row in rows.fetch_all(&mut *connection).await? {
        let limit = Amount::parse("limit", row.limit_amount)?;
        let limit = PlanLimit { limit, cap: row.cap_kind.parse()? };
        let of_version = limits.entry((row.plan_code, row.version)).or_default();
        of_version.insert(row.meter_code.parse()?, limit);
    }
    let rows = sqlx::query!(
        "SELECT h.until_seq, h.plan_code, h.plan_version, v.monthly_credits
        FROM organization_plans h JOIN plan_versions v
            ON v.plan_code = h.plan_code AND v.version = h.plan_version
        WHERE h.organization_id = $1 ORDER BY h.until_seq",
        id.0
    );
    let rows = rows.fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| {
            let plan = Plan {
                code: row.plan_code.parse()?,
                allowance: Amount::parse("monthly_credits", row.monthly_credits)?,
                limits: limits.get(&(row.plan_code, row.plan_version)).cloned().unwrap_or_default(),
                // Tells who could raise a limit, which is not asked of the past.
                usage_quota_feature: true,
            };
            Ok((row.until_seq, plan))
        })
        .collect()
}
