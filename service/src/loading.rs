//! Loading what decisions and pages are made on, and keeping the set-aside sum right.

use crate::{Clock, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    allocation::shares_of,
    amount::Amount,
    credits::CreditCap,
    ids::{MemberId, OrganizationId},
    input::Code,
    state::{BalanceKey, Holder, Member, OrganizationState, Plan},
};
use std::collections::{HashMap, HashSet};
use store::{
    Connection, credit_settings::VersionedSettings, organizations::Organization,
    organizations::OrganizationLock,
};
use uuid::Uuid;

/// An organization as it stands at one moment.
pub(crate) struct Loaded {
    pub now: DateTime<Utc>,
    pub organization: Organization,
    pub settings: VersionedSettings,
    pub lock: OrganizationLock,
    pub state: OrganizationState,
    /// Whether the set-aside sum was worked out anew, and is to be kept.
    pub worked_out: bool,
    /// Percentages that come to other amounts than those stored.
    moved: Vec<(MemberId, CreditCap, Amount)>,
}

/// Locks an organization and loads it, all but members, prices and balances.
pub(crate) async fn load_locked(
    connection: &mut Connection,
    id: OrganizationId,
    clock: &Clock,
) -> Result<Loaded> {
    let lock = store::organizations::lock(connection, id).await?;
    load(connection, id, lock.ok_or(Error::NotFound("organization"))?, clock).await
}

/// Loads an organization for a read that changes nothing.
pub(crate) async fn load_unlocked(
    connection: &mut Connection,
    id: OrganizationId,
    clock: &Clock,
) -> Result<Loaded> {
    let lock = store::organizations::peek(connection, id).await?;
    load(connection, id, lock.ok_or(Error::NotFound("organization"))?, clock).await
}

async fn load(
    connection: &mut Connection,
    id: OrganizationId,
    lock: OrganizationLock,
    clock: &Clock,
) -> Result<Loaded> {
    // Read after the lock was taken: waiting for it can take longer than a period has left.
    let now = clock.now(connection).await?;
    let organization = store::organizations::get(connection, id).await?;
    let organization = organization.ok_or(Error::NotFound("organization"))?;
    let settings = store::credit_settings::current(connection, id).await?;
    let plan = Plan {
        code: organization.plan.clone(),
        allowance: organization.allowance,
        limits: store::catalogue::plan_limits(connection, &organization.plan).await?,
    };
    let state = OrganizationState {
        id,
        suspended: organization.suspended,
        time_zone: organization.time_zone,
        plan,
        settings: settings.settings,
        set_aside: lock.set_aside,
        packs: store::packs::available(connection, id, now).await?,
        prices: HashMap::new(),
        members: HashMap::new(),
        balances: HashMap::new(),
    };
    let (worked_out, moved) = (false, Vec::new());
    let mut loaded = Loaded { now, organization, settings, lock, state, worked_out, moved };
    if lock.set_aside_until.is_none_or(|until| until <= now) {
        loaded.work_out_set_aside(connection).await?;
    }
    Ok(loaded)
}

impl Loaded {
    /// Turns percentages into credits on today's base and sums up what custom limits still
    /// promise. Needed when a period begins and when a limit, its base or its time changes.
    pub(crate) async fn work_out_set_aside(&mut self, connection: &mut Connection) -> Result<()> {
        let (id, now) = (self.state.id, self.now);
        let window = self.state.credit_window(now);
        let limits = store::member_limits::in_force(connection, id, window, now).await?;
        let percentages: Vec<_> = limits.iter().filter_map(|limit| percentage(limit.cap)).collect();
        let mut shares = shares_of(self.state.percentage_base(now), &percentages).into_iter();

        self.moved.clear();
        self.state.set_aside = 0;
        for limit in limits {
            let amount = match percentage(limit.cap) {
                Some(_) => shares.next().unwrap_or(limit.amount),
                None => limit.amount,
            };
            if amount != limit.amount {
                self.moved.push((limit.member, limit.cap, amount));
            }
            self.state.set_aside += (amount.get() - limit.taken).max(0);
        }
        let until = self.state.credit_window_until(now);
        let next = store::member_limits::next_change(connection, id, now).await?;
        self.lock.set_aside_until = Some(next.map_or(until, |next| next.min(until)));
        self.worked_out = true;
        Ok(())
    }

    /// Brings `members` into the state, with their limits as they are after
    /// [`work_out_set_aside`](Self::work_out_set_aside).
    pub(crate) fn add_members(&mut self, members: &[store::members::Member]) {
        let moved: HashMap<MemberId, Amount> =
            self.moved.iter().map(|(member, _, amount)| (*member, *amount)).collect();
        let members = members.iter().map(|member| {
            let stored = member.cap.map(|(_, amount)| amount);
            let limit = moved.get(&member.id).copied().or(stored);
            let active = member.status == domain::views::MemberStatus::Active;
            (member.id, Member { id: member.id, subtenant: member.subtenant, active, limit })
        });
        self.state.members.extend(members);
    }

    /// Brings the balances into the state that uses of these meters touch.
    pub(crate) async fn add_balances(
        &mut self,
        connection: &mut Connection,
        uses: impl IntoIterator<Item = (Option<MemberId>, Code)>,
    ) -> Result<()> {
        let keys: HashSet<BalanceKey> = uses
            .into_iter()
            .flat_map(|(member, meter)| self.state.balance_keys(member, &meter, self.now))
            .collect();
        let keys: Vec<BalanceKey> = keys.into_iter().collect();
        self.state.balances = store::balances::load(connection, self.state.id, &keys).await?;
        Ok(())
    }

    /// Brings what pages about credits show: the organization's balances and those of `members`.
    pub(crate) async fn add_credits_of(
        &mut self,
        connection: &mut Connection,
        members: &[store::members::Member],
    ) -> Result<()> {
        self.add_members(members);
        let of_members = members.iter().map(|member| (Some(member.id), Code::credits()));
        self.add_balances(connection, of_members.chain([(None, Code::credits())])).await
    }

    /// Writes the locked row and the percentages that came to other amounts. A limit that moved
    /// is closed and opened anew, so that its history stays exact.
    pub(crate) async fn save_lock(&mut self, connection: &mut Connection) -> Result<()> {
        let (id, now) = (self.state.id, self.now);
        if !self.moved.is_empty() {
            let members: Vec<MemberId> = self.moved.iter().map(|moved| moved.0).collect();
            let limits: Vec<_> = self
                .moved
                .drain(..)
                .map(|(member, cap, amount)| (Uuid::now_v7(), member, cap, amount))
                .collect();
            store::member_limits::close(connection, id, &members, now).await?;
            store::member_limits::open(connection, id, &limits, now).await?;
        }
        self.lock.set_aside = self.state.set_aside;
        Ok(store::organizations::save_lock(connection, id, self.lock).await?)
    }

    /// Credits used by everyone together in the window in which limits count, whoever paid.
    pub(crate) fn used(&self) -> i64 {
        let window = self.state.credit_window(self.now);
        self.state.credits(Holder::Organization, window).used
    }
}

fn percentage(cap: CreditCap) -> Option<domain::amount::BasisPoints> {
    match cap {
        CreditCap::Credits { .. } => None,
        CreditCap::Percent { basis_points } => Some(basis_points),
    }
}
