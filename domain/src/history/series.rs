use super::Breakdown;
use crate::{catalogue::MeterKind, period::TimeZone, plan_report::Meter};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::HashMap;

/// What was used of a meter, on one day or by one of whom is told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The day, where days are told apart.
    pub day: Option<NaiveDate>,
    /// The id of a member or a subtenant or the code of an operation, or [`NONE`](super::NONE), where
    /// those are told apart.
    pub key: Option<String>,
    /// In the meter's smallest unit: what was given back is taken off. For a gauge, by how much its
    /// level changed.
    pub used: i64,
    /// The part of it that packs paid.
    pub from_packs: i64,
    /// What was given back.
    pub refunded: i64,
}

/// One number for each day: what was used on it or, of a gauge, its level at the end of it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Series {
    /// Whose it is; empty for everything together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// In the meter's smallest unit.
    pub amounts: Vec<i64>,
    /// What was given back of what was used on each day, and so is not in `amounts`.
    pub refunded: Vec<i64>,
}

impl Series {
    /// A series from what is known of its days, in any order. Of a gauge `before` is its level when
    /// the first day begins; of a counter it is nothing.
    pub fn of<'a>(
        days: &[NaiveDate],
        uses: impl IntoIterator<Item = &'a Used>,
        meter: MeterKind,
        before: i64,
    ) -> Self {
        let mut by_day: HashMap<NaiveDate, (i64, i64)> = HashMap::new();
        for used in uses {
            if let Some(day) = used.day {
                let of_day = by_day.entry(day).or_default();
                of_day.0 += used.used;
                of_day.1 += used.refunded;
            }
        }
        let of = |day: &NaiveDate| by_day.get(day).copied().unwrap_or_default();
        let mut level = before;
        let amounts = days.iter().map(|day| {
            level += of(day).0;
            if meter == MeterKind::Gauge { level } else { of(day).0 }
        });
        let amounts = amounts.collect();
        Self { part: None, amounts, refunded: days.iter().map(|day| of(day).1).collect() }
    }

    /// What is left of this series when others are taken off: the parts that are not shown.
    #[must_use]
    pub fn without(&self, others: &[Self]) -> Self {
        let less = |of: fn(&Self) -> &Vec<i64>| {
            let days = of(self).iter().enumerate();
            let left = days.map(|(day, amount)| {
                let taken: i64 = others.iter().filter_map(|other| of(other).get(day)).sum();
                amount - taken
            });
            left.collect()
        };
        Self { part: None, amounts: less(|of| &of.amounts), refunded: less(|of| &of.refunded) }
    }

    /// All days together or, of a gauge, the last level.
    pub fn total(&self, meter: MeterKind) -> i64 {
        match meter {
            MeterKind::Counter => self.amounts.iter().sum(),
            MeterKind::Gauge => self.amounts.last().copied().unwrap_or_default(),
        }
    }
}

/// A member, a subtenant or an operation, with what it used in all days together.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its id or code, or `none`: the organization itself, no subtenant or no operation.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it used or, of a gauge, has at the end of the last day.
    pub used: i64,
    /// What was given back to it.
    pub refunded: i64,
}

/// What was used of a meter in a range of days.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// The meter.
    #[serde(flatten)]
    pub meter: Meter,
    /// What is told apart.
    pub by: Breakdown,
    /// Where days begin.
    pub zone: TimeZone,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// All days, in order.
    pub days: Vec<NaiveDate>,
    /// Everything together.
    #[serde(flatten)]
    pub all: Series,
    /// The parts that used the most, day by day, and as the last one what all others used together
    /// where there are any.
    pub series: Vec<Series>,
    /// The parts, those that used the most first.
    pub parts: Vec<Part>,
    /// How many parts there are beside these.
    pub more_parts: i64,
    /// Entries of the ledger that are too new to be in these numbers; 0 but for a moment after a very
    /// large import.
    pub behind: i64,
}

impl History {
    /// All days together or, of a gauge, the last level.
    pub fn total(&self) -> i64 {
        self.all.total(self.meter.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::DayRange;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn used(day_text: &str, used: i64, refunded: i64) -> Used {
        Used { day: Some(day(day_text)), key: None, used, from_packs: 0, refunded }
    }

    fn days() -> Vec<NaiveDate> {
        DayRange::ending_with(day("2026-11-03"), 3).days().collect()
    }

    #[test]
    fn days_without_use_are_nothing_for_a_counter_and_no_change_for_a_gauge() {
        let uses = [used("2026-11-03", -2, 0), used("2026-11-01", 5, 1), used("2026-11-01", 1, 0)];
        let counter = Series::of(&days(), &uses, MeterKind::Counter, 0);
        assert_eq!(counter.amounts, [6, 0, -2]);
        assert_eq!(counter.refunded, [1, 0, 0]);
        assert_eq!(counter.total(MeterKind::Counter), 4);
        let gauge = Series::of(&days(), &uses, MeterKind::Gauge, 10);
        assert_eq!(gauge.amounts, [16, 16, 14]);
        assert_eq!(gauge.total(MeterKind::Gauge), 14);
    }

    #[test]
    fn parts_and_the_others_are_everything() {
        let series = |amounts: &[i64]| Series {
            amounts: amounts.to_vec(),
            refunded: vec![0; amounts.len()],
            ..Series::default()
        };
        let others = series(&[10, 4, 7]).without(&[series(&[3, 4, 0]), series(&[5, 0, 0])]);
        assert_eq!(others.amounts, [2, 0, 7]);
    }
}
