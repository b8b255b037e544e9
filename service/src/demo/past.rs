//! What the people of the demo used in the past: enough for charts, the same each time.

use super::PEOPLE;
use crate::{Caller, Result, Service, UsageImport};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc, Weekday};
use domain::{
    access::{Rights, Scope},
    amount::Quantity,
    usage_import::{OnError, UsageEvent},
};

/// Days before today.
const DAYS: i64 = 183;
/// What everybody does beside searching, and how often for each credit, in thousandths.
const HABITS: [(&str, i64); 4] =
    [("ai_generate", 1_000_000), ("send_email", 4_000), ("import_row", 9_000), ("api_call", 2_500)];

impl Service {
    /// Records half a year of use: this month comes to what each person of the demo has used.
    pub(super) async fn use_for_half_a_year(&self, caller: &Caller) -> Result<()> {
        let now = {
            let mut connection = self.store.connection().await?;
            self.clock.now(&mut connection).await?
        };
        // As a program would: nobody imports by hand.
        let program = Caller { rights: Rights::of_key(vec![Scope::Admin]), ..caller.clone() };
        for (person, &(_, email, _, _, used)) in PEOPLE.iter().enumerate().filter(|of| of.1.4 > 0) {
            let events = days(now).enumerate().flat_map(|(number, (day, before, share))| {
                // Of the sums, so that no part of a credit is lost.
                let credits = used * (before + share) / 10_000 - used * before / 10_000;
                let habits = HABITS
                    .iter()
                    .map(move |(name, thousandths)| (*name, credits * thousandths / 1_000));
                let uses = std::iter::once(("prospect_search", credits)).chain(habits);
                uses.filter(|(_, quantity)| *quantity > 0).enumerate().map(
                    move |(use_, (operation, quantity))| {
                        let minutes = mixed(number * 31 + person * 7 + use_) % 600;
                        (day + TimeDelta::minutes(minutes), operation, quantity)
                    },
                )
            });
            let events: Vec<(DateTime<Utc>, &str, i64)> = events.collect();
            for part in events.chunks(5_000) {
                let events = part.iter().enumerate().map(|(place, (time, operation, quantity))| {
                    let event = UsageEvent {
                        source: "demo".parse()?,
                        id: format!("{email} {operation} {time}").parse()?,
                        time: (*time).min(now),
                        member: Some(email.parse()?),
                        operation: operation.parse()?,
                        quantity: Quantity::parse("quantity", *quantity)?,
                    };
                    Ok((place + 1, event))
                });
                let events = events.collect::<Result<Vec<_>>>()?;
                let import =
                    UsageImport { events, unreadable: Vec::new(), on_error: OnError::RejectAll };
                self.import_usage(&program, import, None).await?;
            }
        }
        Ok(())
    }
}

/// The mornings of half a year up to today, each with what was used before and on it in ten-thousandths of a
/// month's use; the days of this month make up the whole.
fn days(now: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, i64, i64)> {
    let today = now.date_naive();
    let first = today.with_day(1).unwrap_or(today);
    let this_month: i64 = first.iter_days().take_while(|day| *day <= today).map(usual).sum();
    let (mut sum, mut left) = (0, 10_000);
    (0..=DAYS).rev().filter_map(move |back| {
        let day = today - TimeDelta::days(back);
        let share = match day {
            day if day < first => usual(day) * (100 - back / 3) / 100,
            day if day == today => left,
            day => usual(day) * 10_000 / this_month,
        };
        left -= if day < first { 0 } else { share };
        sum += share;
        // Today counts from midnight, so that nothing is in the future.
        let begin = if day == today { (0, 0) } else { (7, 30) };
        Some((day.and_hms_opt(begin.0, begin.1, 0)?.and_utc(), sum - share, share))
    })
}

/// A day's part of a month in ten-thousandths: little at weekends, and never quite the same.
fn usual(day: NaiveDate) -> i64 {
    let busy = if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) { 60 } else { 430 };
    let mood = 70 + mixed(usize::try_from(day.num_days_from_ce()).unwrap_or_default()) % 60;
    busy * mood / 100
}

/// A number that looks like chance and is none.
fn mixed(number: usize) -> i64 {
    let number = u64::try_from(number).unwrap_or_default().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    i64::try_from((number ^ (number >> 29)) % 10_007).unwrap_or_default()
}
