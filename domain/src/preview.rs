//! What credit settings would do if they were saved now: worked out in the browser while somebody
//! types, from days of use that the server sends along (SPEC section 4).

use crate::{
    allocation::in_credits,
    amount::Amount,
    credits::{CreditCap, CreditSettings, Taken},
    input::Invalid,
    period::Period,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What is known of an organization when its settings are edited. Days are those of its zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Today.
    pub today: NaiveDate,
    /// The zone in which days begin.
    pub zone: String,
    /// The first day of which use is known.
    pub known_from: NaiveDate,
    /// Credits that the plan grants each billing month.
    pub allowance: Amount,
    /// Credits of this month's allowance that are neither used nor held.
    pub allowance_left: i64,
    /// Credits left in packs.
    pub packs: i64,
    /// Active members without a limit of their own.
    pub sharing: i64,
    /// What everyone took, by day.
    pub days: Vec<(NaiveDate, Taken)>,
    /// Active members with a limit of their own, those closest to it first.
    pub limited: Vec<Limited>,
    /// How many more of them there are.
    pub more: i64,
}

/// An active member with a limit of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limited {
    /// Their name.
    pub name: String,
    /// The limit as it was entered.
    pub cap: CreditCap,
    /// What they took in this billing month.
    pub month: i64,
    /// What they took, by day.
    pub days: Vec<(NaiveDate, i64)>,
}

/// What settings would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Why they can't be saved.
    pub refused: Option<Invalid>,
    /// The next days on which usage starts anew, or the limit ends.
    pub boundaries: Vec<NaiveDate>,
    /// What everyone took in the cycle that would run.
    pub used: i64,
    /// Members who could use nothing more, because their own limit is reached.
    pub stopped: Vec<String>,
    /// Members without a limit of their own, if nothing were left for them.
    pub sharing_stopped: i64,
    /// By how many credits limits would promise more than is left.
    pub over_promised: i64,
    /// Whether the cycle began before use is known.
    pub incomplete: bool,
}

