//! Members' *Custom Credit Limits*: of one member, of several at once, shared out evenly, and
//! undone.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    loading::Loaded,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Action,
    amount::Amount,
    credits::CreditCap,
    ids::{ChangeId, MemberId},
    input::Invalid,
    member_limits::{LimitChange, LimitSchedule, even_caps},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use store::{Transaction, member_limits::NewLimit};
use uuid::Uuid;

/// Members whose limits can be changed at once.
const MOST: usize = 10_000;

/// How long a change can be undone.
const UNDO: TimeDelta = TimeDelta::minutes(10);

const SAVED: &str = "member.credit_limit.saved";

/// A member's limit as it was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLimit {
    /// Whose.
    pub member_id: MemberId,
    /// The limit as entered, and what follows it.
    #[serde(flatten)]
    pub schedule: LimitSchedule,
    /// The one in force, in credits.
    pub credits: Option<Amount>,
    /// Counts edits of the member; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

/// Limits that were saved at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavedLimits {
    /// By this they are undone.
    pub change_id: ChangeId,
    /// Those that were changed; members whose limit was so already are left out.
    pub limits: Vec<SavedLimit>,
}

/// A new limit for one member.
#[derive(Clone, Copy, Debug)]
pub struct LimitEdit {
    /// Whose.
    pub member: MemberId,
    /// What changes.
    pub change: LimitChange,
    /// The version that the caller read: if the member was changed since, nothing is saved.
    pub expected: Option<i64>,
}

/// What becomes of one member's limit.
struct Step {
    member: MemberId,
    before: SavedLimit,
    after: LimitSchedule,
}

impl Service {
    /// A member's limit in force.
    pub async fn member_limit(&self, caller: &Caller, member: MemberId) -> Result<SavedLimit> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        let (id, members) = (caller.organization, [member]);
        let found = store::member_limits::standing(&mut transaction, id, &members, now).await?;
        Ok(saved(found.first().ok_or(Error::NotFound("member"))?))
    }

    /// Gives a member a limit of their own, or none, or one for a time; the next request is decided
    /// by it. `expected` is the version that the caller read: if the member was changed since,
    /// nothing is saved.
    pub async fn save_member_limit(
        &self,
        caller: &Caller,
        member: MemberId,
        change: LimitChange,
        expected: Option<i64>,
    ) -> Result<(SavedLimit, ChangeId)> {
        let edit = LimitEdit { member, change, expected };
        let saved = self.save_member_limits(caller, &[edit]).await?;
        let limit = match saved.limits.first() {
            Some(limit) => *limit,
            None => self.member_limit(caller, member).await?,
        };
        Ok((limit, saved.change_id))
    }

    /// The same for several members: all of them or none.
    pub async fn save_member_limits(
        &self,
        caller: &Caller,
        edits: &[LimitEdit],
    ) -> Result<SavedLimits> {
        let (transaction, loaded) = self.begin_limits(caller).await?;
        edit(transaction, loaded, caller, edits).await
    }

    /// Shares all there is out among the active members, as evenly as whole credits allow.
    pub async fn distribute_evenly(&self, caller: &Caller) -> Result<SavedLimits> {
        let (mut transaction, loaded) = self.begin_limits(caller).await?;
        let id = caller.organization;
        let size = i64::try_from(MOST).unwrap_or(i64::MAX);
        let active = store::members::active(&mut transaction, id, size + 1).await?;
        check_members(&active)?;
        let caps = even_caps(active.len(), loaded.state.percentage_base(loaded.now));
        let before = limits_of(&mut transaction, &loaded, &active).await?;
        let steps = before.into_iter().zip(caps).map(|(before, cap)| {
            let after = LimitSchedule::lasting(Some(cap));
            Step { member: before.member_id, before, after }
        });
        carry_out(transaction, loaded, caller, steps.collect()).await
    }

    /// Puts limits back to what they were before a change of the same caller, as long as nobody
    /// has changed them since.
    pub async fn undo_limits(&self, caller: &Caller, change: ChangeId) -> Result<SavedLimits> {
        let (mut transaction, loaded) = self.begin_limits(caller).await?;
        let id = caller.organization;
        let (kind, actor) = audit::actor(caller);
        let changes = store::audit::of_change(&mut transaction, id, change.0, SAVED).await?;
        let own = |entry: &store::audit::Recorded| {
            entry.actor_kind == kind
                && entry.actor_id == actor
                && loaded.now - entry.recorded_at <= UNDO
        };
        if changes.is_empty() || !changes.iter().all(own) {
            return Err(Error::NotFound("change that can be undone"));
        }
        let read = |value: Option<serde_json::Value>| -> Result<SavedLimit> {
            let value = serde_json::from_value(value.unwrap_or_default());
            Ok(value.map_err(store::Error::from)?)
        };
        let mut was = Vec::with_capacity(changes.len());
        for entry in changes {
            was.push((read(entry.before)?, read(entry.after)?));
        }
        let members: Vec<MemberId> = was.iter().map(|(before, _)| before.member_id).collect();
        let current = limits_of(&mut transaction, &loaded, &members).await?;
        let mut steps = Vec::with_capacity(was.len());
        for ((was, became), current) in was.into_iter().zip(current) {
            if became.version != current.version {
                return Err(stale(&current)?);
            }
            let after = was.schedule.at(loaded.now);
            steps.push(Step { member: current.member_id, before: current, after });
        }
        carry_out(transaction, loaded, caller, steps).await
    }

    /// What every change of limits begins with: the right, the lock, and what is there.
    pub(crate) async fn begin_limits(&self, caller: &Caller) -> Result<(Transaction, Loaded)> {
        caller.require(Action::EditMemberLimits)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let loaded = self.load_locked(&mut transaction, caller.organization).await?;
        Ok((transaction, loaded))
    }
}

