//! Plans, meters, operations and the rate card.

use crate::{Connection, Result};
use domain::{
    amount::Amount,
    catalogue::{CapKind, Catalogue, MeterKind, PlanLimit, Price},
    input::Code,
    plan_report::{Meter, OfferedLimit, PlanOffer},
    units::Unit,
};
use std::collections::HashMap;

/// All meters and the whole rate card.
pub async fn load(connection: &mut Connection) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    let meters = sqlx::query!("SELECT code, kind FROM meters").fetch_all(&mut *connection).await?;
    for row in meters {
        catalogue.meters.insert(row.code.parse()?, meter_kind(&row.kind));
    }
    let prices = sqlx::query!(
        r#"SELECT o.code, p.meter_code AS "meter_code?", p.amount AS "amount?"
        FROM operations o LEFT JOIN prices p ON p.operation_code = o.code
        ORDER BY o.code, p.meter_code"#
    );
    for row in prices.fetch_all(connection).await? {
        let of_operation = catalogue.prices.entry(row.code.parse()?).or_default();
        if let (Some(meter), Some(amount)) = (row.meter_code, row.amount) {
            let amount = Amount::parse("price", amount)?;
            of_operation.push(Price { meter: meter.parse()?, amount });
        }
    }
    Ok(catalogue)
}

/// Counts edits of the catalogue: what was loaded is right while this is the same.
pub async fn version(connection: &mut Connection) -> Result<i64> {
    let version = sqlx::query_scalar!("SELECT version FROM catalogue_version");
    Ok(version.fetch_one(connection).await?)
}

/// The limits of a plan, by meter; unlimited ones are left out.
pub async fn plan_limits(
    connection: &mut Connection,
    plan: &Code,
) -> Result<HashMap<Code, PlanLimit>> {
    let rows = sqlx::query!(
        r#"SELECT meter_code, limit_amount AS "limit_amount!", cap_kind
        FROM plan_limits WHERE plan_code = $1 AND limit_amount IS NOT NULL"#,
        plan.as_str()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let limit = Amount::parse("limit", row.limit_amount)?;
            Ok((row.meter_code.parse()?, PlanLimit { limit, cap: cap_kind(&row.cap_kind) }))
        })
        .collect()
}

/// All meters as people know them, by group and in the order of its meters.
pub async fn meters(connection: &mut Connection) -> Result<Vec<Meter>> {
    let rows = sqlx::query!(
        r#"SELECT code, name, unit, scale, kind, meter_group FROM meters
        ORDER BY array_position(ARRAY['core_limits', 'monthly_activity', 'data_operations'],
            meter_group), position, name"#
    );
    rows.fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Meter {
                code: row.code.parse()?,
                name: row.name,
                unit: Unit { unit: row.unit, scale: u32::try_from(row.scale).unwrap_or_default() },
                kind: meter_kind(&row.kind),
                group: row.meter_group.map(|group| group.parse()).transpose()?,
            })
        })
        .collect()
}

/// Up to `size` plans with their limits, from the smallest.
pub async fn plans(connection: &mut Connection, size: i64) -> Result<Vec<PlanOffer>> {
    let rows = sqlx::query!(
        "SELECT code, name, monthly_credits, seats, usage_quota_feature FROM plans
        ORDER BY monthly_credits, name LIMIT $1",
        size
    );
    let mut plans = Vec::new();
    for row in rows.fetch_all(&mut *connection).await? {
        let code = row.code.parse()?;
        let limits = plan_limits(connection, &code)
            .await?
            .into_iter()
            .map(|(meter, of)| OfferedLimit { meter, limit: of.limit.get(), cap: of.cap });
        let mut limits: Vec<OfferedLimit> = limits.collect();
        limits.sort_by(|one, other| one.meter.cmp(&other.meter));
        plans.push(PlanOffer {
            code,
            name: row.name,
            monthly_credits: row.monthly_credits,
            seats: row.seats,
            usage_quota_feature: row.usage_quota_feature,
            limits,
        });
    }
    Ok(plans)
}

fn meter_kind(code: &str) -> MeterKind {
    if code == "gauge" { MeterKind::Gauge } else { MeterKind::Counter }
}

fn cap_kind(code: &str) -> CapKind {
    if code == "soft" { CapKind::Soft } else { CapKind::Hard }
}
