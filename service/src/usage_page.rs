//! The page *Usage*: what an organization, or the subtenant of the one who looks, uses of what it may,
//! what they use themselves, and how it went (SPEC sections 7 and 9). One snapshot for everything.

mod lasting;

pub use lasting::Lasting;

use crate::{
    Caller, Error, Result, Service,
    loading::Loaded,
    plan_requests,
    usage_history::{Reading, within_reach},
};
use chrono::{Datelike, NaiveDate};
use domain::{
    access::{Action, UsageReach},
    answer::{Headroom, LimitReport, LimitScope},
    balances::{Holder, Path},
    budgets::BudgetMeter,
    catalogue::MeterKind,
    ceilings::limits_of,
    decision::credits_left,
    history::{DayRange, Filter, Segments},
    ids::MemberId,
    input::Code,
    period::{TimeZone, Window, billing_month},
    plan_report::Meter,
    views::{Period, PlanView},
};
use std::slice::from_ref;
use store::{Connection, members::Member};

/// The page *Usage*.
#[derive(Clone, Debug)]
pub struct UsagePage {
    /// The organization's name.
    pub organization: String,
    /// The currency of amounts of money.
    pub currency: String,
    /// What is seen of what several use together; `None`: the one who looks sees single members only.
    pub together: Option<UsageTogether>,
    /// What the one who looks may use of credits right now, and which limit says so.
    pub own_left: Headroom,
    /// What they use of the meters on which members have a part of their own.
    pub own: Vec<OwnUse>,
}

/// What the whole organization uses, or the members of one subtenant.
#[derive(Clone, Debug)]
pub struct UsageTogether {
    /// The name of the subtenant; `None` is the organization.
    pub subtenant: Option<String>,
    /// The plan and what is used of it. It is the organization's, and not for a subtenant.
    pub plan: Option<PlanView>,
    /// The billing month, in UTC.
    pub billing_period: Period,
    /// Credits.
    pub credits: CreditsUse,
    /// The days of `courses`: six months up to today.
    pub days: Vec<NaiveDate>,
    /// Every meter but credits, by group.
    pub courses: Vec<Course>,
    /// How long what limits leave will last; those of the organization, and not for a subtenant.
    pub lasting: Vec<Lasting>,
    /// Entries of the ledger that are too new to be in the courses; 0 but for a moment after a very
    /// large import.
    pub behind: i64,
}

/// Credits that were used, whoever paid.
#[derive(Clone, Debug)]
pub struct CreditsUse {
    /// Today, in the organization's zone.
    pub today: i64,
    /// Since Monday.
    pub week: i64,
    /// In this billing month.
    pub month: i64,
    /// The days of the billing month. Those at its edges can be cut short: it is one of UTC.
    pub days: Vec<NaiveDate>,
    /// What was used on each of them up to today.
    pub amounts: Vec<i64>,
    /// How evenly the limit would have to be used up.
    pub pace: Option<Pace>,
}

/// What could be used each day so that a limit lasts until it resets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Whose limit it is: the enterprise limit or the plan's credits.
    pub scope: LimitScope,
    /// The limit.
    pub limit: i64,
    /// Its part for a day, rounded down.
    pub a_day: i64,
}

/// How the use of a meter went.
#[derive(Clone, Debug)]
pub struct Course {
    /// The meter.
    pub meter: Meter,
    /// What was used in this billing month, or the level of a gauge.
    pub used: i64,
    /// What was used on each day, or the level at its end.
    pub amounts: Vec<i64>,
}

/// What somebody uses of a meter themselves.
#[derive(Clone, Debug)]
pub struct OwnUse {
    /// The meter.
    pub meter: Meter,
    /// What they used in this billing month.
    pub used: i64,
    /// Their own limit; `None` shares what the organization has.
    pub limit: Option<LimitReport>,
}

