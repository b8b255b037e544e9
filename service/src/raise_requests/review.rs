//! What granting a request would do, for whoever is about to answer it.

use super::{
    end_of, find, grantable,
    reading::{Words, amount, day_text},
};
use crate::{
    Caller, Error, Result, Service, loading::Loaded, reach::Reach, usage_history::Reading,
};
use domain::{
    access::Action,
    answer::{LimitReport, LimitScope},
    forecast::Pace,
    history::{DayRange, Filter, Segments},
    ids::RaiseRequestId,
    input::Invalid,
    period::PeriodKind,
    raises::{Effect, Outlook, OwnLimit, Promise, Raise, RaiseRequest},
    units::grouped,
    views::{RaiseEffect, RaiseFact, RaiseReview},
};
use store::Connection;

/// Days that a forecast looks at, and today.
const DAYS: u32 = 29;

impl Service {
    /// A request with what granting it would do: with the amount and the last day that somebody
    /// typed, or those that are asked for.
    pub async fn review_raise(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
        typed: Option<(&str, &str)>,
    ) -> Result<RaiseReview> {
        let (mut snapshot, mut loaded, found) = self.begin_review(caller, request).await?;
        let words = Words::new(&mut snapshot, &loaded).await?;
        let limit = &found.own_limit;
        let asked = Raise { limit: amount(found.limit_asked)?, last_day: found.last_day };
        let as_asked = words.typed(limit, asked);
        let raise = match typed {
            Some(typed) => words.read(limit, typed),
            None => Ok(asked),
        };
        let now = grantable(&mut snapshot, &mut loaded, &found).await?;
        let impossible = now.as_ref().err().copied();
        let effect = match (raise, now) {
            (Err(invalid), _) => Err(invalid),
            (Ok(_), Err(_)) => Ok(RaiseEffect::default()),
            (Ok(raise), Ok(now)) => {
                if let Err(invalid) = check(&loaded, &words, &found, raise, &now) {
                    Err(invalid)
                } else {
                    let effect = effect(&mut snapshot, &loaded, &found, raise).await?;
                    let pace = pace(&mut snapshot, &loaded, &found).await?;
                    let told = Told { words: &words, loaded: &loaded, request: &found, pace };
                    Ok(told.effect(&effect, raise))
                }
            }
        };
        let (limit, last_day) = match typed {
            Some((limit, last_day)) => (limit.to_owned(), last_day.to_owned()),
            None => as_asked,
        };
        Ok(RaiseReview {
            row: words.row(caller, &loaded, found),
            effect,
            impossible,
            limit,
            last_day,
        })
    }

    /// A request, and for an open one that can be granted what granting it as asked would do.
    pub async fn raise_request(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
    ) -> Result<(RaiseRequest, Option<Effect>)> {
        let (mut snapshot, mut loaded, found) = self.begin_review(caller, request).await?;
        if found.answered_at.is_some() {
            return Ok((found, None));
        }
        let raise = Raise { limit: amount(found.limit_asked)?, last_day: found.last_day };
        let effect = match grantable(&mut snapshot, &mut loaded, &found).await? {
            Ok(_) => Some(effect(&mut snapshot, &loaded, &found, raise).await?),
            Err(_) => None,
        };
        Ok((found, effect))
    }

    async fn begin_review(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
    ) -> Result<(store::Transaction, Loaded, RaiseRequest)> {
        caller.require(Action::ViewRaiseRequests)?;
        let mut snapshot = self.store.snapshot(caller.organization).await?;
        let loaded = self.load_unlocked(&mut snapshot, caller.organization).await?;
        let action = Action::ViewRaiseRequests;
        let reach = Reach::of(&mut snapshot, caller, action, loaded.now).await?;
        let found = find(&mut snapshot, caller, request, reach).await?;
        Ok((snapshot, loaded, found))
    }
}

fn check(
    loaded: &Loaded,
    words: &Words,
    request: &RaiseRequest,
    raise: Raise,
    now: &LimitReport,
) -> Result<(), Invalid> {
    raise.check(now, |amount| words.counted(&request.own_limit, amount))?;
    end_of(loaded, raise.last_day).map(|_| ())
}

/// What a raise does, by the rules that decide.
async fn effect(
    connection: &mut Connection,
    loaded: &Loaded,
    request: &RaiseRequest,
    raise: Raise,
) -> Result<Effect> {
    let (state, now) = (&loaded.state, loaded.now);
    let promises = match request.own_limit {
        OwnLimit::Quota { .. } => Vec::new(),
        OwnLimit::Credits => {
            let window = state.credit_window(now);
            let limits = store::member_limits::in_force(connection, state.id, window, now).await?;
            let promise = |limit: store::member_limits::LimitInForce| Promise {
                member: limit.member,
                cap: limit.cap,
                taken: limit.taken,
            };
            limits.into_iter().map(promise).collect()
        }
    };
    let effect = Effect::of(state, request.member, &request.own_limit, raise, &promises, now);
    effect.ok_or(Error::NotFound("limit"))
}

