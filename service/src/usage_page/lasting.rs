//! How long what is left will last, limit by limit (SPEC section 13).

use super::Course;
use crate::{Result, loading::Loaded, usage_history::Reading};
use domain::{
    answer::{LimitReport, LimitScope},
    ceilings::limits_of,
    forecast::Pace,
    history::{DayRange, Filter, Segments},
    period::PeriodKind,
    plan_report::Meter,
};

/// Days that a forecast looks at, and today.
const DAYS: u32 = 29;

/// A limit, and how long what it leaves will last.
#[derive(Clone, Debug)]
pub struct Lasting {
    /// On which meter.
    pub meter: Meter,
    /// Whose it is.
    pub scope: LimitScope,
    /// How often it starts anew.
    pub period: PeriodKind,
    /// What it leaves.
    pub left: i64,
    /// How long that lasts, in words.
    pub text: String,
    /// Whether it is likely to run out before it starts anew.
    pub runs_out: bool,
}

/// All limits of the organization on what it has used, but those of a single day: these start anew before
/// there is much to forecast.
pub(super) async fn lasting(
    reading: &mut Reading<'_>,
    loaded: &Loaded,
    credits: &Meter,
    courses: &[Course],
) -> Result<Vec<Lasting>> {
    let days = DayRange::ending_with(reading.today, DAYS);
    let days = Segments::of_days(days, reading.zone, reading.zone);
    let of_credits = reading.series(credits, &days, &Filter::default()).await?.amounts;
    let others = courses.iter().map(|course| (&course.meter, &course.amounts));
    let mut lasting = Vec::new();
    for (meter, amounts) in std::iter::once((credits, &of_credits)).chain(others) {
        let Some(pace) = Pace::of_meter(meter.kind, amounts) else { continue };
        let limits = limits_of(&loaded.state, None, &meter.code, loaded.now).into_iter();
        let limits = limits.filter(|limit| limit.period != PeriodKind::Daily);
        lasting.extend(limits.filter_map(|limit| of_limit(reading, meter, pace, &limit)));
    }
    Ok(lasting)
}

fn of_limit(
    reading: &Reading<'_>,
    meter: &Meter,
    pace: Pace,
    limit: &LimitReport,
) -> Option<Lasting> {
    let left = limit.remaining.filter(|_| limit.limit.is_some())?;
    let reset = limit.resets_at.map(|at| reading.zone.local_day(at));
    let run_out = pace.run_out(left, reading.today);
    Some(Lasting {
        meter: meter.clone(),
        scope: limit.scope,
        period: limit.period,
        left,
        text: pace.lasts(left, reading.today, reset),
        runs_out: match reset {
            Some(reset) => run_out.before(reset),
            None => run_out.likely.is_some(),
        },
    })
}
