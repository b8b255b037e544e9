//! Loading what decisions and pages are made on, and keeping the set-aside sum right.

use crate::{Error, Result, Service, moment::moment, names::Names};
use chrono::{DateTime, Utc};
use domain::{
    alerts::{LimitPeriod, Mark},
    allocation::in_credits,
    amount::Amount,
    balances::{Account, Balances, Holder, Path},
    catalogue::Catalogue,
    credits::CreditCap,
    ids::{MemberId, OrganizationId},
    input::{Code, MemberReference},
    period::{Calendar, Window},
    quotas::InForce,
    state::{Member, OrganizationState, Plan},
    views::MemberStatus,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use store::{
    Connection,
    credit_settings::VersionedSettings,
    member_limits::NewLimit,
    organizations::{Organization, OrganizationLock},
};
use uuid::Uuid;

/// An organization as it stands at one moment.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub now: DateTime<Utc>,
    pub organization: Organization,
    pub settings: VersionedSettings,
    pub lock: OrganizationLock,
    /// Counts edits of the catalogue that the state was loaded with.
    pub catalogue_version: i64,
    pub state: OrganizationState,
    /// Members by the names that requests used for them.
    pub names: HashMap<MemberReference, MemberId>,
    /// Whether the set-aside sum was worked out anew, and is to be kept.
    pub worked_out: bool,
    /// How far people were told of limits, as far as that was looked up.
    pub marks: HashMap<LimitPeriod, Option<Mark>>,
    /// Percentages that come to other amounts than those stored.
    moved: Vec<NewLimit>,
}

impl Service {
    /// Locks an organization and loads it, all but members and balances.
    pub(crate) async fn load_locked(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
    ) -> Result<Loaded> {
        let lock = store::organizations::lock(connection, id).await?;
        self.load(connection, id, lock).await
    }

    /// Loads an organization for a read that changes nothing.
    pub(crate) async fn load_unlocked(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
    ) -> Result<Loaded> {
        let lock = store::organizations::peek(connection, id).await?;
        self.load(connection, id, lock).await
    }

    async fn load(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
        lock: Option<OrganizationLock>,
    ) -> Result<Loaded> {
        let mut lock = lock.ok_or(Error::NotFound("organization"))?;
        // Read after the lock was taken: waiting for it can take longer than a period has left.
        let now = moment(&mut lock, self.clock.now(connection).await?);
        let version = store::catalogue::version(connection).await?;
        let mut loaded = self.load_at(connection, id, lock, version, now).await?;
        loaded.keep_set_aside_right(connection).await?;
        Ok(loaded)
    }

    /// Loads an organization whose row was read; the set-aside sum can still be that of another
    /// period.
    pub(crate) async fn load_at(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
        lock: OrganizationLock,
        catalogue_version: i64,
        now: DateTime<Utc>,
    ) -> Result<Loaded> {
        let catalogue = self.catalogue(connection, catalogue_version).await?;
        let organization = store::organizations::get(connection, id).await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let settings = store::credit_settings::current(connection, id).await?;
        let plan = Plan {
            code: organization.plan.clone(),
            allowance: organization.allowance,
            limits: store::catalogue::plan_limits(connection, &organization.plan).await?,
            usage_quota_feature: organization.usage_quota_feature,
        };
        let quotas = store::quotas::limits_of(connection, id, &[Holder::Organization], now).await?;
        let alerts = store::alerts::settings(connection, id).await?;
        let mut state = OrganizationState {
            id,
            suspended: organization.suspended,
            calendar: Calendar::new(organization.time_zone, now),
            catalogue,
            plan,
            settings: settings.settings,
            set_aside: lock.set_aside,
            packs: store::packs::open(connection, id, now).await?,
            members: HashMap::new(),
            quotas: HashMap::new(),
            balances: Balances::default(),
            alerts: Arc::new(alerts.map(|(settings, _)| settings).unwrap_or_default()),
        };
        for (account, limits) in quotas {
            state.quotas.entry(account).or_default().push(limits);
        }
        Ok(Loaded {
            now,
            organization,
            settings,
            lock,
            catalogue_version,
            state,
            names: HashMap::new(),
            worked_out: false,
            marks: HashMap::new(),
            moved: Vec::new(),
        })
    }

    async fn catalogue(&self, connection: &mut Connection, version: i64) -> Result<Arc<Catalogue>> {
        if let Some(catalogue) = self.memory.catalogue(version) {
            return Ok(catalogue);
        }
        let catalogue = Arc::new(store::catalogue::load(connection).await?);
        self.memory.put_catalogue(version, &catalogue);
        Ok(catalogue)
    }
}

