//! The review of a month, for those who see what others use.

mod reallocation;

use crate::{
    Caller, Error, Result, Service, csv,
    loading::Loaded,
    usage_history::{Reading, within_reach},
};
use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};
use domain::{
    access::{Action, UsageReach},
    catalogue::MeterKind,
    forecast::{Expected, Pace},
    history::{Breakdown, DayRange, Filter, Segments},
    ids::{MemberId, OrganizationId, SubtenantId},
    input::Invalid,
    plan_report::Meter,
    reports::{MemberMonth, MeterMonth, MonthReport, RefusedBy},
};
use std::collections::{HashMap, HashSet};
use store::{Connection, member_limits::Standing, member_lists::Details, refusals};
use uuid::Uuid;

/// Members that are looked at; an organization with more is reviewed by subtenant.
const MEMBERS: usize = 10_000;
/// Limits that refused somebody, and whom.
const REFUSALS: i64 = 10_000;

/// Whose month is reviewed.
struct Whose {
    /// By whom something was used.
    filter: Filter,
    /// Whether what all used together may be seen.
    together: bool,
}

impl Service {
    /// The review of a month, given by one of its days; of the last whole one, if none is given.
    pub async fn month_report(
        &self,
        caller: &Caller,
        month: Option<NaiveDate>,
    ) -> Result<MonthReport> {
        caller.require(Action::ViewUsage)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let loaded = self.load_unlocked(&mut snapshot, id).await?;
        let now = loaded.now;
        let whose = Whose::of(&mut snapshot, caller, now).await?;
        let mut reading = Reading::begin(&mut snapshot, id, now).await?;
        let today = reading.today;
        let last_whole = today.with_day(1).and_then(|first| first.pred_opt()).unwrap_or(today);
        let range = DayRange::month(month.unwrap_or(last_whole), today)
            .ok_or_else(|| Invalid::new("month", "has not begun yet"))?;
        let over = today.month() != range.first().month() || today.year() != range.first().year();
        let meters = if whose.together {
            Some(meters(&mut reading, &loaded, &whose.filter, range, over).await?)
        } else {
            None
        };
        let (zone, behind) = (reading.zone, reading.behind);
        let credits = credits(reading.connection).await?;
        let segments = Segments::of_days(range, zone, zone);
        let used = reading.by_part(&credits, &segments, &whose.filter, Breakdown::Member).await?;
        let refused = refusals_in(&mut snapshot, id, &segments, &whose.filter).await?;
        let mut members: HashMap<MemberId, MemberMonth> =
            people(&mut snapshot, id, &whose.filter, &refused, &used, now).await?;
        let mut of_organization = 0;
        for part in used {
            let key = part.key.as_deref().and_then(|key| key.parse::<Uuid>().ok());
            match key.map(|key| members.get_mut(&MemberId(key))) {
                None => of_organization = part.used,
                Some(None) => {}
                Some(Some(member)) => (member.used, member.refunded) = (part.used, part.refunded),
            }
        }
        let refusals = refused.iter().map(|refused| {
            let named = refused.member.and_then(|member| members.get(&member));
            RefusedBy {
                name: named.map_or("The organization itself".to_owned(), |of| of.name.clone()),
                limit: refused.limit.clone(),
                times: refused.times,
            }
        });
        let refusals = refusals.collect();
        let mut members: Vec<MemberMonth> = members
            .into_values()
            .filter(|of| of.used != 0 || of.refused > 0 || of.refunded > 0 || of.limit.is_some())
            .collect();
        members.sort_by(|one, other| {
            other.used.cmp(&one.used).then_with(|| one.name.cmp(&other.name))
        });
        Ok(MonthReport {
            first: range.first(),
            last: range.last(),
            over,
            zone,
            currency: loaded.organization.currency.to_string(),
            meters,
            members,
            of_organization,
            refusals,
            behind,
        })
    }

    /// The members of the review as CSV.
    pub async fn month_csv(&self, caller: &Caller, month: Option<NaiveDate>) -> Result<String> {
        let report = self.month_report(caller, month).await?;
        let header = [
            "month",
            "member",
            "name",
            "email",
            "subtenant",
            "credits_used",
            "credits_given_back",
            "refused",
            "credit_limit_now",
            "met_limits",
            "barely_used",
        ];
        let month = report.first.format("%Y-%m").to_string();
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let rows = report.members.into_iter().map(|of| {
            let (met, barely) = (yes(of.met_limits()), yes(of.barely_used()));
            [
                month.clone(),
                of.member.to_string(),
                of.name,
                of.email,
                of.subtenant.unwrap_or_default(),
                of.used.to_string(),
                of.refunded.to_string(),
                of.refused.to_string(),
                of.limit.map(|limit| limit.to_string()).unwrap_or_default(),
                met,
                barely,
            ]
        });
        csv::table(header, rows)
    }
}

impl Whose {
    /// As far as `caller` sees it.
    async fn of(connection: &mut Connection, caller: &Caller, now: DateTime<Utc>) -> Result<Self> {
        let reach = UsageReach::of(&caller.rights);
        if let Some(UsageReach::Part { each_member: true, .. }) = reach {
            // One by one, members are seen; what all of them use together is not.
            return Ok(Self { filter: Filter::default(), together: false });
        }
        let filter = within_reach(connection, caller, Filter::default(), now).await?;
        Ok(Self { filter, together: true })
    }
}