impl Service {
    /// The page *Usage*, as far as the caller may see it.
    pub async fn usage_page(&self, caller: &Caller) -> Result<UsagePage> {
        caller.require(Action::ViewUsage)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let me = store::members::get(&mut snapshot, id, caller.member()?, loaded.now).await?;
        let me = me.ok_or(Error::NotFound("member"))?;
        let meters = store::catalogue::meters(&mut snapshot).await?;
        loaded.add_credits_of(&mut snapshot, from_ref(&me)).await?;
        let path = Path { subtenant: me.subtenant, member: Some(me.id) };
        let personal = BudgetMeter::ALL.map(Code::from);
        loaded.add_balances_to_show(&mut snapshot, path, &personal).await?;
        let seen = match seen_together(caller, &me)? {
            Some(filter) => Some(Seen::new(&mut snapshot, caller, &mut loaded, filter).await?),
            None => None,
        };
        let mut reading = Reading::begin(&mut snapshot, id, loaded.now).await?;
        let together = match seen {
            Some(seen) => Some(together(&mut reading, &loaded, &meters, seen).await?),
            None => None,
        };
        let own = own(&mut reading, &loaded, me.id, &meters).await?;
        let in_state = loaded.state.members.get(&me.id);
        Ok(UsagePage {
            own_left: credits_left(&loaded.state, in_state, loaded.now),
            organization: loaded.organization.name,
            currency: loaded.organization.currency.to_string(),
            together,
            own,
        })
    }
}

/// Whose use together the caller sees: everybody's, that of their own subtenant, or nobody's.
fn seen_together(caller: &Caller, me: &Member) -> Result<Option<Filter>> {
    let reach = UsageReach::of(&caller.rights).ok_or(Error::Forbidden(Action::ViewUsage))?;
    Ok(match reach {
        UsageReach::Everything => Some(Filter::default()),
        UsageReach::Part { own_subtenant: true, .. } => {
            me.subtenant.map(|own| Filter { subtenant: Some(Some(own)), ..Filter::default() })
        }
        UsageReach::Part { own_subtenant: false, .. } => None,
    })
}

/// Of whom what is used together is seen.
struct Seen {
    filter: Filter,
    /// The name of the subtenant, where it is one.
    subtenant: Option<String>,
    /// The plan, where it is the organization.
    plan: Option<PlanView>,
}

impl Seen {
    async fn new(
        connection: &mut Connection,
        caller: &Caller,
        loaded: &mut Loaded,
        filter: Filter,
    ) -> Result<Self> {
        let (id, now) = (loaded.state.id, loaded.now);
        let filter = within_reach(connection, caller, filter, now).await?;
        let Some(subtenant) = filter.subtenant.flatten() else {
            let report = plan_requests::report(connection, loaded).await?;
            // Quotas of the whole organization can count in other periods than the plan.
            let limited = loaded.state.quotas.keys();
            let limited = limited.filter(|(holder, _)| *holder == Holder::Organization);
            let limited: Vec<Code> = limited.map(|(_, meter)| meter.clone()).collect();
            loaded.add_balances_to_show(connection, Path::default(), &limited).await?;
            let billing_period = Period::new(billing_month(now), TimeZone::UTC, now);
            let plan = PlanView { report, billing_period, requested: None };
            return Ok(Self { filter, subtenant: None, plan: Some(plan) });
        };
        let found = store::subtenants::get(connection, id, subtenant).await?;
        let found = found.ok_or(Error::NotFound("subtenant"))?;
        Ok(Self { filter, subtenant: Some(found.name), plan: None })
    }
}