impl Loaded {
    /// Brings what is remembered to the moment of another batch.
    pub(crate) fn move_to(&mut self, lock: OrganizationLock, now: DateTime<Utc>) {
        self.now = now;
        self.lock = lock;
        self.worked_out = false;
        self.state.set_aside = lock.set_aside;
        if !self.state.calendar.is_around(now) {
            self.state.calendar = Calendar::new(self.state.calendar.zone(), now);
        }
    }

    /// Works the set-aside sum out anew if its time is over.
    pub(crate) async fn keep_set_aside_right(&mut self, connection: &mut Connection) -> Result<()> {
        if self.lock.set_aside_until.is_none_or(|until| until <= self.now) {
            self.work_out_set_aside(connection).await?;
        }
        Ok(())
    }

    /// Turns percentages into credits on today's base and sums up what custom limits still
    /// promise. Needed when a period begins and when a limit, its base or its time changes.
    pub(crate) async fn work_out_set_aside(&mut self, connection: &mut Connection) -> Result<()> {
        let (id, now) = (self.state.id, self.now);
        let window = self.state.credit_window(now);
        let limits = store::member_limits::in_force(connection, id, window, now).await?;
        let caps: Vec<CreditCap> = limits.iter().map(|limit| limit.cap).collect();
        let amounts = in_credits(&caps, self.state.percentage_base(now));

        self.moved.clear();
        self.state.set_aside = 0;
        for (limit, amount) in limits.into_iter().zip(amounts) {
            if amount != limit.amount {
                let (member, cap, to) = (limit.member, limit.cap, limit.to);
                let id = Uuid::now_v7();
                self.moved.push(NewLimit { id, member, cap, amount, from: now, to });
            }
            self.state.set_aside += (amount.get() - limit.taken).max(0);
        }
        let until = self.state.credit_window_until(now);
        let next = store::member_limits::next_change(connection, id, now).await?;
        self.lock.set_aside_until = Some(next.map_or(until, |next| next.min(until)));
        self.worked_out = true;
        self.show_moved_limits();
        Ok(())
    }

    /// Lets the members in the state have the limits that percentages come to now.
    fn show_moved_limits(&mut self) {
        for moved in &self.moved {
            let member = self.state.members.get_mut(&moved.member);
            let in_force =
                member.and_then(|member| member.limits.iter_mut().find(|limit| limit.at(self.now)));
            if let Some(limit) = in_force {
                limit.value = moved.amount;
            }
        }
    }

