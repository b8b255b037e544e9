//! What was used and what is held, per holder, meter and period: a cache of the ledger.

use crate::{
    ids::{MemberId, SubtenantId},
    input::Code,
    period::Window,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fmt,
    ops::{AddAssign, Neg},
};

/// Whose balance: a node on the path from the organization to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Holder {
    /// Everything that the organization uses.
    Organization,
    /// What the members of one subtenant use.
    Subtenant(SubtenantId),
    /// What one member uses.
    Member(MemberId),
}

impl Holder {
    /// What it is called where an operator reads of it.
    pub fn name(self) -> String {
        match self {
            Self::Organization => "organization".to_owned(),
            Self::Subtenant(id) => format!("subtenant {id}"),
            Self::Member(id) => format!("member {id}"),
        }
    }
}

/// Who used something: the node that was charged, and with it every node above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    /// The part of the organization that the member belonged to then.
    pub subtenant: Option<SubtenantId>,
    /// The member; `None` is the organization itself.
    pub member: Option<MemberId>,
}

impl Path {
    /// The nodes from the organization down.
    pub fn holders(self) -> impl Iterator<Item = Holder> {
        let below = [self.subtenant.map(Holder::Subtenant), self.member.map(Holder::Member)];
        std::iter::once(Holder::Organization).chain(below.into_iter().flatten())
    }

    /// Whether it is within the reach of a program: of all that `only` does not keep to one subtenant.
    pub fn is_within(self, only: Option<SubtenantId>) -> bool {
        only.is_none() || only == self.subtenant
    }
}

/// What has been used and is held in one period; also a change of it, which can be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// All that was used, whoever paid.
    pub used: i64,
    /// The part of it that packs paid.
    pub from_packs: i64,
    /// Held for work under way.
    pub reserved: i64,
    /// The part of it that is held in packs.
    pub reserved_from_packs: i64,
}

impl Balance {
    /// The part that the plan's allowance paid.
    pub fn from_allowance(self) -> i64 {
        self.used - self.from_packs
    }

    /// The part of what is held that the plan's allowance is to pay.
    pub fn reserved_from_allowance(self) -> i64 {
        self.reserved - self.reserved_from_packs
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { used, from_packs, reserved, reserved_from_packs } = self;
        write!(f, "{used} used ({from_packs} by packs) and {reserved} held ({reserved_from_packs})")
    }
}

impl AddAssign for Balance {
    fn add_assign(&mut self, change: Self) {
        self.used += change.used;
        self.from_packs += change.from_packs;
        self.reserved += change.reserved;
        self.reserved_from_packs += change.reserved_from_packs;
    }
}

impl Neg for Balance {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            used: -self.used,
            from_packs: -self.from_packs,
            reserved: -self.reserved,
            reserved_from_packs: -self.reserved_from_packs,
        }
    }
}

/// Which balances: of whom, on which meter. There is one per period.
pub type Account = (Holder, Code);

/// Balances of one account, and whether they were moved since they were loaded.
#[derive(Clone, Debug, Default)]
struct Slot {
    periods: Vec<(Window, Balance)>,
    moved: bool,
}

/// The balances of an organization, as far as they were asked for.
#[derive(Clone, Debug, Default)]
pub struct Balances {
    accounts: HashMap<Account, Slot>,
    /// The accounts whose slot says so: few of those that are there.
    moved: Vec<Account>,
}

impl Balances {
    /// A balance; empty if nothing was used in its period.
    pub fn get(&self, holder: Holder, meter: &Code, window: Window) -> Balance {
        self.find(holder, meter, window).unwrap_or_default()
    }

    /// The most that is used and held in any period of this account.
    pub fn highest(&self, account: &Account) -> i64 {
        let periods = self.accounts.get(account).into_iter().flat_map(|slot| &slot.periods);
        periods.map(|(_, balance)| balance.used + balance.reserved).max().unwrap_or_default()
    }

    /// Whether the account was loaded.
    pub fn knows(&self, account: &Account) -> bool {
        self.accounts.contains_key(account)
    }

    /// Whether the balance of this period is there; else it has to be summed up from the ledger.
    pub fn has(&self, account: &Account, window: Window) -> bool {
        self.find(account.0, &account.1, window).is_some()
    }

    fn find(&self, holder: Holder, meter: &Code, window: Window) -> Option<Balance> {
        let slot = self.accounts.get(&(holder, meter.clone()))?;
        slot.periods.iter().find(|(of, _)| *of == window).map(|(_, balance)| *balance)
    }

    /// Puts balances in that were loaded.
    pub fn put(&mut self, account: Account, periods: impl IntoIterator<Item = (Window, Balance)>) {
        self.accounts.entry(account).or_default().periods.extend(periods);
    }

    /// Moves every balance on `path` whose period contains `at`: also that of a period that no
    /// limit counts in right now, so that a limit that comes later finds it right.
    pub fn apply(&mut self, path: Path, meter: &Code, at: DateTime<Utc>, change: Balance) {
        for holder in path.holders() {
            let account = (holder, meter.clone());
            let Some(slot) = self.accounts.get_mut(&account) else { continue };
            let mut moves = false;
            for (_, balance) in slot.periods.iter_mut().filter(|(window, _)| window.contains(at)) {
                *balance += change;
                moves = true;
            }
            if moves && !slot.moved {
                slot.moved = true;
                self.moved.push(account);
            }
        }
    }

    /// The accounts that were moved since this was last asked, with the periods that still run:
    /// what ended before `now` limits nothing any more.
    pub fn take_moved(&mut self, now: DateTime<Utc>) -> Vec<(Account, Vec<(Window, Balance)>)> {
        let moved = std::mem::take(&mut self.moved).into_iter();
        moved
            .filter_map(|account| {
                let slot = self.accounts.get_mut(&account)?;
                slot.moved = false;
                slot.periods.retain(|(window, _)| window.ends_at > now);
                Some((account, slot.periods.clone()))
            })
            .collect()
    }

    /// All accounts in which something is used or held, with their periods.
    pub fn used(&self) -> Vec<(Account, Vec<(Window, Balance)>)> {
        let empty = Balance::default();
        let used = self
            .accounts
            .iter()
            .filter(|(_, slot)| slot.periods.iter().any(|(_, balance)| *balance != empty));
        used.map(|(account, slot)| (account.clone(), slot.periods.clone())).collect()
    }

    /// Forgets the periods that ended before `now`.
    pub fn forget_ended(&mut self, now: DateTime<Utc>) {
        for slot in self.accounts.values_mut() {
            slot.periods.retain(|(window, _)| window.ends_at > now);
        }
    }

    /// How many accounts were loaded.
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }
}
