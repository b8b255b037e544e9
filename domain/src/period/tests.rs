use super::*;

fn zone(name: &str) -> TimeZone {
    name.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The months, weeks or custom periods around `now`, as the instants at which they begin and end.
fn window(cycle: Cycle, name: &str, now: &str) -> (String, String) {
    let window = cycle.window_at(zone(name), at(now)).unwrap();
    let text = |instant: DateTime<Utc>| instant.format("%FT%RZ").to_string();
    (text(window.starts_at), text(window.ends_at))
}

fn span(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[test]
fn a_day_begins_at_its_first_instant() {
    for (name, on, expected) in [
        // Midnight happens twice in Havana on the day when summer time ends.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
        // Midnight does not exist in Cairo on the day when summer time begins.
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z"),
        // Samoa skipped this whole day.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
        // A gap from 23:30 to 00:30 hides the midnight inside it.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"),
        ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"),
    ] {
        assert_eq!(zone(name).first_instant(day(on)), at(expected), "{name} {on}");
    }
}

#[test]
fn days_of_berlin_have_23_24_and_25_hours() {
    let berlin = zone("Europe/Berlin");
    let hours = |on: &str| {
        let next = day(on).succ_opt().unwrap();
        (berlin.first_instant(next) - berlin.first_instant(day(on))).num_hours()
    };
    assert_eq!((hours("2026-03-29"), hours("2026-07-01"), hours("2026-10-25")), (23, 24, 25));
}

#[test]
fn months_begin_on_the_first_in_the_zone() {
    assert_eq!(
        window(Cycle::Monthly, "Europe/Berlin", "2026-11-30T22:59:59Z"),
        span("2026-10-31T23:00Z", "2026-11-30T23:00Z"),
    );
    assert_eq!(
        window(Cycle::Monthly, "Europe/Berlin", "2026-11-30T23:00:00Z"),
        span("2026-11-30T23:00Z", "2026-12-31T23:00Z"),
    );
    assert_eq!(
        window(Cycle::Monthly, "UTC", "2024-02-29T12:00:00Z"),
        span("2024-02-01T00:00Z", "2024-03-01T00:00Z"),
    );
}

#[test]
fn weeks_begin_on_monday_also_over_new_year() {
    assert_eq!(
        window(Cycle::Weekly, "UTC", "2025-01-01T00:00:00Z"),
        span("2024-12-30T00:00Z", "2025-01-06T00:00Z"),
    );
    assert_eq!(
        window(Cycle::Weekly, "America/New_York", "2026-11-02T04:59:59Z"),
        span("2026-10-26T04:00Z", "2026-11-02T05:00Z"),
    );
}

#[test]
fn custom_periods_include_their_last_day_and_repeat_only_when_asked() {
    let custom = |repeat| {
        Cycle::Custom(CustomPeriod::new(day("2026-01-31"), day("2026-02-28"), repeat).unwrap())
    };
    let utc = TimeZone::UTC;
    assert_eq!(
        window(custom(false), "UTC", "2026-02-28T23:59:59Z"),
        span("2026-01-31T00:00Z", "2026-03-01T00:00Z"),
    );
    assert_eq!(custom(false).window_at(utc, at("2026-03-01T00:00:00Z")), None);
    assert_eq!(custom(true).window_at(utc, at("2026-01-30T23:59:59Z")), None);
    assert_eq!(
        window(custom(true), "UTC", "2026-03-01T00:00:00Z"),
        span("2026-03-01T00:00Z", "2026-03-30T00:00Z"),
    );
}

#[test]
fn where_midnight_comes_twice_the_second_evening_belongs_to_the_new_period() {
    // St. John's set its clocks back at 00:01 on Sunday, 1 November 2009, to 23:01 of October.
    let first_midnight = "2009-11-01T02:30Z";
    assert_eq!(
        window(Cycle::Monthly, "America/St_Johns", "2009-11-01T03:00:00Z").0,
        first_midnight,
    );
    assert_eq!(
        window(Cycle::Monthly, "America/St_Johns", "2009-11-01T02:29:59Z").1,
        first_midnight,
    );
}

#[test]
fn billing_months_are_utc_months() {
    let month = billing_month(at("2026-12-31T23:59:59Z"));
    assert_eq!(month.starts_at, at("2026-12-01T00:00:00Z"));
    assert_eq!(month.ends_at, at("2027-01-01T00:00:00Z"));
}

#[test]
fn cycles_that_make_no_sense_are_refused_with_the_field() {
    let parse = |json: &str| -> Result<Cycle, Invalid> {
        serde_json::from_str::<CycleInput>(json).unwrap().try_into()
    };
    for (json, field) in [
        (r#"{"kind": "hourly"}"#, "kind"),
        (r#"{"kind": "custom", "last_day": "2026-01-01"}"#, "first_day"),
        (r#"{"kind": "custom", "first_day": "2026-01-01"}"#, "last_day"),
        (r#"{"kind": "custom", "first_day": "2026-01-02", "last_day": "2026-01-01"}"#, "last_day"),
        (r#"{"kind": "custom", "first_day": "2026-01-01", "last_day": "2031-01-05"}"#, "last_day"),
        (r#"{"kind": "custom", "first_day": "0001-01-01", "last_day": "0001-01-05"}"#, "first_day"),
        (r#"{"kind": "monthly", "first_day": "2026-01-01"}"#, "first_day"),
    ] {
        assert_eq!(parse(json).unwrap_err().field, field, "{json}");
    }
    assert_eq!(parse(r#"{"kind": "weekly"}"#).unwrap(), Cycle::Weekly);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    /// Zones whose clocks do unusual things, and some ordinary ones.
    const ZONES: &[&str] = &[
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "Africa/Cairo",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Beirut",
        "America/Sao_Paulo",
        "Pacific/Kiritimati",
    ];

    fn cycles() -> impl Strategy<Value = Cycle> {
        let custom = (0i64..20_000, 1i64..400).prop_map(|(start, days)| {
            let first = day("1970-01-01") + TimeDelta::days(start);
            let last = first + TimeDelta::days(days - 1);
            Cycle::Custom(CustomPeriod::new(first, last, true).unwrap())
        });
        prop_oneof![Just(Cycle::Monthly), Just(Cycle::Weekly), custom]
    }

    proptest! {
        /// No gap and no overlap: the instant at which a period ends belongs to one that begins
        /// just there, and every instant lies in the period that is given for it.
        #[test]
        fn periods_tile_time(
            cycle in cycles(),
            name in proptest::sample::select(ZONES),
            seconds in 1_000_000_000i64..2_500_000_000,
        ) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            if let Some(window) = cycle.window_at(zone(name), now) {
                prop_assert!(window.contains(now));
                let next = cycle.window_at(zone(name), window.ends_at).unwrap();
                prop_assert_eq!(next.starts_at, window.ends_at);
            } else {
                prop_assert!(matches!(cycle, Cycle::Custom(_)));
            }
        }
    }
}
