//! Meters, operations and prices as operators edit them. What decisions go by is in `catalogue`.

use crate::{Connection, Result};
use domain::{
    amount::Amount,
    console::{MeterRow, OperationRow},
    input::{Code, Name},
    plans::MeterInput,
};

/// The most meters and operations that are read.
const LISTED: i64 = 1_000;

/// Meters by name; one alone where a `code` is given.
pub async fn meters(connection: &mut Connection, code: Option<&Code>) -> Result<Vec<MeterRow>> {
    let rows = sqlx::query!(
        "SELECT code, name, unit, scale, kind, version FROM meters
        WHERE $1::text IS NULL OR code = $1 ORDER BY name, code LIMIT $2",
        code.map(Code::as_str),
        LISTED
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MeterRow {
                code: row.code.parse()?,
                name: row.name,
                unit: row.unit,
                scale: row.scale,
                kind: row.kind.parse()?,
                version: row.version,
            })
        })
        .collect()
}

/// Locks the rate card and the meters for an edit: one at a time.
pub async fn lock(connection: &mut Connection) -> Result<()> {
    sqlx::query!("SELECT version FROM catalogue_version FOR UPDATE").fetch_one(connection).await?;
    Ok(())
}

/// Operations with their prices, by name; one alone where a `code` is given.
pub async fn operations(
    connection: &mut Connection,
    code: Option<&Code>,
) -> Result<Vec<OperationRow>> {
    let rows = sqlx::query!(
        r#"SELECT o.code, o.name, o.version,
            ARRAY(SELECT p.meter_code FROM prices p WHERE p.operation_code = o.code AND p.amount > 0
                ORDER BY p.meter_code) AS "meters!",
            ARRAY(SELECT p.amount FROM prices p WHERE p.operation_code = o.code AND p.amount > 0
                ORDER BY p.meter_code) AS "amounts!"
        FROM operations o WHERE $1::text IS NULL OR o.code = $1 ORDER BY o.name, o.code LIMIT $2"#,
        code.map(Code::as_str),
        LISTED
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let meters = row.meters.iter().map(|meter| meter.parse());
            let prices = meters.zip(row.amounts).map(|(meter, amount)| Ok((meter?, amount)));
            Ok(OperationRow {
                code: row.code.parse()?,
                name: row.name,
                prices: prices.collect::<Result<_>>()?,
                version: row.version,
            })
        })
        .collect()
}

/// Writes a meter; it may be new. How it counts stays as it was made.
pub async fn save_meter(
    connection: &mut Connection,
    code: &Code,
    meter: &MeterInput,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO meters (code, name, unit, scale, kind) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, unit = EXCLUDED.unit",
        code.as_str(),
        meter.name.as_str(),
        meter.unit.as_str(),
        meter.scale,
        meter.kind.code()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes an operation's name; it may be new.
pub async fn save_operation(connection: &mut Connection, code: &Code, name: &Name) -> Result<()> {
    sqlx::query!(
        "INSERT INTO operations (code, name) VALUES ($1, $2)
        ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name",
        code.as_str(),
        name.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what one unit of an operation takes from a meter; `None` takes nothing.
pub async fn save_price(
    connection: &mut Connection,
    operation: &Code,
    meter: &Code,
    amount: Option<Amount>,
) -> Result<()> {
    let (operation, meter) = (operation.as_str(), meter.as_str());
    let Some(amount) = amount else {
        sqlx::query!(
            "DELETE FROM prices WHERE operation_code = $1 AND meter_code = $2",
            operation,
            meter
        )
        .execute(connection)
        .await?;
        return Ok(());
    };
    sqlx::query!(
        "INSERT INTO prices (operation_code, meter_code, amount) VALUES ($1, $2, $3)
        ON CONFLICT (operation_code, meter_code) DO UPDATE SET amount = EXCLUDED.amount",
        operation,
        meter,
        amount.get()
    )
    .execute(connection)
    .await?;
    Ok(())
}
