//! Plans, operations and the rate card.

use crate::{Connection, Result};
use domain::{
    amount::Amount,
    catalogue::{CapKind, PlanLimit, Price},
    input::Code,
};
use std::collections::HashMap;

/// Whether there is such a plan.
pub async fn plan_exists(connection: &mut Connection, plan: &Code) -> Result<bool> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM plans WHERE code = $1) AS "exists!""#,
        plan.as_str()
    );
    Ok(exists.fetch_one(connection).await?)
}

/// The prices of those of `operations` that exist; none for a free one.
pub async fn prices(
    connection: &mut Connection,
    operations: &[String],
) -> Result<HashMap<Code, Vec<Price>>> {
    let rows = sqlx::query!(
        r#"SELECT o.code, p.meter_code AS "meter_code?", p.amount AS "amount?"
        FROM operations o LEFT JOIN prices p ON p.operation_code = o.code
        WHERE o.code = ANY($1) ORDER BY o.code, p.meter_code"#,
        operations
    )
    .fetch_all(connection)
    .await?;
    let mut prices: HashMap<Code, Vec<Price>> = HashMap::new();
    for row in rows {
        let of_operation = prices.entry(row.code.parse()?).or_default();
        if let (Some(meter), Some(amount)) = (row.meter_code, row.amount) {
            let amount = Amount::parse("price", amount)?;
            of_operation.push(Price { meter: meter.parse()?, amount });
        }
    }
    Ok(prices)
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
