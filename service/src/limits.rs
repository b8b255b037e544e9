//! Where limits and gauges stand, for programs: the list that pages show, and that decisions go by.

use crate::{Caller, Error, Result, Service, loading::Loaded, reach::Reach};
use domain::{
    access::Action,
    answer::{LimitReport, LimitScope},
    balances::{Holder, Path},
    ceilings::{limits_down_to, limits_of},
    input::{Code, Invalid},
    period::Window,
    plan_report::Meter,
};
use serde::Serialize;
use store::Connection;
use utoipa::ToSchema;

/// The level of a gauge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GaugeLevel {
    /// The gauge.
    #[serde(flatten)]
    pub meter: Meter,
    /// Its level: of whom it was asked for.
    pub level: i64,
    /// The limits on it, from the plan down.
    pub limits: Vec<LimitReport>,
}

/// An organization with the balances of one path through it.
struct Seen {
    loaded: Loaded,
    path: Path,
    meters: Vec<Meter>,
}

impl Service {
    /// The limits that hold for `whose`, from the plan down, as they stand: on every meter, or on one.
    pub async fn limits(
        &self,
        caller: &Caller,
        whose: Holder,
        meter: Option<&Code>,
    ) -> Result<Vec<LimitReport>> {
        let seen =
            self.see(caller, whose, |of| meter.is_none_or(|meter| of.code == *meter)).await?;
        if let (Some(_), []) = (meter, &seen.meters[..]) {
            return Err(Invalid::new("meter", "is not a meter of this installation").into());
        }
        Ok(seen.meters.iter().flat_map(|meter| seen.limits(&meter.code)).collect())
    }

    /// The levels of all gauges of `whose`.
    pub async fn gauges(&self, caller: &Caller, whose: Holder) -> Result<Vec<GaugeLevel>> {
        let seen = self.see(caller, whose, Meter::is_gauge).await?;
        let level = |meter: &Meter| GaugeLevel {
            level: seen.loaded.state.balance(whose, &meter.code, Window::ALWAYS).used,
            limits: seen.limits(&meter.code),
            meter: meter.clone(),
        };
        Ok(seen.meters.iter().map(level).collect())
    }

    async fn see(
        &self,
        caller: &Caller,
        whose: Holder,
        wanted: impl Fn(&Meter) -> bool,
    ) -> Result<Seen> {
        caller.require(Action::ViewWork)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let path = path(&mut snapshot, caller, &mut loaded, whose).await?;
        let mut meters = store::catalogue::meters(&mut snapshot).await?;
        meters.retain(wanted);
        let codes: Vec<Code> = meters.iter().map(|meter| meter.code.clone()).collect();
        loaded.add_balances_to_show(&mut snapshot, path, &codes).await?;
        Ok(Seen { loaded, path, meters })
    }
}

/// The path to `whose`, which is in the state then. What the caller does not reach does not exist.
async fn path(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &mut Loaded,
    whose: Holder,
) -> Result<Path> {
    let (id, now) = (caller.organization, loaded.now);
    let reach = Reach::of(connection, caller, Action::ViewWork, now).await?;
    match whose {
        Holder::Organization => {
            loaded.add_credits_of(connection, &[]).await?;
            Ok(Path::default())
        }
        Holder::Subtenant(subtenant) => {
            let found = store::subtenants::get(connection, id, subtenant).await?;
            found
                .filter(|_| reach.includes(Some(subtenant)))
                .ok_or(Error::NotFound("subtenant"))?;
            loaded.add_quotas(connection, &[Holder::Subtenant(subtenant)]).await?;
            loaded.add_credits_of(connection, &[]).await?;
            Ok(Path { subtenant: Some(subtenant), member: None })
        }
        Holder::Member(member) => {
            let found = store::members::get(connection, id, member, now).await?;
            let found = found.filter(|found| reach.includes(found.subtenant));
            let found = found.ok_or(Error::NotFound("member"))?;
            loaded.add_credits_of(connection, std::slice::from_ref(&found)).await?;
            Ok(Path { subtenant: found.subtenant, member: Some(member) })
        }
    }
}

impl Seen {
    /// The limits on one meter, from the plan down.
    fn limits(&self, meter: &Code) -> Vec<LimitReport> {
        let (state, now) = (&self.loaded.state, self.loaded.now);
        let member = self.path.member.and_then(|id| state.members.get(&id));
        let mut limits = limits_of(state, member, meter, now);
        if member.is_none() && self.path.subtenant.is_some() {
            let down = limits_down_to(state, self.path, meter, now).into_iter();
            limits.extend(down.filter(|limit| limit.scope == LimitScope::Subtenant));
        }
        limits
    }
}
