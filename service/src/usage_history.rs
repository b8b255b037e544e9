//! What was used when: for charts, tables and files, each number the ledger's (SPEC section 7).

mod narrowing;
mod reading;

pub(crate) use narrowing::within_reach;
pub(crate) use reading::{Reading, today};

use crate::{Caller, Result, Service, csv};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    catalogue::MeterKind,
    history::{
        Breakdown, DayRange, Filter, History, HistoryInput, HistoryQuery, NONE, Part, Segments,
        Series, Used,
    },
    ids::OrganizationId,
    input::Invalid,
    period::TimeZone,
    plan_report::Meter,
};
use reading::Asked;
use std::collections::{HashMap, HashSet};
use store::Connection;
use uuid::Uuid;

/// Parts that are listed.
const PARTS: usize = 200;
/// Parts that are shown day by day.
const SHOWN: usize = 7;
/// Rows of one file.
const EXPORTED: i64 = 100_000;

/// A question about the past that may be asked, ready to be answered.
pub(crate) struct Asking<'a> {
    pub(crate) reading: Reading<'a>,
    pub(crate) meter: Meter,
    by: Breakdown,
    pub(crate) filter: Filter,
    pub(crate) zone: TimeZone,
    pub(crate) range: DayRange,
    pub(crate) segments: Segments,
}

impl<'a> Asking<'a> {
    pub(crate) async fn new(
        connection: &'a mut Connection,
        caller: &Caller,
        query: HistoryQuery,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let meter = checked(connection, &query).await?;
        let filter = within_reach(connection, caller, query.filter.clone(), now).await?;
        let reading = Reading::begin(connection, caller.organization, now).await?;
        let zone = query.zone.unwrap_or(reading.zone);
        let range = query.range(today(zone, now))?;
        let segments = Segments::of_days(range, zone, reading.zone);
        Ok(Self { reading, meter, by: query.by, filter, zone, range, segments })
    }
}

impl Service {
    /// What was used of a meter in a range of days, as far as the caller may see it.
    pub async fn usage_history(&self, caller: &Caller, input: &HistoryInput) -> Result<History> {
        caller.require(Action::ViewUsage)?;
        let query = input.parse()?;
        let mut snapshot = self.store.snapshot(caller.organization).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let mut asking = Asking::new(&mut snapshot, caller, query, now).await?;
        let Asking { reading, meter, filter, segments, .. } = &mut asking;
        let all = reading.series(meter, segments, filter).await?;
        let (series, parts, more_parts) = if asking.by == Breakdown::Day {
            Default::default()
        } else {
            asking.parts(&all).await?
        };
        let Asking { reading, meter, by, zone, range, .. } = asking;
        Ok(History {
            meter,
            by,
            zone,
            from: range.first(),
            to: range.last(),
            days: range.days().collect(),
            all,
            series,
            parts,
            more_parts,
            behind: reading.behind,
        })
    }

    /// The same as CSV: one row for each day and each part that used something, up to 100,000.
    pub async fn usage_csv(&self, caller: &Caller, input: &HistoryInput) -> Result<String> {
        caller.require(Action::ViewUsage)?;
        let query = input.parse()?;
        let mut snapshot = self.store.snapshot(caller.organization).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let asking = Asking::new(&mut snapshot, caller, query, now).await?;
        let Asking { mut reading, meter, by, filter, zone, segments, .. } = asking;
        let asked = Asked::of(&meter.code, &segments, &filter);
        let asked = Asked { each_day: true, by, size: EXPORTED + 1, ..asked };
        let mut used = reading.used(asked).await?;
        if i64::try_from(used.len()).is_ok_and(|rows| rows > EXPORTED) {
            let message = format!("leads to more than {EXPORTED} rows: ask for fewer days");
            return Err(Invalid::new("from", message).into());
        }
        let gauge = meter.kind == MeterKind::Gauge;
        if gauge {
            let mut levels = reading.levels_before(&meter, &segments, &filter, by).await?;
            for used in &mut used {
                let level = levels.entry(used.key.clone()).or_default();
                *level += used.used;
                used.used = *level;
            }
        }
        let names = names(&mut snapshot, caller.organization, by, &used).await?;
        let amount = if gauge { "level_at_end_of_day" } else { "used" };
        let part = if by == Breakdown::Day { "part" } else { by.code() };
        let header = ["day", "time_zone", "meter", part, "name", amount, "given_back"];
        let (zone, of) = (zone.to_string(), meter.code.to_string());
        let rows = used.into_iter().map(|used| {
            let key = used.key.unwrap_or_default();
            let name = names.get(&key).cloned().unwrap_or_default();
            let day = used.day.map(|day| day.to_string()).unwrap_or_default();
            let (zone, of) = (zone.clone(), of.clone());
            [day, zone, of, key, name, used.used.to_string(), used.refunded.to_string()]
        });
        csv::table(header, rows)
    }
}

