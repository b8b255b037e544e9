//! Credit settings: one row per save, the open one in force.

use crate::{Connection, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    amount::Amount,
    credits::CreditSettings,
    ids::OrganizationId,
    period::{Cycle, CycleInput},
};

/// Settings with the time in which they were in force.
#[derive(Clone, Copy, Debug)]
pub struct VersionedSettings {
    /// Counts saves: a save of an older version is stale.
    pub version: i64,
    /// The settings.
    pub settings: CreditSettings,
    /// Since when.
    pub valid_from: DateTime<Utc>,
    /// Until when; `None` is in force.
    pub valid_to: Option<DateTime<Utc>>,
}

struct Row {
    version: i64,
    cycle_kind: String,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    repeat: Option<bool>,
    limit_amount: Option<i64>,
    set_aside: bool,
    packs_extend: bool,
    valid_from: DateTime<Utc>,
    valid_to: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for VersionedSettings {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let cycle = CycleInput {
            kind: row.cycle_kind,
            first_day: row.first_day,
            last_day: row.last_day,
            repeat: row.repeat,
        };
        let settings = CreditSettings {
            cycle: Cycle::try_from(cycle)?,
            limit: row.limit_amount.map(|limit| Amount::parse("limit", limit)).transpose()?,
            set_aside: row.set_aside,
            packs_extend: row.packs_extend,
        };
        let (valid_from, valid_to) = (row.valid_from, row.valid_to);
        Ok(Self { version: row.version, settings, valid_from, valid_to })
    }
}

/// The settings in force.
pub async fn current(connection: &mut Connection, id: OrganizationId) -> Result<VersionedSettings> {
    let row = sqlx::query_as!(
        Row,
        "SELECT version, cycle_kind, first_day, last_day, repeat, limit_amount, set_aside,
            packs_extend, valid_from, valid_to
        FROM credit_settings WHERE organization_id = $1 AND valid_to IS NULL",
        id.0
    );
    row.fetch_one(connection).await?.try_into()
}

/// All settings that ever were in force, oldest first.
pub async fn history(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<Vec<VersionedSettings>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT version, cycle_kind, first_day, last_day, repeat, limit_amount, set_aside,
            packs_extend, valid_from, valid_to
        FROM credit_settings WHERE organization_id = $1 ORDER BY version",
        id.0
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// Closes the settings in force, if there are any, and opens `settings` as `version`.
pub async fn replace(
    connection: &mut Connection,
    id: OrganizationId,
    version: i64,
    settings: &CreditSettings,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE credit_settings SET valid_to = $2 WHERE organization_id = $1 AND valid_to IS NULL",
        id.0,
        now
    )
    .execute(&mut *connection)
    .await?;
    let cycle = CycleInput::from(settings.cycle);
    sqlx::query!(
        "INSERT INTO credit_settings (organization_id, version, cycle_kind, first_day, last_day,
            repeat, limit_amount, set_aside, packs_extend, valid_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        version,
        cycle.kind,
        cycle.first_day,
        cycle.last_day,
        cycle.repeat,
        settings.limit.map(Amount::get),
        settings.set_aside,
        settings.packs_extend,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