async fn together(
    reading: &mut Reading<'_>,
    loaded: &Loaded,
    meters: &[Meter],
    Seen { filter, subtenant, plan }: Seen,
) -> Result<UsageTogether> {
    let now = loaded.now;
    let pace = plan.is_some().then(|| pace(loaded)).flatten();
    let (all, credits): (Vec<&Meter>, Vec<&Meter>) =
        meters.iter().partition(|meter| !meter.code.is_credits());
    let meter_of_credits = *credits.first().ok_or(Error::NotFound("meter"))?;
    let credits = credits_use(reading, meter_of_credits, &filter, pace, billing_month(now)).await?;
    let range = DayRange::six_months(reading.today);
    let segments = Segments::of_days(range, reading.zone, reading.zone);
    let month = Segments::of_window(billing_month(now), reading.zone);
    let mut courses = Vec::with_capacity(all.len());
    for meter in all {
        let course = reading.series(meter, &segments, &filter).await?;
        let of_plan = plan.iter().flat_map(|plan| &plan.report.meters);
        let used = of_plan.into_iter().find(|of| of.meter.code == meter.code);
        let used = match (used, meter.kind) {
            (Some(used), _) => used.used,
            (None, MeterKind::Gauge) => course.total(MeterKind::Gauge),
            (None, MeterKind::Counter) => {
                reading.series(meter, &month, &filter).await?.total(MeterKind::Counter)
            }
        };
        courses.push(Course { meter: meter.clone(), used, amounts: course.amounts });
    }
    let lasting = match &plan {
        None => Vec::new(),
        Some(_) => lasting::lasting(reading, loaded, meter_of_credits, &courses).await?,
    };
    Ok(UsageTogether {
        lasting,
        billing_period: Period::new(billing_month(now), TimeZone::UTC, now),
        subtenant,
        plan,
        credits,
        days: range.days().collect(),
        courses,
        behind: reading.behind,
    })
}

async fn credits_use(
    reading: &mut Reading<'_>,
    meter: &Meter,
    filter: &Filter,
    pace: Option<Pace>,
    month: Window,
) -> Result<CreditsUse> {
    let since_monday = reading.today.weekday().num_days_from_monday();
    let week = DayRange::ending_with(reading.today, since_monday + 1);
    let week = Segments::of_days(week, reading.zone, reading.zone);
    let week = reading.series(meter, &week, filter).await?;
    let segments = Segments::of_window(month, reading.zone);
    let mut of_month = reading.series(meter, &segments, filter).await?;
    let days = segments.days().to_vec();
    let used = of_month.total(meter.kind);
    // What is to come is left open, and is not nothing.
    of_month.amounts.truncate(days.iter().filter(|day| **day <= reading.today).count());
    Ok(CreditsUse {
        today: week.amounts.last().copied().unwrap_or_default(),
        week: week.total(meter.kind),
        month: used,
        days,
        amounts: of_month.amounts,
        pace,
    })
}

/// The pace that the enterprise limit allows or, without one, what the plan includes.
fn pace(loaded: &Loaded) -> Option<Pace> {
    let (state, now) = (&loaded.state, loaded.now);
    let zone = state.credit_zone(now);
    let (scope, limit, window) = match state.enterprise_limit(now) {
        Some((limit, window)) => (LimitScope::Organization, limit, window),
        None => (LimitScope::Plan, state.plan.allowance, billing_month(now)),
    };
    // Not the hours between: days on which clocks change have more or fewer of them.
    let days = (zone.local_day(window.ends_at) - zone.local_day(window.starts_at)).num_days();
    let a_day = limit.get().checked_div(days).filter(|a_day| *a_day > 0)?;
    Some(Pace { scope, limit: limit.get(), a_day })
}

/// What somebody uses themselves.
async fn own(
    reading: &mut Reading<'_>,
    loaded: &Loaded,
    me: MemberId,
    meters: &[Meter],
) -> Result<Vec<OwnUse>> {
    let now = loaded.now;
    let month = Segments::of_window(billing_month(now), reading.zone);
    let filter = Filter { member: Some(Some(me)), ..Filter::default() };
    let in_state = loaded.state.members.get(&me);
    let personal = BudgetMeter::ALL.map(Code::from);
    let mut own = Vec::with_capacity(personal.len());
    for meter in meters.iter().filter(|meter| personal.contains(&meter.code)) {
        let used = reading.series(meter, &month, &filter).await?.total(meter.kind);
        let limits = limits_of(&loaded.state, in_state, &meter.code, now).into_iter();
        let own_limits = limits.filter(|limit| limit.scope == LimitScope::Member);
        // Of several, the one that leaves the least.
        let limit = own_limits.min_by_key(|limit| limit.remaining.unwrap_or(i64::MAX));
        own.push(OwnUse { meter: meter.clone(), used, limit });
    }
    Ok(own)
}