/// Carries edits out, all of them or none, and commits.
pub(crate) async fn edit(
    mut transaction: Transaction,
    loaded: Loaded,
    caller: &Caller,
    edits: &[LimitEdit],
) -> Result<SavedLimits> {
    let members: Vec<MemberId> = edits.iter().map(|edit| edit.member).collect();
    check_members(&members)?;
    let before = limits_of(&mut transaction, &loaded, &members).await?;
    let mut steps = Vec::with_capacity(edits.len());
    for (edit, before) in edits.iter().zip(before) {
        if edit.expected.is_some_and(|expected| expected != before.version) {
            return Err(stale(&before)?);
        }
        let zone = loaded.organization.time_zone;
        let after = before.schedule.after(edit.change, zone, loaded.now)?;
        steps.push(Step { member: edit.member, before, after });
    }
    carry_out(transaction, loaded, caller, steps).await
}

/// Refuses lists that are too long, or name somebody twice.
fn check_members(members: &[MemberId]) -> Result<(), Invalid> {
    if members.len() > MOST {
        return Err(Invalid::new("members", format!("must be at most {MOST}")));
    }
    let distinct: HashSet<&MemberId> = members.iter().collect();
    if distinct.len() < members.len() {
        return Err(Invalid::new("members", "must not name a member twice"));
    }
    Ok(())
}

/// The limits of `members` as they stand, in this order; an error if one is not there.
async fn limits_of(
    transaction: &mut Transaction,
    loaded: &Loaded,
    members: &[MemberId],
) -> Result<Vec<SavedLimit>> {
    let (id, now) = (loaded.state.id, loaded.now);
    let found = store::member_limits::standing(transaction, id, members, now).await?;
    if found.len() < members.len() {
        return Err(Error::NotFound("member"));
    }
    Ok(found.iter().map(saved).collect())
}

