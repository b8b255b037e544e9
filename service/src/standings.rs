//! Chains of limits as people read them: amounts in their units, times in the zone where they are cut.

use crate::{Result, loading::Loaded};
use chrono::{DateTime, Utc};
use domain::{
    answer::{LimitReport, LimitScope},
    balances::{Account, Balance, Holder, Path},
    input::Code,
    period::TimeZone,
    raises::OwnLimit,
    refusals::{Link, Refusals, Verdict, standing},
    units::Unit,
    views::{LimitAmounts, LimitRow, MeterStanding, Moment},
};
use store::{Connection, audit_log::Units};

/// What is needed to tell limits in words.
pub(crate) struct Reader {
    units: Units,
    zone: TimeZone,
    now: DateTime<Utc>,
}

impl Loaded {
    /// Brings the balances on a path into the state for a page. A meter that the organization has no
    /// balance of in this month has not moved in it, and to look for that in the ledger would take a walk
    /// through all of the month.
    pub(crate) async fn add_balances_to_show(
        &mut self,
        connection: &mut Connection,
        path: Path,
        meters: &[Code],
    ) -> Result<()> {
        let (now, month) = (self.now, self.state.calendar.billing_month(self.now));
        let on_path = |meter: &Code| -> Vec<Account> {
            path.holders().map(|holder| (holder, meter.clone())).collect()
        };
        let accounts = meters.iter().flat_map(on_path).collect();
        self.add_stored_balances(connection, &accounts).await?;
        let unmoved = meters.iter().filter(|meter| {
            let account = (Holder::Organization, (*meter).clone());
            !self.state.catalogue.is_gauge(meter) && !self.state.balances.has(&account, month)
        });
        for account in unmoved.flat_map(on_path).collect::<Vec<Account>>() {
            let needed = self.state.periods_needed(account.0, &account.1, now).into_iter();
            let within = needed.filter(|window| window.starts_at >= month.starts_at);
            let empty: Vec<_> = within.map(|window| (window, Balance::default())).collect();
            self.state.balances.put(account, empty);
        }
        self.add_balances(connection, meters.iter().map(|meter| (path, meter.clone()))).await
    }
}

impl Reader {
    pub(crate) async fn new(connection: &mut Connection, loaded: &Loaded) -> Result<Self> {
        let units = store::audit_log::units(connection, loaded.state.id).await?;
        Ok(Self { units, zone: loaded.state.calendar.zone(), now: loaded.now })
    }

    /// What is left of a meter at the end of a path.
    pub(crate) fn standing(&self, loaded: &Loaded, path: Path, meter: &Code) -> MeterStanding {
        let member = path.member.and_then(|id| loaded.state.members.get(&id));
        let links = standing(&loaded.state, member, meter, self.now);
        let binding = links.iter().find(|link| link.verdict == Verdict::Binds);
        let unit = self.unit(meter).map(|unit| unit.unit.as_str());
        let unit = unit.filter(|unit| !["bytes", "currency"].contains(unit));
        MeterStanding {
            meter: meter.clone(),
            name: self.name(meter),
            unit: unit.unwrap_or_default().to_owned(),
            left: binding.map(|link| self.text(meter, link.would_fit)),
            chain: links.iter().map(|link| self.row(link)).collect(),
        }
    }

    /// One limit of a chain.
    pub(crate) fn row(&self, link: &Link) -> LimitRow {
        let LimitReport { meter, scope, period, .. } = &link.limit;
        let LimitReport { limit, allowed_to, used, reserved, set_aside, .. } = link.limit;
        let text = |amount| self.text(meter, amount);
        let some = |amount: i64| (amount != 0).then(|| text(amount));
        let from_packs = link.limit.remaining.map(|own| link.would_fit - own);
        LimitRow {
            scope: *scope,
            period: *period,
            meter: self.name(meter),
            limit: limit.map(|limit| LimitAmounts {
                text: text(limit),
                allowed_to: allowed_to.map(text),
                limit,
                taken: used.saturating_add(reserved),
                set_aside,
            }),
            used: text(used),
            held: some(reserved),
            set_aside: some(set_aside),
            requested: some(link.requested),
            left: limit.map(|_| text(link.would_fit)),
            from_packs: from_packs.and_then(some),
            resets: link.limit.resets_at.map(|at| self.reset(*scope, at)),
            raised_by: link.raised_by.clone(),
            verdict: link.verdict,
            ask: OwnLimit::of(link),
        }
    }

    /// When a limit starts anew. The plan's month is one of UTC.
    fn reset(&self, scope: LimitScope, at: DateTime<Utc>) -> Moment {
        let zone = if scope == LimitScope::Plan { TimeZone::UTC } else { self.zone };
        Moment::new(at, zone, self.now)
    }

    /// When denials were that are alike.
    pub(crate) fn when(&self, refusals: &Refusals) -> String {
        let (first, last) = (refusals.first_at, refusals.last_at);
        let (from, to) = (self.zone.local_time(first), self.zone.local_time(last));
        let day = self.zone.local_day(first).format("%-d %b %Y");
        let times = match refusals.times {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            times => format!("{} times", domain::units::grouped(times)),
        };
        let zone = self.zone.abbreviation(last);
        if from == to {
            format!("{day}, {times} at {from} {zone}")
        } else {
            format!("{day}, {times} between {from} and {to} {zone}")
        }
    }

    /// An instant in the organization's zone.
    pub(crate) fn moment_text(&self, at: DateTime<Utc>) -> String {
        self.zone.local_text(at)
    }

    /// An amount with its unit: `25 credits`.
    pub(crate) fn counted(&self, meter: &Code, amount: i64) -> String {
        let counted = self.unit(meter).map(|unit| unit.counted(amount, &self.units.currency));
        counted.unwrap_or_else(|| amount.to_string())
    }

    fn text(&self, meter: &Code, amount: i64) -> String {
        let text = self.unit(meter).map(|unit| unit.text(amount, &self.units.currency));
        text.unwrap_or_else(|| amount.to_string())
    }

    fn unit(&self, meter: &Code) -> Option<&Unit> {
        self.units.meters.get(meter).map(|(_, unit)| unit)
    }

    fn name(&self, meter: &Code) -> String {
        let name = self.units.meters.get(meter).map(|(name, _)| name.clone());
        name.unwrap_or_else(|| meter.to_string())
    }
}