/// Works it out, by the rules that decide.
pub fn preview(facts: &Facts, settings: &CreditSettings) -> Preview {
    let period = Period::from(settings.cycle);
    let cycle = period.days_around(facts.today);
    // A limit applies only while its cycle runs; without one the billing month counts.
    let limit = settings.limit.filter(|_| cycle.is_some());
    let cycle = cycle.filter(|_| limit.is_some());
    let within = |day: NaiveDate| cycle.is_some_and(|(first, next)| first <= day && day < next);

    let mut taken = Taken::default();
    for (_, of_day) in facts.days.iter().filter(|(day, _)| within(*day)) {
        taken.all += of_day.all;
        taken.from_allowance += of_day.from_allowance;
    }
    let caps: Vec<CreditCap> = facts.limited.iter().map(|member| member.cap).collect();
    let limits = in_credits(&caps, limit.unwrap_or(facts.allowance));
    let taken_by = |member: &Limited| match cycle {
        None => member.month,
        Some(_) => member.days.iter().filter(|(day, _)| within(*day)).map(|(_, taken)| taken).sum(),
    };
    let unused: Vec<i64> = facts
        .limited
        .iter()
        .zip(&limits)
        .map(|(member, limit)| (limit.get() - taken_by(member)).max(0))
        .collect();
    let promised: i64 = unused.iter().sum();
    let left =
        |set_aside| settings.pool_left(limit, taken, set_aside, facts.allowance_left, facts.packs);
    let for_all = left(0);
    let for_sharing = left(if settings.set_aside { promised } else { 0 });
    let stopped =
        facts.limited.iter().zip(&unused).filter(|(_, unused)| **unused == 0 || for_all == 0);
    Preview {
        refused: settings.check_pool(facts.allowance, facts.packs).err(),
        boundaries: period.boundaries_after(facts.today).take(3).collect(),
        used: taken.all,
        stopped: stopped.map(|(member, _)| member.name.clone()).collect(),
        sharing_stopped: if for_sharing == 0 { facts.sharing } else { 0 },
        over_promised: (promised - for_all).max(0),
        incomplete: cycle.is_some_and(|(first, _)| first < facts.known_from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::{CustomPeriod, Cycle};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn amount(credits: i64) -> Amount {
        Amount::parse("credits", credits).unwrap()
    }

    /// 5,000 a month, of which 3,000 are used: 1,900 this week and 1,100 before, none by packs.
    fn facts() -> Facts {
        let taken = |all| Taken { all, from_allowance: all };
        let member = |name: &str, cap: &str, before, this_week| Limited {
            name: name.to_owned(),
            cap: cap.parse().unwrap(),
            month: before + this_week,
            days: vec![(day("2026-11-03"), before), (day("2026-11-17"), this_week)],
        };
        Facts {
            today: day("2026-11-21"),
            zone: "Europe/Berlin".to_owned(),
            known_from: day("2026-08-13"),
            allowance: amount(5_000),
            allowance_left: 2_000,
            packs: 0,
            sharing: 2,
            days: vec![(day("2026-11-03"), taken(1_100)), (day("2026-11-17"), taken(1_900))],
            limited: vec![member("Ivo", "500", 300, 200), member("Lea", "20%", 0, 400)],
            more: 0,
        }
    }

    fn settings(cycle: Cycle, limit: Option<i64>) -> CreditSettings {
        CreditSettings { cycle, limit: limit.map(amount), ..CreditSettings::default() }
    }

    #[test]
    fn who_would_be_stopped_depends_on_the_cycle_and_the_base() {
        let month = preview(&facts(), &settings(Cycle::Monthly, Some(5_000)));
        assert_eq!(
            (month.used, month.stopped, month.sharing_stopped),
            (3_000, vec!["Ivo".into()], 0)
        );
        let week = preview(&facts(), &settings(Cycle::Weekly, Some(5_000)));
        assert_eq!((week.used, week.stopped.len()), (1_900, 0), "Ivo used 200 this week");
        let small = preview(&facts(), &settings(Cycle::Weekly, Some(2_000)));
        assert_eq!(small.stopped, ["Lea"], "20% of 2,000 are used");
        assert_eq!(small.sharing_stopped, 2, "what is left is promised to Ivo");
        assert_eq!(small.over_promised, 200, "300 promised, 100 left");
    }

    #[test]
    fn without_a_limit_the_billing_month_and_the_allowance_count() {
        let none = preview(&facts(), &settings(Cycle::Weekly, None));
        assert_eq!(none.stopped, ["Ivo"], "500 of 500 this month");
        assert_eq!((none.used, none.over_promised, none.refused), (0, 0, None));
        let past = CustomPeriod::new(day("2026-10-01"), day("2026-10-31"), false).unwrap();
        let ended = preview(&facts(), &settings(Cycle::Custom(past), Some(5_000)));
        assert_eq!((ended.stopped, ended.boundaries), (none.stopped, vec![]));
    }

    #[test]
    fn boundaries_are_days_of_the_cycle() {
        let next = |cycle| preview(&facts(), &settings(cycle, Some(1))).boundaries;
        assert_eq!(next(Cycle::Monthly), [day("2026-12-01"), day("2027-01-01"), day("2027-02-01")]);
        assert_eq!(next(Cycle::Weekly), [day("2026-11-23"), day("2026-11-30"), day("2026-12-07")]);
        let custom = |from, to, repeat| {
            Cycle::Custom(CustomPeriod::new(day(from), day(to), repeat).unwrap())
        };
        let twice = custom("2026-11-20", "2026-11-29", true);
        assert_eq!(next(twice), [day("2026-11-30"), day("2026-12-10"), day("2026-12-20")]);
        let once = custom("2026-12-01", "2026-12-24", false);
        assert_eq!(next(once), [day("2026-12-01"), day("2026-12-25")], "it begins, and it ends");
        let running = custom("2026-11-20", "2026-11-29", false);
        assert_eq!(next(running), [day("2026-11-30")]);
    }

    #[test]
    fn more_than_the_plan_provides_is_refused_before_it_is_sent() {
        let refused = preview(&facts(), &settings(Cycle::Monthly, Some(5_001))).refused;
        assert_eq!(refused.unwrap().field, "limit");
        let long = CustomPeriod::new(day("2026-07-01"), day("2026-12-31"), false).unwrap();
        assert!(preview(&facts(), &settings(Cycle::Custom(long), Some(5_000))).incomplete);
    }
}