/// Raises a member's limit along with whatever else the transaction changes. The member's own limit
/// follows a temporary one.
pub(crate) async fn raise(
    transaction: &mut Transaction,
    loaded: &mut Loaded,
    caller: &Caller,
    member: MemberId,
    change: LimitChange,
) -> Result<()> {
    let before = limits_of(transaction, loaded, &[member]).await?;
    let before = *before.first().ok_or(Error::NotFound("member"))?;
    let after = before.schedule.after(change, loaded.organization.time_zone, loaded.now)?;
    apply(transaction, loaded, caller, vec![Step { member, before, after }]).await?;
    Ok(())
}

/// Carries all steps out, with all that follows from them, and commits.
async fn carry_out(
    mut transaction: Transaction,
    mut loaded: Loaded,
    caller: &Caller,
    steps: Vec<Step>,
) -> Result<SavedLimits> {
    let saved = apply(&mut transaction, &mut loaded, caller, steps).await?;
    transaction.commit().await.map_err(store::Error::from)?;
    Ok(saved)
}

/// The same without committing.
async fn apply(
    transaction: &mut Transaction,
    loaded: &mut Loaded,
    caller: &Caller,
    mut steps: Vec<Step>,
) -> Result<SavedLimits> {
    let (id, now, change_id) = (caller.organization, loaded.now, ChangeId(Uuid::now_v7()));
    steps.retain(|step| step.before.schedule != step.after);
    let members: Vec<MemberId> = steps.iter().map(|step| step.member).collect();
    put_in_force(transaction, loaded, steps.iter().map(|step| (step.member, step.after))).await?;
    store::members::touch(transaction, id, &members).await?;
    loaded.work_out_set_aside(transaction).await?;
    loaded.save_lock(transaction).await?;

    let limits = limits_of(transaction, loaded, &members).await?;
    let changes = steps.iter().zip(&limits).map(|(step, after)| Change {
        action: SAVED,
        subject: step.member.0,
        before: Some(&step.before),
        after: Some(after),
    });
    audit::record_together(transaction, caller, change_id, changes, now).await?;
    Ok(SavedLimits { change_id, limits })
}

/// Replaces what is and will be in force of members' limits. The set-aside sum has to be worked
/// out afterwards: what percentages come to depends on all of them together.
pub(crate) async fn put_in_force(
    transaction: &mut Transaction,
    loaded: &mut Loaded,
    schedules: impl Iterator<Item = (MemberId, LimitSchedule)>,
) -> Result<()> {
    let (id, now) = (loaded.state.id, loaded.now);
    let mut members = Vec::new();
    let mut limits = Vec::new();
    for (member, schedule) in schedules {
        members.push(member);
        let LimitSchedule { cap, ends_at, then } = schedule;
        limits.extend(cap.map(|cap| new_limit(member, cap, now, ends_at)));
        let later = ends_at.and_then(|end| then.map(|then| new_limit(member, then, end, None)));
        limits.extend(later);
    }
    store::member_limits::close(transaction, id, &members, now).await?;
    store::member_limits::withdraw(transaction, id, &members, now).await?;
    Ok(store::member_limits::open(transaction, id, &limits).await?)
}

fn new_limit(
    member: MemberId,
    cap: CreditCap,
    from: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
) -> NewLimit {
    let amount = match cap {
        CreditCap::Credits { amount } => amount,
        CreditCap::Percent { .. } => Amount::ZERO,
    };
    NewLimit { id: Uuid::now_v7(), member, cap, amount, from, to }
}

fn saved(standing: &store::member_limits::Standing) -> SavedLimit {
    SavedLimit {
        member_id: standing.member,
        schedule: standing.schedule,
        credits: standing.amount,
        version: standing.version,
    }
}

fn stale(current: &SavedLimit) -> Result<Error> {
    Ok(Error::Stale {
        summary: match current.schedule.cap {
            Some(cap) => format!("the limit is {cap}"),
            None => "the member shares the pool".to_owned(),
        },
        current: serde_json::to_value(current).map_err(store::Error::from)?,
    })
}