/// What was used of each meter in a month and in the one before, and what the next will take.
async fn meters(
    reading: &mut Reading<'_>,
    loaded: &Loaded,
    filter: &Filter,
    range: DayRange,
    over: bool,
) -> Result<Vec<MeterMonth>> {
    let (zone, today) = (reading.zone, reading.today);
    let begin = range.first().checked_sub_months(Months::new(1)).unwrap_or(range.first());
    let both = DayRange::new(begin, range.last(), today)?;
    let segments = Segments::of_days(both, zone, zone);
    let days_before = usize::try_from((range.first() - begin).num_days()).unwrap_or_default();
    let next = range.first().checked_add_months(Months::new(1)).unwrap_or(range.last());
    let days_next =
        next.checked_add_months(Months::new(1)).map_or(30, |end| (end - next).num_days());
    let mut months = Vec::new();
    for meter in store::catalogue::meters(reading.connection).await? {
        let series = reading.series(&meter, &segments, filter).await?;
        let (before, month) = series.amounts.split_at(days_before);
        let sum = |of: &[i64]| match meter.kind {
            MeterKind::Counter => of.iter().sum(),
            MeterKind::Gauge => of.last().copied().unwrap_or_default(),
        };
        // A month that is over has no day that still runs.
        let to_today = [&series.amounts[..], if over { &[0][..] } else { &[][..] }].concat();
        months.push(MeterMonth {
            used: sum(month),
            before: sum(before),
            refunded: series.refunded[days_before..].iter().sum(),
            limit: limit(loaded, &meter),
            next: expected(&meter, &series.amounts, &to_today, days_next),
            meter,
        });
    }
    let moved = |of: &MeterMonth| of.used != 0 || of.before != 0 || of.refunded != 0;
    Ok(months.into_iter().filter(moved).collect())
}

fn limit(loaded: &Loaded, meter: &Meter) -> Option<i64> {
    let plan = &loaded.state.plan;
    if meter.code.is_credits() {
        Some(plan.allowance.get())
    } else {
        plan.limits.get(&meter.code).map(|limit| limit.limit.get())
    }
}

/// What `days` days will use or, of a gauge, its level then.
fn expected(meter: &Meter, days: &[i64], to_today: &[i64], more: i64) -> Option<Expected> {
    let expected = Pace::of_meter(meter.kind, to_today)?.over(more);
    Some(match meter.kind {
        MeterKind::Counter => expected,
        MeterKind::Gauge => {
            let level = days.last().copied()?;
            Expected {
                likely: level.saturating_add(expected.likely),
                low: level.saturating_add(expected.low),
                high: level.saturating_add(expected.high),
            }
        }
    })
}

/// The meter of credits.
async fn credits(connection: &mut Connection) -> Result<Meter> {
    let mut meters = store::catalogue::meters(connection).await?.into_iter();
    meters.find(|meter| meter.code.is_credits()).ok_or(Error::NotFound("meter"))
}

async fn refusals_in(
    connection: &mut Connection,
    id: OrganizationId,
    segments: &Segments,
    filter: &Filter,
) -> Result<Vec<refusals::Counted>> {
    let wanted = refusals::Wanted {
        window: segments.window(),
        subtenant: filter.subtenant.flatten(),
        member: None,
        size: REFUSALS,
    };
    Ok(refusals::count(connection, id, wanted).await?)
}

/// Who is in the review, with their limits: all active members, and whoever used something.
async fn people(
    connection: &mut Connection,
    id: OrganizationId,
    filter: &Filter,
    refused: &[refusals::Counted],
    used: &[domain::history::Used],
    now: DateTime<Utc>,
) -> Result<HashMap<MemberId, MemberMonth>> {
    let size = i64::try_from(MEMBERS).unwrap_or(i64::MAX);
    let mut ids = store::members::active(connection, id, size).await?;
    let known = used.iter().filter_map(|part| part.key.as_ref()?.parse().ok()).map(MemberId);
    // They belong to it wherever they are by now, also if they have left.
    let took_part: HashSet<MemberId> =
        known.chain(refused.iter().filter_map(|refused| refused.member)).collect();
    ids.extend(&took_part);
    ids.sort_unstable();
    ids.dedup();
    let mut refused_times: HashMap<MemberId, i64> = HashMap::new();
    for refused in refused {
        if let Some(member) = refused.member {
            *refused_times.entry(member).or_default() += refused.times;
        }
    }
    let limits = store::member_limits::standing(connection, id, &ids, now).await?;
    let limits: HashMap<MemberId, Standing> =
        limits.into_iter().map(|standing| (standing.member, standing)).collect();
    let found = store::member_lists::details(connection, id, &ids).await?;
    let left: Vec<Uuid> = {
        let here: HashSet<MemberId> = found.iter().map(|of| of.id).collect();
        took_part.difference(&here).map(|member| member.0).collect()
    };
    let left = store::audit_log::names(connection, id, &left).await?.into_iter();
    let left = left.map(|(id, of)| (MemberId(id), of.name, of.email.unwrap_or_default(), None));
    let seen = |of: &Details| seen(filter.subtenant.flatten(), of) || took_part.contains(&of.id);
    let here = found.into_iter().filter(seen);
    let here = here.map(|of| (of.id, of.name, of.email, of.subtenant.map(|(_, name)| name)));
    let months = here.chain(left).map(|(member, name, email, subtenant)| {
        let limit = limits.get(&member).and_then(|standing| standing.amount);
        let month = MemberMonth {
            member,
            name,
            email,
            subtenant,
            used: 0,
            refunded: 0,
            refused: refused_times.get(&member).copied().unwrap_or_default(),
            limit: limit.map(domain::amount::Amount::get),
        };
        (member, month)
    });
    Ok(months.collect())
}

/// Whether a member belongs to the subtenant that is reviewed alone.
fn seen(only: Option<SubtenantId>, member: &Details) -> bool {
    only.is_none_or(|only| member.subtenant.as_ref().is_some_and(|(id, _)| *id == only))
}
