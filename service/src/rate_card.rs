//! Meters, and what operations cost.

use crate::{Error, Operator, Result, Service, audit};
use chrono::{DateTime, Utc};
use domain::{
    console::{MeterRow, OperationRow, RateCard},
    input::{Code, Invalid, Name},
    plans::{MeterInput, OperationEdit},
};
use serde::Serialize;
use serde_json::json;
use store::{Connection, Whose};

impl Service {
    /// Operations with their prices, and all meters.
    pub async fn rate_card(&self, _operator: &Operator) -> Result<RateCard> {
        let mut snapshot = self.store.snapshot(Whose::Nobodys).await?;
        Ok(RateCard {
            operations: store::rate_card::operations(&mut snapshot, None).await?,
            meters: store::rate_card::meters(&mut snapshot, None).await?,
        })
    }

    /// Changes an operation and its prices, or makes it; the next request is decided by them.
    /// `expected` is the version that the operator read, 0 for one that is to be new.
    pub async fn save_operation(
        &self,
        operator: &Operator,
        code: &Code,
        edit: OperationEdit,
        expected: Option<i64>,
    ) -> Result<OperationRow> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        store::rate_card::lock(&mut transaction).await?;
        let now = self.clock.now(&mut transaction).await?;
        let before = store::rate_card::operations(&mut transaction, Some(code)).await?.pop();
        let version = before.as_ref().map(|before| before.version);
        check_version("operation", before.as_ref(), version, expected)?;
        match (&before, &edit.name) {
            (None, None) => {
                return Err(Invalid::new("name", "is needed for a new operation").into());
            }
            (Some(before), Some(name)) if before.name == name.as_str() => {}
            (_, None) => {}
            (_, Some(name)) => {
                store::rate_card::save_operation(&mut transaction, code, name).await?;
            }
        }
        let known = store::rate_card::meters(&mut transaction, None).await?;
        for (meter, amount) in edit.prices {
            if !known.iter().any(|known| known.code == meter) {
                return Err(Invalid::new("meter", "is not a meter of this installation").into());
            }
            // Nothing and 0 are the same: it takes nothing.
            let amount = amount.filter(|amount| amount.get() > 0);
            let prices = before.iter().flat_map(|before| &before.prices);
            let price = prices.into_iter().find(|price| price.0 == meter).map(|price| price.1);
            if price != amount.map(domain::amount::Amount::get) {
                store::rate_card::save_price(&mut transaction, code, &meter, amount).await?;
            }
        }
        let after = store::rate_card::operations(&mut transaction, Some(code)).await?.pop();
        let after = after.ok_or(Error::NotFound("operation"))?;
        let change = ("operation.saved", before.as_ref(), &after);
        log(&mut transaction, operator, code, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }

    /// Changes the name or the unit of a meter, or makes it. How one counts stays as it was made.
    pub async fn save_meter(
        &self,
        operator: &Operator,
        code: &Code,
        meter: MeterInput,
        expected: Option<i64>,
    ) -> Result<MeterRow> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        store::rate_card::lock(&mut transaction).await?;
        let now = self.clock.now(&mut transaction).await?;
        let before = store::rate_card::meters(&mut transaction, Some(code)).await?.pop();
        let version = before.as_ref().map(|before| before.version);
        check_version("meter", before.as_ref(), version, expected)?;
        if let Some(before) = &before {
            let fixed = "can't change: what was counted would mean something else";
            if before.kind != meter.kind {
                return Err(Invalid::new("kind", fixed).into());
            }
            if before.scale != meter.scale {
                return Err(Invalid::new("scale", fixed).into());
            }
        }
        let same = |text: &str, name: &Name| text == name.as_str();
        let unchanged = before.as_ref().is_some_and(|before| {
            same(&before.name, &meter.name) && same(&before.unit, &meter.unit)
        });
        if !unchanged {
            store::rate_card::save_meter(&mut transaction, code, &meter).await?;
        }
        let after = store::rate_card::meters(&mut transaction, Some(code)).await?.pop();
        let after = after.ok_or(Error::NotFound("meter"))?;
        let change = ("meter.saved", before.as_ref(), &after);
        log(&mut transaction, operator, code, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }
}

fn check_version<T: Serialize>(
    what: &'static str,
    before: Option<&T>,
    version: Option<i64>,
    expected: Option<i64>,
) -> Result<()> {
    match (version, expected) {
        (None, Some(1..)) => Err(Error::NotFound(what)),
        (Some(version), Some(expected)) if version != expected => Err(Error::Stale {
            summary: format!("this is version {version} of the {what} by now"),
            current: json!(before),
        }),
        _ => Ok(()),
    }
}

/// Writes a change of the rate card, if it is one, into the log of operators.
async fn log<T: Serialize + PartialEq>(
    connection: &mut Connection,
    operator: &Operator,
    code: &Code,
    (action, before, after): (&str, Option<&T>, &T),
    now: DateTime<Utc>,
) -> Result<()> {
    if before == Some(after) {
        return Ok(());
    }
    let states = (before, Some(after));
    audit::log_operator(connection, operator, code.as_str(), action, states, now).await
}