    /// Finds the members that requests name: an id before an external id before an email. A name
    /// that nobody has is left out.
    pub(crate) async fn add_named(
        &mut self,
        connection: &mut Connection,
        names: impl IntoIterator<Item = MemberReference>,
    ) -> Result<()> {
        let new: HashSet<MemberReference> =
            names.into_iter().filter(|name| !self.names.contains_key(name)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let texts: Vec<String> = new.iter().map(ToString::to_string).collect();
        let found = store::members::find(connection, self.state.id, &texts, self.now).await?;
        self.add_members(connection, &found).await?;
        let names = Names::of(&found);
        for name in new {
            if let Some(member) = names.find(&name) {
                self.names.insert(name, member.id);
            }
        }
        Ok(())
    }

    /// Brings `members` into the state, with their limits and their quotas and those of their
    /// subtenants.
    pub(crate) async fn add_members(
        &mut self,
        connection: &mut Connection,
        members: &[store::members::Member],
    ) -> Result<()> {
        let (id, now) = (self.state.id, self.now);
        let new = members.iter().filter(|member| !self.state.members.contains_key(&member.id));
        let new: Vec<&store::members::Member> = new.collect();
        if new.is_empty() {
            return Ok(());
        }
        let subtenants: HashSet<Holder> = self
            .state
            .members
            .values()
            .filter_map(|member| member.subtenant)
            .map(Holder::Subtenant)
            .collect();
        let holders: HashSet<Holder> =
            new.iter().flat_map(|member| path(member).holders().skip(1)).collect();
        let holders: Vec<Holder> = holders.difference(&subtenants).copied().collect();
        self.add_quotas(connection, &holders).await?;

        let ids: Vec<Uuid> = new.iter().map(|member| member.id.0).collect();
        let mut limits: HashMap<MemberId, Vec<InForce<Amount>>> = HashMap::new();
        for (member, limit) in store::member_limits::since(connection, id, Some(&ids), now).await? {
            limits.entry(member).or_default().push(limit);
        }
        for member in new {
            let in_state = Member {
                id: member.id,
                subtenant: member.subtenant,
                active: member.status == MemberStatus::Active,
                limits: limits.remove(&member.id).unwrap_or_default(),
            };
            self.state.members.insert(member.id, in_state);
        }
        self.show_moved_limits();
        Ok(())
    }

    /// Brings the quotas of holders into the state that has none of them yet.
    pub(crate) async fn add_quotas(
        &mut self,
        connection: &mut Connection,
        holders: &[Holder],
    ) -> Result<()> {
        let found = store::quotas::limits_of(connection, self.state.id, holders, self.now).await?;
        for (account, limits) in found {
            self.state.quotas.entry(account).or_default().push(limits);
        }
        Ok(())
    }

    /// Brings the balances into the state that uses of these meters touch.
    pub(crate) async fn add_balances(
        &mut self,
        connection: &mut Connection,
        uses: impl IntoIterator<Item = (Path, Code)>,
    ) -> Result<()> {
        let (id, now) = (self.state.id, self.now);
        let accounts: HashSet<Account> = uses
            .into_iter()
            .flat_map(|(path, meter)| path.holders().map(move |holder| (holder, meter.clone())))
            .collect();
        self.add_stored_balances(connection, &accounts).await?;
        let missing: Vec<(Account, Window)> = accounts
            .into_iter()
            .flat_map(|account| {
                let needed = self.state.periods_needed(account.0, &account.1, now);
                needed.into_iter().map(move |window| (account.clone(), window))
            })
            .filter(|(account, window)| !self.state.balances.has(account, *window))
            .collect();
        if !missing.is_empty() {
            let sums = store::balances::sum_up(connection, id, &missing, now).await?;
            for ((account, window), balance) in missing.into_iter().zip(sums) {
                self.state.balances.put(account, [(window, balance)]);
            }
        }
        Ok(())
    }

    /// Brings the balances of these accounts into the state that are stored. A period that has none
    /// is summed up from the ledger when it is needed.
    pub(crate) async fn add_stored_balances(
        &mut self,
        connection: &mut Connection,
        accounts: &HashSet<Account>,
    ) -> Result<()> {
        let new = accounts.iter().filter(|account| !self.state.balances.knows(account));
        let new: Vec<Account> = new.cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        for account in &new {
            self.state.balances.put(account.clone(), []);
        }
        for (account, periods) in store::balances::load(connection, self.state.id, &new).await? {
            self.state.balances.put(account, periods);
        }
        Ok(())
    }

    /// Brings what pages about credits show: the organization's balances and those of `members`.
    pub(crate) async fn add_credits_of(
        &mut self,
        connection: &mut Connection,
        members: &[store::members::Member],
    ) -> Result<()> {
        self.add_members(connection, members).await?;
        let paths = members.iter().map(path).chain([Path::default()]);
        self.add_balances(connection, paths.map(|path| (path, Code::credits()))).await
    }

    /// Brings what the whole organization uses of every meter, as it is stored: a meter without a
    /// balance, or without one in this month, has not moved. To look that up in the ledger would take a
    /// walk through all of it.
    pub(crate) async fn add_organizations_balances(
        &mut self,
        connection: &mut Connection,
    ) -> Result<()> {
        self.add_credits_of(connection, &[]).await?;
        let meters = self.state.catalogue.meters.keys().cloned();
        let accounts = meters.map(|meter| (Holder::Organization, meter)).collect();
        self.add_stored_balances(connection, &accounts).await
    }

    /// Writes the percentages that came to other amounts. A limit that moved is closed and opened
    /// anew, so that its history stays exact.
    pub(crate) async fn save_moved_limits(&mut self, connection: &mut Connection) -> Result<()> {
        let (id, now) = (self.state.id, self.now);
        if !self.moved.is_empty() {
            let members: Vec<MemberId> = self.moved.iter().map(|moved| moved.member).collect();
            store::member_limits::close(connection, id, &members, now).await?;
            store::member_limits::open(connection, id, &self.moved).await?;
            self.moved.clear();
        }
        self.lock.set_aside = self.state.set_aside;
        self.lock.decided_at = Some(now);
        Ok(())
    }

    /// Writes the locked row and the percentages that came to other amounts.
    pub(crate) async fn save_lock(&mut self, connection: &mut Connection) -> Result<()> {
        self.save_moved_limits(connection).await?;
        Ok(store::organizations::save_lock(connection, self.state.id, self.lock).await?)
    }

    /// Credits used by everyone together in the window in which limits count, whoever paid.
    pub(crate) fn used(&self) -> i64 {
        let window = self.state.credit_window(self.now);
        self.state.credits(Holder::Organization, window).used
    }
}

/// Where what a member uses is counted.
pub(crate) fn path(member: &store::members::Member) -> Path {
    Path { subtenant: member.subtenant, member: Some(member.id) }
}