impl Asking<'_> {
    /// The parts that are told apart, the largest of them day by day, and how many more there are.
    async fn parts(&mut self, all: &Series) -> Result<(Vec<Series>, Vec<Part>, i64)> {
        let Self { reading, meter, by, filter, segments, .. } = self;
        let mut used = reading.by_part(meter, segments, filter, *by).await?;
        let found = used.len();
        used.truncate(PARTS);
        let names = names(reading.connection, reading.id, *by, &used).await?;
        let parts = used.into_iter().filter_map(|part| {
            let key = part.key?;
            let name = names.get(&key).cloned().unwrap_or_else(|| key.clone());
            Some(Part { key, name, used: part.used, refunded: part.refunded })
        });
        let parts: Vec<Part> = parts.collect();
        let shown = &parts[..parts.len().min(SHOWN)];
        let mut series = reading.series_of(meter, segments, filter, (*by, shown)).await?;
        if found > SHOWN {
            series.push(all.without(&series));
        }
        let more = i64::try_from(found - parts.len()).unwrap_or(i64::MAX);
        Ok((series, parts, more))
    }
}

/// The meter that is asked for. Refuses one that is not known, and an operation that is not.
async fn checked(connection: &mut Connection, query: &HistoryQuery) -> Result<Meter> {
    let unknown = |field: &str, what: &str| {
        Invalid::new(field, format!("is not {what} of this installation"))
    };
    if let Some(operation) = query.filter.operation.as_ref().and_then(Option::as_ref) {
        let found = store::rate_card::operations(connection, Some(operation)).await?;
        if found.is_empty() {
            return Err(unknown("operation", "an operation").into());
        }
    }
    let meters = store::catalogue::meters(connection).await?;
    let meter = meters.into_iter().find(|meter| meter.code == query.meter);
    Ok(meter.ok_or_else(|| unknown("meter", "a meter"))?)
}

/// What the keys of parts are called.
async fn names(
    connection: &mut Connection,
    id: OrganizationId,
    by: Breakdown,
    used: &[Used],
) -> Result<HashMap<String, String>> {
    let none = match by {
        Breakdown::Day => return Ok(HashMap::new()),
        Breakdown::Member => "The organization itself",
        Breakdown::Subtenant => "No subtenant",
        Breakdown::Operation => "No operation",
    };
    let mut names: HashMap<String, String> = if by == Breakdown::Operation {
        let operations = store::rate_card::operations(connection, None).await?.into_iter();
        operations.map(|operation| (operation.code.to_string(), operation.name)).collect()
    } else {
        let ids: HashSet<Uuid> =
            used.iter().filter_map(|used| used.key.as_ref()?.parse().ok()).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let found = store::audit_log::names(connection, id, &ids).await?.into_iter();
        found.map(|(id, named)| (id.to_string(), named.name)).collect()
    };
    names.insert(NONE.to_owned(), none.to_owned());
    Ok(names)
}
