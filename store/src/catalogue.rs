//! Plans, meters, operations and the rate card.

use crate::{Connection, Result};
use domain::{
    amount::Amount,
    catalogue::{CapKind, Catalogue, MeterKind, PlanLimit, Price},
    input::Code,
};
use std::collections::HashMap;

/// All meters and the whole rate card.
pub async fn load(connection: &mut Connection) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    let meters = sqlx::query!("SELECT code, kind FROM meters").fetch_all(&mut *connection).await?;
    for row in meters {
        let kind = if row.kind == "gauge" { MeterKind::Gauge } else { MeterKind::Counter };
        catalogue.meters.insert(row.code.parse()?, kind);
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
            let cap = if row.cap_kind == "soft" { CapKind::Soft } else { CapKind::Hard };
            let limit = Amount::parse("limit", row.limit_amount)?;
            Ok((row.meter_code.parse()?, PlanLimit { limit, cap }))
        })
        .collect()
}
