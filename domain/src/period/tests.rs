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

/// The period around `now`, as the instants at which it begins and ends.
fn window(period: impl Into<Period>, name: &str, now: &str) -> (String, String) {
    let window = period.into().window_at(zone(name), at(now)).unwrap();
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
        // Midnight does not exist, far east of Greenwich.
        ("Asia/Kamchatka", "1982-04-01", "1982-03-31T12:00:00Z"),
        // Monrovia went from 00:00:00 to 00:44:30.
        ("Africa/Monrovia", "1972-01-07", "1972-01-07T00:44:30Z"),
        ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"),
    ] {
        assert_eq!(zone(name).first_instant(day(on)), at(expected), "{name} {on}");
    }
}

#[test]
fn days_of_berlin_have_23_24_and_25_hours() {
    let hours = |now: &str| {
        let window = Period::Daily.window_at(zone("Europe/Berlin"), at(now)).unwrap();
        (window.ends_at - window.starts_at).num_hours()
    };
    let noon = ["2026-03-29T12:00:00Z", "2026-07-01T12:00:00Z", "2026-10-25T12:00:00Z"];
    assert_eq!(noon.map(hours), [23, 24, 25]);
}

#[test]
fn days_are_right_where_midnight_comes_twice_or_never() {
    for (name, now, from, to) in [
        // Both of the hours after midnight belong to the day, and nothing before them.
        ("America/Havana", "2026-11-01T03:59:59Z", "2026-10-31T04:00Z", "2026-11-01T04:00Z"),
        ("America/Havana", "2026-11-01T04:00:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        ("America/Havana", "2026-11-01T05:00:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        // At 00:00 clocks show 01:00.
        ("Africa/Cairo", "2024-04-25T21:59:59Z", "2024-04-24T22:00Z", "2024-04-25T22:00Z"),
        ("Africa/Cairo", "2024-04-25T22:00:00Z", "2024-04-25T22:00Z", "2024-04-26T21:00Z"),
        // 31 December follows 29 December.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00Z", "2011-12-30T10:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z"),
        // At 24:00 clocks show 23:00 for a second time: midnight comes once, an hour late.
        ("America/Sao_Paulo", "2018-02-18T02:59:59Z", "2018-02-17T02:00Z", "2018-02-18T03:00Z"),
    ] {
        assert_eq!(window(Period::Daily, name, now), span(from, to), "{name} {now}");
    }
}

#[test]
fn years_begin_on_1_january_in_the_zone() {
    for (name, now, from, to) in [
        ("Europe/Berlin", "2024-02-29T12:00:00Z", "2023-12-31T23:00Z", "2024-12-31T23:00Z"),
        ("Europe/Berlin", "2024-12-31T23:00:00Z", "2024-12-31T23:00Z", "2025-12-31T23:00Z"),
        ("UTC", "2024-12-31T23:59:59Z", "2024-01-01T00:00Z", "2025-01-01T00:00Z"),
        // Nepal began 1986 at 00:15.
        ("Asia/Kathmandu", "1985-12-31T18:29:59Z", "1984-12-31T18:30Z", "1985-12-31T18:30Z"),
        ("Asia/Kathmandu", "1985-12-31T18:30:00Z", "1985-12-31T18:30Z", "1986-12-31T18:15Z"),
        // The last day of 1994 never was.
        ("Pacific/Kiritimati", "1994-12-31T09:59:59Z", "1994-01-01T10:00Z", "1994-12-31T10:00Z"),
        ("Pacific/Kiritimati", "1994-12-31T10:00:00Z", "1994-12-31T10:00Z", "1995-12-31T10:00Z"),
    ] {
        assert_eq!(window(Period::Yearly, name, now), span(from, to), "{name} {now}");
    }
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
    // A month after 31 January is no date, so months are never counted from the day of asking.
    assert_eq!(
        window(Cycle::Monthly, "UTC", "2026-01-31T12:00:00Z"),
        span("2026-01-01T00:00Z", "2026-02-01T00:00Z"),
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
fn custom_periods_count_29_february_and_days_that_never_were() {
    let custom = |first, last, repeat| {
        Period::Custom(CustomPeriod::new(day(first), day(last), repeat).unwrap())
    };
    // 366 days long because of the leap day, and therefore not for long on the same date.
    let year = custom("2024-02-29", "2025-02-28", true);
    for (now, from, to) in [
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00Z", "2025-03-01T00:00Z"),
        ("2025-03-01T00:00:00Z", "2025-03-01T00:00Z", "2026-03-02T00:00Z"),
        ("2028-02-29T00:00:00Z", "2027-03-03T00:00Z", "2028-03-03T00:00Z"),
    ] {
        assert_eq!(window(year, "UTC", now), span(from, to), "{now}");
    }
    // Samoa's 30 December 2011 alone holds no instant; with its neighbour it is that neighbour.
    let (apia, now) = ("Pacific/Apia", "2011-12-30T10:00:00Z");
    assert_eq!(custom("2011-12-30", "2011-12-30", false).window_at(zone(apia), at(now)), None);
    assert_eq!(
        window(custom("2011-12-30", "2011-12-31", false), apia, now),
        span("2011-12-30T10:00Z", "2011-12-31T10:00Z"),
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

#[test]
fn a_calendar_is_around_until_the_local_day_or_the_billing_month_ends() {
    // An hour into 1 December in Berlin, November still is the billing month.
    let calendar = Calendar::new(zone("Europe/Berlin"), at("2026-11-30T23:30:00Z"));
    assert_eq!(calendar.zone(), zone("Europe/Berlin"));
    for (now, around) in [
        ("2026-11-30T22:59:59Z", false),
        ("2026-11-30T23:00:00Z", true),
        ("2026-11-30T23:59:59Z", true),
        ("2026-12-01T00:00:00Z", false),
    ] {
        assert_eq!(calendar.is_around(at(now)), around, "{now}");
    }
    let later = Calendar::new(zone("Europe/Berlin"), at("2026-12-01T00:00:00Z"));
    assert!(later.is_around(at("2026-12-01T22:59:59Z")));
    assert!(!later.is_around(at("2026-12-01T23:00:00Z")));
}

#[test]
fn a_calendar_is_right_far_from_its_moment() {
    let berlin = zone("Europe/Berlin");
    let calendar = Calendar::new(berlin, at("2026-11-30T23:30:00Z"));
    let custom = CustomPeriod::new(day("2024-02-29"), day("2025-02-28"), true).unwrap();
    let periods = [Period::Daily, Period::Weekly, Period::Monthly, Period::Yearly, Period::Level];
    for now in ["1996-02-29T23:00:00Z", "2026-03-29T00:59:59Z", "2031-12-31T23:00:00Z"].map(at) {
        for period in periods.into_iter().chain([Period::Custom(custom)]) {
            assert_eq!(calendar.window(period, now), period.window_at(berlin, now), "{period:?}");
        }
        assert_eq!(calendar.billing_month(now), billing_month(now));
        assert!(!calendar.is_around(now));
    }
}

#[test]
fn quarters_of_an_hour_begin_with_those_of_every_zone() {
    for (instant, begun) in [
        ("2026-11-21T10:15:00Z", "2026-11-21T10:15:00Z"),
        ("2026-11-21T10:29:59.999Z", "2026-11-21T10:15:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:45:00Z"),
    ] {
        assert_eq!(quarter_hour(at(instant)), at(begun));
    }
    // A quarter of an hour off the hour.
    let midnight = zone("Asia/Kathmandu").first_instant(day("2026-11-21"));
    assert_eq!(quarter_hour(midnight), midnight);
}
