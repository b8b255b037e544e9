//! Requests in words: amounts in the unit of their meter, days and times in the organization's zone.

use super::may_answer;
use crate::{Caller, Result, Service, loading::Loaded};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Action,
    amount::Amount,
    input::{Code, Invalid},
    notices::MeterNamed,
    period::{PeriodKind, TimeZone},
    raises::{OwnLimit, Raise, RaiseRequest, RaiseStatus},
    units::Unit,
    views::RaiseRow,
};
use store::{Connection, audit_log::Units};

/// Limits of their own that a member can have at most, each with an open request: one of each period on
/// some dozens of meters.
pub(super) const OWN_LIMITS: i64 = 1_000;

impl Service {
    /// Reads the amount and the last day of a raise as somebody typed them; no day is for good.
    pub async fn read_raise(
        &self,
        caller: &Caller,
        own_limit: &OwnLimit,
        (limit, last_day): (&str, &str),
    ) -> Result<Raise> {
        let mut connection = self.store.read(caller.organization).await?;
        let units = store::audit_log::units(&mut connection, caller.organization).await?;
        Ok(read(&units, own_limit, (limit, last_day))?)
    }
}

/// The same by units that were loaded.
fn read(
    units: &Units,
    own_limit: &OwnLimit,
    (limit, last_day): (&str, &str),
) -> Result<Raise, Invalid> {
    let unit = units.meters.get(&own_limit.meter()).map(|(_, unit)| unit);
    let unknown = || Invalid::new("own_limit", "is on a meter that there is not");
    let limit = unit.ok_or_else(unknown)?.parse("limit", limit, &units.currency)?;
    let day = Some(last_day.trim()).filter(|day| !day.is_empty());
    let unreadable = |_| Invalid::new("last_day", "must be a date such as 2026-11-27, or empty");
    let last_day = day.map(|day| day.parse::<NaiveDate>().map_err(unreadable)).transpose()?;
    Ok(Raise { limit, last_day })
}

/// What is needed to tell requests in words.
pub(super) struct Words {
    units: Units,
    zone: TimeZone,
}

impl Words {
    pub(super) async fn new(connection: &mut Connection, loaded: &Loaded) -> Result<Self> {
        let units = store::audit_log::units(connection, loaded.state.id).await?;
        Ok(Self { units, zone: loaded.organization.time_zone })
    }

    /// A meter with its name; one that there is not any more, by its code.
    pub(super) fn meter(&self, code: &Code) -> MeterNamed {
        let known = self.units.meters.get(code).cloned();
        let plain = || (code.to_string(), Unit { unit: code.to_string(), scale: 0 });
        let (name, unit) = known.unwrap_or_else(plain);
        MeterNamed { code: code.clone(), name, unit }
    }

    /// An amount with its unit: `25 credits`.
    pub(super) fn counted(&self, limit: &OwnLimit, amount: i64) -> String {
        self.meter(&limit.meter()).unit.counted(amount, &self.units.currency)
    }

    /// An amount and a day as they are typed.
    pub(super) fn typed(&self, limit: &OwnLimit, raise: Raise) -> (String, String) {
        let unit = self.meter(&limit.meter()).unit;
        let day = raise.last_day.map(|day| day.to_string()).unwrap_or_default();
        (unit.typed(raise.limit, &self.units.currency), day)
    }

    /// The raise that was typed.
    pub(super) fn read(&self, limit: &OwnLimit, typed: (&str, &str)) -> Result<Raise, Invalid> {
        read(&self.units, limit, typed)
    }

    /// A limit with its meter: `Credits a month`.
    pub(super) fn what(&self, limit: &OwnLimit, period: PeriodKind) -> String {
        format!("{} {}", self.meter(&limit.meter()).name, period.per())
    }

    /// What the amounts of a limit count: `credits`.
    pub(super) fn unit(&self, limit: &OwnLimit) -> String {
        let unit = self.meter(&limit.meter()).unit.unit;
        if unit == "currency" { self.units.currency.clone() } else { unit }
    }

    /// An instant in the organization's zone.
    pub(super) fn moment(&self, at: DateTime<Utc>) -> String {
        self.zone.local_text(at)
    }

    /// A request with its amounts and times.
    pub(super) fn row(&self, caller: &Caller, loaded: &Loaded, request: RaiseRequest) -> RaiseRow {
        let limit = &request.own_limit;
        let until = |amount: i64, day: Option<NaiveDate>| match day {
            Some(day) => format!("{} until {}", self.counted(limit, amount), day_text(day)),
            None => self.counted(limit, amount),
        };
        let granted = request.limit_granted;
        RaiseRow {
            what: self.what(limit, limit.period(&loaded.state, loaded.now)),
            then: request.limit_then.map(|amount| self.counted(limit, amount)),
            asked: until(request.limit_asked, request.last_day),
            granted: granted.map(|amount| until(amount, request.granted_last_day)),
            asked_at: self.moment(request.asked_at),
            answered_at: request.answered_at.map(|at| self.moment(at)),
            may_answer: request.status == RaiseStatus::Open
                && caller.rights().allow(Action::AnswerRaiseRequests)
                && may_answer(caller, &request),
            request,
        }
    }
}

/// Such as `27 Nov 2026`.
pub(super) fn day_text(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// An amount that was stored.
pub(super) fn amount(amount: i64) -> Result<Amount, Invalid> {
    Amount::parse("limit", amount)
}
