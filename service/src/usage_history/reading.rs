//! Where numbers of the past are read: sums of the ledger, and what is not summed up yet.

use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    catalogue::MeterKind,
    history::{Breakdown, Filter, Part, Segments, Series, Used},
    ids::OrganizationId,
    input::Code,
    ledger::LedgerEntry,
    period::{Period, TimeZone, Window},
    plan_report::Meter,
};
use std::collections::HashMap;
use store::{
    Connection,
    usage_history::{TAIL, Wanted, WantedEntries},
};

/// Parts that are added up at most.
const ADDED_UP: i64 = 100_000;
/// Where the numbers of one organization are read.
pub(crate) struct Reading<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(super) id: OrganizationId,
    /// Where its days begin.
    pub(crate) zone: TimeZone,
    /// Which day today is.
    pub(crate) today: NaiveDate,
    /// Entries of the ledger that are not read yet, because they are too many.
    pub(crate) behind: i64,
    pub(crate) rolled_seq: i64,
}

impl<'a> Reading<'a> {
    /// Begins to read, in a snapshot.
    pub(crate) async fn begin(
        connection: &'a mut Connection,
        id: OrganizationId,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let organization = store::organizations::get(connection, id).await?;
        let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
        let lock = store::organizations::peek(connection, id).await?;
        let last_seq = lock.ok_or(Error::NotFound("organization"))?.last_seq;
        let rolled_seq = store::usage_history::rolled_seq(connection, id).await?;
        let tail = last_seq - rolled_seq;
        // Only while a very large import is summed up there are more, and then for a moment numbers lag
        // behind, and say so.
        let behind = if tail > TAIL { tail } else { 0 };
        // Past the last entry there is nothing to read.
        let rolled_seq = if behind > 0 { last_seq } else { rolled_seq };
        let today = today(zone, now);
        Ok(Self { connection, id, zone, today, behind, rolled_seq })
    }

    /// What was used of a meter in a span of time.
    pub(super) async fn used(&mut self, wanted: Asked<'_>) -> Result<Vec<Used>> {
        let Asked { meter, segments, each_day, by, filter, keys, size } = wanted;
        let rolled_seq = self.rolled_seq;
        let wanted = Wanted { meter, segments, each_day, by, filter, keys, rolled_seq };
        Ok(store::usage_history::used(self.connection, self.id, wanted, size).await?)
    }

    /// Entries of the ledger.
    pub(crate) async fn entries(
        &mut self,
        wanted: WantedEntries<'_>,
        size: i64,
    ) -> Result<Vec<LedgerEntry>> {
        Ok(store::usage_history::entries(self.connection, self.id, wanted, size).await?)
    }

    /// What everything together used of a meter on each day of a span of time.
    pub(crate) async fn series(
        &mut self,
        meter: &Meter,
        segments: &Segments,
        filter: &Filter,
    ) -> Result<Series> {
        let asked = Asked::of(&meter.code, segments, filter);
        let used = self.used(Asked { each_day: true, ..asked }).await?;
        let before = self.levels_before(meter, segments, filter, Breakdown::Day).await?;
        let before = before.get(&None).copied().unwrap_or_default();
        Ok(Series::of(segments.days(), &used, meter.kind, before))
    }

    /// The same for some of the parts that are told apart.
    pub(super) async fn series_of(
        &mut self,
        meter: &Meter,
        segments: &Segments,
        filter: &Filter,
        (by, parts): (Breakdown, &[Part]),
    ) -> Result<Vec<Series>> {
        let keys: Vec<String> = parts.iter().map(|part| part.key.clone()).collect();
        let asked = Asked::of(&meter.code, segments, filter);
        let asked = Asked { each_day: true, by, keys: Some(&keys), ..asked };
        let used = self.used(asked).await?;
        let before = self.levels_before(meter, segments, filter, by).await?;
        let of = |part: &Part| {
            let key = Some(part.key.clone());
            let of_part = used.iter().filter(|used| used.key == key);
            let before = before.get(&key).copied().unwrap_or_default();
            let series = Series::of(segments.days(), of_part, meter.kind, before);
            Series { part: Some(part.clone()), ..series }
        };
        Ok(parts.iter().map(of).collect())
    }

    /// What was used of a meter in a span of time, by parts.
    pub(crate) async fn by_part(
        &mut self,
        meter: &Meter,
        segments: &Segments,
        filter: &Filter,
        by: Breakdown,
    ) -> Result<Vec<Used>> {
        let asked = Asked::of(&meter.code, segments, filter);
        let mut used = self.used(Asked { by, ..asked }).await?;
        // Of a gauge that is what changed; what there was before makes the level.
        let mut before = self.levels_before(meter, segments, filter, by).await?;
        for part in &mut used {
            part.used += before.remove(&part.key).unwrap_or_default();
        }
        let unchanged = before.into_iter().filter(|(_, level)| *level != 0);
        used.extend(unchanged.map(|(key, used)| Used {
            day: None,
            key,
            used,
            from_packs: 0,
            refunded: 0,
        }));
        used.sort_by(|one, other| other.used.cmp(&one.used).then_with(|| one.key.cmp(&other.key)));
        Ok(used)
    }

    /// The levels of a gauge when a span of time begins; a counter has none.
    pub(super) async fn levels_before(
        &mut self,
        meter: &Meter,
        segments: &Segments,
        filter: &Filter,
        by: Breakdown,
    ) -> Result<HashMap<Option<String>, i64>> {
        if meter.kind == MeterKind::Counter {
            return Ok(HashMap::new());
        }
        let ends_at = segments.window().starts_at;
        let before = Window { starts_at: DateTime::UNIX_EPOCH, ends_at };
        let before = Segments::of_window(before, self.zone);
        let asked = Asked::of(&meter.code, &before, filter);
        let levels = self.used(Asked { by, ..asked }).await?;
        Ok(levels.into_iter().map(|level| (level.key, level.used)).collect())
    }
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) meter: &'a Code,
    pub(super) segments: &'a Segments,
    pub(super) each_day: bool,
    pub(super) by: Breakdown,
    pub(super) filter: &'a Filter,
    pub(super) keys: Option<&'a [String]>,
    pub(super) size: i64,
}

impl<'a> Asked<'a> {
    pub(super) fn of(meter: &'a Code, segments: &'a Segments, filter: &'a Filter) -> Self {
        let by = Breakdown::Day;
        Self { meter, segments, each_day: false, by, filter, keys: None, size: ADDED_UP }
    }
}

/// Which day it is in a zone: the one that began last, also where the wall shows the day before for a
/// second time.
pub(crate) fn today(zone: TimeZone, now: DateTime<Utc>) -> NaiveDate {
    let day = Period::Daily.window_at(zone, now);
    zone.local_day(day.map_or(now, |day| day.starts_at))
}