/// How fast the member uses the meter; `None`: too short to tell.
async fn pace(
    connection: &mut Connection,
    loaded: &Loaded,
    request: &RaiseRequest,
) -> Result<Option<(Pace, chrono::NaiveDate)>> {
    let code = request.own_limit.meter();
    let meters = store::catalogue::meters(connection).await?;
    let Some(meter) = meters.into_iter().find(|meter| meter.code == code) else { return Ok(None) };
    let mut reading = Reading::begin(connection, loaded.state.id, loaded.now).await?;
    let days = DayRange::ending_with(reading.today, DAYS);
    let days = Segments::of_days(days, reading.zone, reading.zone);
    let filter = Filter { member: Some(Some(request.member)), ..Filter::default() };
    let series = reading.series(&meter, &days, &filter).await?;
    let pace = Pace::of_meter(meter.kind, &series.amounts);
    Ok(pace.map(|pace| (pace, reading.today)))
}

/// What is needed to tell what a raise does.
struct Told<'a> {
    words: &'a Words,
    loaded: &'a Loaded,
    request: &'a RaiseRequest,
    pace: Option<(Pace, chrono::NaiveDate)>,
}

impl Told<'_> {
    fn effect(&self, effect: &Effect, raise: Raise) -> RaiseEffect {
        let name = &self.request.member_name;
        let mut facts = Vec::new();
        let mut fact = |label: &str, of: &dyn Fn(&Outlook) -> String| {
            let (before, after) = (of(&effect.before), of(&effect.after));
            facts.push(RaiseFact { label: label.to_owned(), before, after });
        };
        fact("Limit", &|outlook| self.limit(outlook.limit));
        fact(&format!("Left to {name}"), &|outlook| self.left(outlook.left));
        if self.pace.is_some() {
            fact("Forecast", &|outlook| self.lasts(outlook).unwrap_or_default());
        }
        fact(&format!("Left to others, once {name} has used that"), &|outlook| {
            self.left(outlook.others_left)
        });
        if self.request.own_limit == OwnLimit::Credits {
            fact("Promised above what is left", &|outlook| grouped(outlook.over_promised));
        }
        let until = match raise.last_day {
            Some(day) => format!(
                "Until {} included. After that the limit is by itself what lasted before.",
                day_text(day)
            ),
            None => "For good.".to_owned(),
        };
        RaiseEffect { facts, warnings: self.warnings(effect), until }
    }

    fn counted(&self, amount: i64) -> String {
        self.words.counted(&self.request.own_limit, amount)
    }

    fn limit(&self, limit: Option<i64>) -> String {
        limit.map_or("None: shares the pool".to_owned(), |limit| self.counted(limit))
    }

    fn left(&self, left: Option<i64>) -> String {
        left.map_or("Unlimited".to_owned(), |left| self.counted(left))
    }

    /// How long what is left lasts. What starts anew tomorrow needs no forecast.
    fn lasts(&self, outlook: &Outlook) -> Option<String> {
        let (pace, today) = self.pace?;
        let left = outlook.left?;
        if matches!(outlook.bound_by, Some((_, PeriodKind::Daily))) {
            return Some("Starts anew each day.".to_owned());
        }
        let zone = self.loaded.organization.time_zone;
        let reset = outlook.resets_at.map(|at| zone.local_day(at));
        Some(pace.lasts(left, today, reset))
    }

    fn warnings(&self, effect: &Effect) -> Vec<String> {
        let (before, after) = (&effect.before, &effect.after);
        let mut warnings = Vec::new();
        if let (Some(was), Some(is)) = (before.others_left, after.others_left)
            && is < was
        {
            warnings.push(format!("Others lose {}.", self.counted(was - is)));
        }
        if after.over_promised > before.over_promised {
            let more = self.counted(after.over_promised);
            warnings.push(format!("Limits then promise {more} more than there is left."));
        }
        if let Some((scope, _)) = after.bound_by.filter(|(scope, _)| *scope != LimitScope::Member) {
            let whose = match scope {
                LimitScope::Plan => "the plan",
                LimitScope::Organization => "the organization",
                LimitScope::Subtenant | LimitScope::Member => "the subtenant",
            };
            warnings.push(format!("A limit of {whose} leaves less than this raise allows."));
        }
        warnings
    }
}
