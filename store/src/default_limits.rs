//! Job roles, and the limits that new members with one start with.

use crate::{Connection, Error, Result};
use domain::{
    amount::{Amount, BasisPoints},
    credits::CreditCap,
    ids::{MemberId, OrganizationId},
    input::Code,
    member_limits::DefaultLimits,
};

/// What people do in the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRole {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// Credits that are usual for a month; `None` where nothing is.
    pub suggested: Option<i64>,
    /// Up to this many, where a range is usual.
    pub suggested_to: Option<i64>,
}

/// All job roles, in the order in which forms list them.
pub async fn job_roles(connection: &mut Connection) -> Result<Vec<JobRole>> {
    let rows = sqlx::query!(
        "SELECT code, name, suggested, suggested_to FROM job_roles ORDER BY position, code"
    );
    let rows = rows.fetch_all(connection).await?.into_iter().map(|row| {
        Ok(JobRole {
            code: row.code.parse()?,
            name: row.name,
            suggested: row.suggested,
            suggested_to: row.suggested_to,
        })
    });
    rows.collect()
}

/// The defaults of an organization, and their version.
pub async fn get(connection: &mut Connection, id: OrganizationId) -> Result<(DefaultLimits, i64)> {
    let rows = sqlx::query!(
        r#"SELECT o.defaults_version, d.job_role, d.kind AS "kind?", d.amount, d.basis_points
        FROM organizations o LEFT JOIN default_limits d USING (organization_id)
        WHERE o.organization_id = $1"#,
        id.0
    );
    let mut defaults = DefaultLimits::default();
    let mut version = 1;
    for row in rows.fetch_all(connection).await? {
        version = row.defaults_version;
        let cap = match (row.amount, row.basis_points) {
            (Some(amount), _) => {
                Some(CreditCap::Credits { amount: Amount::parse("amount", amount)? })
            }
            (None, Some(points)) => {
                let basis_points = BasisPoints::parse("basis_points", points)?;
                Some(CreditCap::Percent { basis_points })
            }
            (None, None) => None,
        };
        match row.job_role {
            Some(code) => _ = defaults.job_roles.insert(code.parse()?, cap),
            None if row.kind.is_some() => defaults.default = cap,
            None => {}
        }
    }
    Ok((defaults, version))
}

/// Replaces the defaults of an organization, and counts the save.
pub async fn replace(
    connection: &mut Connection,
    id: OrganizationId,
    defaults: &DefaultLimits,
) -> Result<()> {
    sqlx::query!("DELETE FROM default_limits WHERE organization_id = $1", id.0)
        .execute(&mut *connection)
        .await?;
    let of_roles = defaults.job_roles.iter().map(|(code, cap)| (Some(code), *cap));
    for (job_role, cap) in of_roles.chain([(None, defaults.default)]) {
        let (kind, amount, points) = match cap {
            None => ("none", None, None),
            Some(CreditCap::Credits { amount }) => ("credits", Some(amount.get()), None),
            Some(CreditCap::Percent { basis_points }) => {
                ("percent", None, Some(basis_points.get()))
            }
        };
        sqlx::query!(
            "INSERT INTO default_limits
                (organization_id, job_role, kind, amount, basis_points)
            VALUES ($1, $2, $3, $4, $5)",
            id.0,
            job_role.map(Code::as_str),
            kind,
            amount,
            points
        )
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query!(
        "UPDATE organizations SET defaults_version = defaults_version + 1
        WHERE organization_id = $1",
        id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Members with these job roles who are there: active, inactive and invited ones.
pub async fn members_with(
    connection: &mut Connection,
    id: OrganizationId,
    job_roles: &[Code],
) -> Result<Vec<(MemberId, Code)>> {
    let codes: Vec<String> = job_roles.iter().map(ToString::to_string).collect();
    let rows = sqlx::query!(
        "SELECT member_id, job_role FROM members
        WHERE organization_id = $1 AND status <> 'removed' AND job_role = ANY($2)
        ORDER BY member_id",
        id.0,
        &codes
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    rows.map(|row| Ok::<_, Error>((MemberId(row.member_id), row.job_role.parse()?))).collect()
}

/// How many members have each job role.
pub async fn counts(connection: &mut Connection, id: OrganizationId) -> Result<Vec<(Code, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT job_role, count(*) AS "count!" FROM members
        WHERE organization_id = $1 AND status <> 'removed' GROUP BY job_role"#,
        id.0
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    rows.map(|row| Ok::<_, Error>((row.job_role.parse()?, row.count))).collect()
}
