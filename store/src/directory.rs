//! Organizations as operators see and change them.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    console::{OrganizationFilter, OrganizationRow, OrganizationStatus},
    ids::OrganizationId,
    input::{Code, Name},
};
use uuid::Uuid;

/// What an operator may change of an organization.
#[derive(Clone, Debug)]
pub struct Editable {
    /// Its name.
    pub name: String,
    /// Its plan.
    pub plan: Code,
    /// Whether it may use anything.
    pub status: OrganizationStatus,
    /// Its currency.
    pub currency: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Counts edits of these.
    pub version: i64,
}

/// Up to `size` organizations by name, those that `filter` wants, after one of them. What they used is left at 0.
pub async fn list(
    connection: &mut Connection,
    filter: &OrganizationFilter,
    after: Option<OrganizationId>,
    size: i64,
) -> Result<Vec<OrganizationRow>> {
    let id = filter.search.as_deref().and_then(|text| text.parse::<Uuid>().ok());
    let rows = sqlx::query!(
        r#"SELECT o.organization_id, o.name, o.status, o.plan_code, p.name AS plan_name,
            p.monthly_credits,
            (SELECT count(*) FROM members m
                WHERE m.organization_id = o.organization_id) AS "members!"
        FROM organizations o JOIN plans p ON p.code = o.plan_code
        WHERE ($1::text IS NULL OR position(lower($1) IN lower(o.name)) > 0
                OR o.organization_id = $2
                OR o.organization_id IN (SELECT m.organization_id
                    FROM users u JOIN members m USING (user_id) WHERE u.email = lower($1)))
            AND ($3::text IS NULL OR o.status = $3)
            AND ($4::text IS NULL OR o.plan_code = $4)
            AND ($5::uuid IS NULL OR (lower(o.name), o.organization_id) > (
                SELECT lower(c.name), c.organization_id FROM organizations c
                WHERE c.organization_id = $5))
        ORDER BY lower(o.name), o.organization_id LIMIT $6"#,
        filter.search,
        id,
        filter.status.map(OrganizationStatus::code),
        filter.plan.as_ref().map(Code::as_str),
        after.map(|after| after.0),
        size
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OrganizationRow {
                id: OrganizationId(row.organization_id),
                name: row.name,
                status: row.status.parse()?,
                plan: row.plan_code.parse()?,
                plan_name: row.plan_name,
                members: row.members,
                allowance: row.monthly_credits,
                allowance_used: 0,
            })
        })
        .collect()
}

/// An organization with what operators may change.
pub async fn get(connection: &mut Connection, id: OrganizationId) -> Result<Option<Editable>> {
    let row = sqlx::query!(
        "SELECT name, plan_code, status, currency, created_at, version FROM organizations
        WHERE organization_id = $1",
        id.0
    );
    let row = row.fetch_optional(connection).await?;
    row.map(|row| {
        Ok(Editable {
            name: row.name,
            plan: row.plan_code.parse()?,
            status: row.status.parse()?,
            currency: row.currency,
            created_at: row.created_at,
            version: row.version,
        })
    })
    .transpose()
}

/// Writes what operators may change.
pub async fn save(
    connection: &mut Connection,
    id: OrganizationId,
    name: &Name,
    plan: &Code,
    status: OrganizationStatus,
) -> Result<()> {
    sqlx::query!(
        "UPDATE organizations SET name = $2, plan_code = $3, status = $4 WHERE organization_id = $1",
        id.0,
        name.as_str(),
        plan.as_str(),
        status.code()
    )
    .execute(connection)
    .await?;
    Ok(())
}
