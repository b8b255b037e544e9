//! Periods compared with a slow oracle, which looks at wall clocks minute by minute and shares no
//! code with what it checks, near the moments at which zones change their clocks.

use super::*;
use chrono::{Offset as _, Weekday};
use chrono_tz::TZ_VARIANTS;
use proptest::{prelude::*, sample::select};

/// Zones that have changed their clocks around midnight, by less than an hour, or by a day, and an
/// ordinary one. They are drawn as often as all zones together.
const UNUSUAL: &[Tz] = &[
    Tz::Africa__Cairo,
    Tz::America__Asuncion,
    Tz::America__Goose_Bay,
    Tz::America__Havana,
    Tz::America__Moncton,
    Tz::America__Sao_Paulo,
    Tz::America__Scoresbysund,
    Tz::America__St_Johns,
    Tz::Asia__Beirut,
    Tz::Asia__Gaza,
    Tz::Asia__Kathmandu,
    Tz::Asia__Tehran,
    Tz::Atlantic__Azores,
    Tz::Australia__Lord_Howe,
    Tz::Europe__Berlin,
    Tz::Pacific__Apia,
    Tz::Pacific__Efate,
    Tz::Pacific__Kiritimati,
    Tz::Pacific__Kwajalein,
];

fn wall_day(tz: Tz, instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&tz).date_naive()
}

/// The first instant whose local date is `day` or later. No clock is a day ahead of UTC, so none
/// shows `day` before the walk starts.
fn begins_at(tz: Tz, day: NaiveDate) -> DateTime<Utc> {
    let mut instant = day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::days(1);
    while wall_day(tz, instant) < day {
        instant += TimeDelta::minutes(1);
    }
    // Since 1973 all clocks are whole minutes apart. Else a walk by minutes would be too coarse.
    assert!(wall_day(tz, instant - TimeDelta::seconds(1)) < day, "{tz} {day}");
    instant
}

/// Whether a period begins on `day`, or the only one has ended just before.
fn is_first_day(period: Period, day: NaiveDate) -> bool {
    match period {
        Period::Daily => true,
        Period::Weekly => day.weekday() == Weekday::Mon,
        Period::Monthly => day.day() == 1,
        Period::Yearly => day.ordinal() == 1,
        Period::Custom(custom) => {
            let length = (custom.last_day() - custom.first_day()).num_days() + 1;
            let since = (day - custom.first_day()).num_days();
            since == 0 || since == length || custom.repeat() && since > 0 && since % length == 0
        }
        Period::Level => false,
    }
}

/// What [`Period::window_at`] should answer: from the last first day that has begun to the first
/// one that hasn't.
fn oracle(tz: Tz, period: Period, now: DateTime<Utc>) -> Option<Window> {
    let has_begun = |day: &NaiveDate| begins_at(tz, *day) <= now;
    let first_days = |days: &mut dyn Iterator<Item = NaiveDate>| -> Vec<NaiveDate> {
        // A little over five years, the longest period.
        days.take(1_840).filter(|day| is_first_day(period, *day)).collect()
    };
    // Where an evening comes twice, tomorrow has already begun, but no day after it.
    let tomorrow = wall_day(tz, now) + Days::new(1);
    let mut back = std::iter::successors(Some(tomorrow), NaiveDate::pred_opt);
    let first = first_days(&mut back).into_iter().find(has_begun)?;
    let mut on = std::iter::successors(first.succ_opt(), NaiveDate::succ_opt);
    // Nothing follows a period that doesn't repeat.
    let next = first_days(&mut on).into_iter().find(|day| !has_begun(day))?;
    Some(Window { starts_at: begins_at(tz, first), ends_at: begins_at(tz, next) })
}

/// The last change of a zone's clocks in the three years up to `instant`, to the hour.
fn last_change(tz: Tz, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let changes = |from: DateTime<Utc>, step: TimeDelta| {
        let offset = |instant: DateTime<Utc>| instant.with_timezone(&tz).offset().fix();
        offset(from) != offset(from - step)
    };
    let find = |from: DateTime<Utc>, step: TimeDelta, count: i32| {
        (0..count).map(|back| from - step * back).find(|from| changes(*from, step))
    };
    let day = find(instant, TimeDelta::days(1), 3 * 366)?;
    find(day, TimeDelta::hours(1), 24)
}

/// A zone, a change of its clocks or just any moment where it has none, and a moment nearby.
fn moments() -> impl Strategy<Value = (Tz, DateTime<Utc>, DateTime<Utc>)> {
    let zones = prop_oneof![select(UNUSUAL), select(&TZ_VARIANTS[..])];
    // From 1981, so that none of the periods began before 1973 (see `begins_at`), to 2039.
    let seconds = 370_000_000i64..2_208_988_800;
    let away = prop_oneof![-2 * 3600i64..2 * 3600, -30 * 3600i64..30 * 3600];
    (zones, seconds, away).prop_map(|(tz, seconds, away)| {
        let any = DateTime::from_timestamp(seconds, 0).unwrap();
        let change = last_change(tz, any).unwrap_or(any);
        (tz, change, change + TimeDelta::seconds(away))
    })
}

/// A custom period, one of whose first days, or whose end, is the day of a change or next to it.
fn customs(near: NaiveDate) -> impl Strategy<Value = Period> {
    let days = prop_oneof![1i64..4, 4i64..1_830];
    (days, 0i64..3, -1i64..=1, any::<bool>()).prop_map(move |(days, periods, away, repeat)| {
        // No more than five years back: see `moments`.
        let periods = if days > 900 { periods.min(1) } else { periods };
        let first = near + TimeDelta::days(away - periods * days);
        let last = first + TimeDelta::days(days - 1);
        Period::Custom(CustomPeriod::new(first, last, repeat).unwrap())
    })
}

fn periods(near: NaiveDate) -> impl Strategy<Value = Period> {
    prop_oneof![
        2 => Just(Period::Daily),
        1 => Just(Period::Weekly),
        1 => Just(Period::Monthly),
        1 => Just(Period::Yearly),
        3 => customs(near),
    ]
}

fn cases() -> impl Strategy<Value = (Tz, Period, DateTime<Utc>)> {
    moments()
        .prop_flat_map(|(tz, change, now)| (Just(tz), periods(wall_day(tz, change)), Just(now)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn periods_are_those_that_wall_clocks_show((tz, period, now) in cases()) {
        prop_assert_eq!(period.window_at(TimeZone(tz), now), oracle(tz, period, now));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// No gap and no overlap: a period is the same from its first to its last second, and its
    /// neighbours touch it. Only a custom period has none before it, or after it.
    #[test]
    fn periods_tile_time((tz, period, now) in cases()) {
        let at = |instant| period.window_at(TimeZone(tz), instant);
        let Some(window) = at(now) else {
            prop_assert!(matches!(period, Period::Custom(_)));
            return Ok(());
        };
        let second = TimeDelta::seconds(1);
        prop_assert!(window.contains(now));
        prop_assert_eq!(at(window.starts_at), Some(window));
        prop_assert_eq!(at(window.ends_at - second), Some(window));
        let (before, after) = (at(window.starts_at - second), at(window.ends_at));
        if let Some(before) = before {
            prop_assert_eq!(before.ends_at, window.starts_at);
        }
        if let Some(after) = after {
            prop_assert_eq!(after.starts_at, window.ends_at);
        }
        let (begins, ends) = match period {
            Period::Custom(custom) => {
                (window.starts_at <= begins_at(tz, custom.first_day()), !custom.repeat())
            }
            _ => (false, false),
        };
        prop_assert_eq!((before.is_none(), after.is_none()), (begins, ends));
    }

    /// What a calendar remembers never shows, whether it is asked near its moment or far from it.
    #[test]
    fn a_calendar_answers_as_its_zone_does(
        (tz, period, now) in cases(),
        away in prop_oneof![-100_000i64..100_000, -100_000_000i64..100_000_000],
    ) {
        let calendar = Calendar::new(TimeZone(tz), now);
        let end = period.window_at(TimeZone(tz), now).map_or(now, |window| window.ends_at);
        for asked in [now, end, now + TimeDelta::seconds(away)] {
            prop_assert_eq!(calendar.window(period, asked), period.window_at(TimeZone(tz), asked));
            prop_assert_eq!(calendar.billing_month(asked), billing_month(asked));
            let same_day = Period::Daily.window_at(TimeZone(tz), now)
                == Period::Daily.window_at(TimeZone(tz), asked);
            let same_month = billing_month(now) == billing_month(asked);
            prop_assert_eq!(calendar.is_around(asked), same_day && same_month);
        }
    }
}
