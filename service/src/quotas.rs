//! Quotas: limits on one meter for the organization, a subtenant or a member, with their history
//! (SPEC section 6).

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    idempotency,
    reach::Reach,
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Action,
    balances::{Account, Holder},
    ids::{MemberId, OrganizationId, QuotaId, SubtenantId},
    input::{Code, IdempotencyKey, Invalid},
    quotas::{InForce, QuotaLimits, QuotaLimitsInput, QuotaLimitsPatch},
};
use serde::{Deserialize, Serialize};
use store::{Connection, quotas::Quota};
use uuid::Uuid;

/// Quotas that are listed at most.
const LISTED: i64 = 1_000;

/// A quota to be made.
#[derive(Clone, Debug, Serialize)]
pub struct NewQuota {
    /// On which meter.
    pub meter: Code,
    /// Whom it limits.
    pub holder: Holder,
    /// Its limits.
    pub limits: QuotaLimitsInput,
    /// The last day on which it is in force, in the organization's zone; `None` has no end.
    pub last_day: Option<NaiveDate>,
}

/// A quota as it was saved. Amounts are in the meter's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedQuota {
    /// Its id.
    pub id: QuotaId,
    /// On which meter.
    pub meter: Code,
    /// The part of the organization that it limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtenant: Option<SubtenantId>,
    /// The member that it limits; without one and without a subtenant, the whole organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// Its limits.
    #[serde(flatten)]
    pub limits: QuotaLimitsInput,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; `None` has no end.
    pub to: Option<DateTime<Utc>>,
    /// Counts edits; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl From<&Quota> for SavedQuota {
    fn from(quota: &Quota) -> Self {
        let (subtenant, member) = match quota.holder {
            Holder::Organization => (None, None),
            Holder::Subtenant(subtenant) => (Some(subtenant), None),
            Holder::Member(member) => (None, Some(member)),
        };
        Self {
            id: quota.id,
            meter: quota.meter.clone(),
            subtenant,
            member,
            limits: quota.limits.into(),
            from: quota.from,
            to: quota.to,
            version: quota.version,
        }
    }
}

impl Service {
    /// The newest thousand quotas, closed ones included.
    pub async fn quotas(&self, caller: &Caller) -> Result<Vec<SavedQuota>> {
        caller.require(Action::ViewQuotas)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let id = caller.organization;
        let found = store::quotas::list(&mut transaction, id, None, None, LISTED).await?;
        Ok(found.iter().map(SavedQuota::from).collect())
    }

    /// Makes a quota, which closes the one in force on the same meter for the same scope. The same
    /// key and quota is answered the same again.
    pub async fn create_quota(
        &self,
        caller: &Caller,
        new: NewQuota,
        key: Option<IdempotencyKey>,
    ) -> Result<SavedQuota> {
        caller.require(right_to_edit(new.holder))?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let request = idempotency::Keyed::new(key, "quotas", &new)?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        require_scope(&mut transaction, caller, new.holder, now).await?;
        let kind = loaded.state.catalogue.meters.get(&new.meter);
        kind.ok_or_else(|| Invalid::new("meter", "is not a meter of this installation"))?;
        let limits = new.limits.parse(loaded.state.catalogue.is_gauge(&new.meter))?;
        let zone = loaded.state.calendar.zone();
        let to = new.last_day.map(|day| {
            let end = day.succ_opt().map(|next| zone.first_instant(next));
            let end = end.filter(|end| *end > now);
            end.ok_or_else(|| Invalid::new("last_day", "must not be in the past"))
        });

        let account = (new.holder, new.meter.clone());
        let before = current(&mut transaction, id, &account, now).await?;
        if let Some(before) = &before {
            close(&mut transaction, id, before, now).await?;
        }
        let quota = Quota {
            id: QuotaId(Uuid::now_v7()),
            holder: new.holder,
            meter: new.meter,
            limits,
            from: now,
            to: to.transpose()?,
            version: 1,
        };
        store::quotas::insert(&mut transaction, id, &quota).await?;
        open(&mut transaction, id, &quota, now).await?;
        let (before, after) = (before.as_ref().map(SavedQuota::from), SavedQuota::from(&quota));
        let change = Change {
            action: "quota.created",
            subject: quota.id.0,
            before: before.as_ref(),
            after: Some(&after),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        request.remember(&mut transaction, id, &after, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }

    /// Changes the limits of the current quota in place. `expected` is the version that the caller
    /// read: if it was changed since, nothing is saved.
    pub async fn edit_quota(
        &self,
        caller: &Caller,
        quota: QuotaId,
        edit: QuotaLimitsPatch,
        expected: Option<i64>,
    ) -> Result<SavedQuota> {
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let before = self.editable(&mut transaction, caller, quota, expected, now).await?;
        let gauge = loaded.state.catalogue.is_gauge(&before.meter);
        let limits = edit.apply(before.limits).parse(gauge)?;
        let quota = Quota { limits, version: before.version + 1, ..before.clone() };
        store::quotas::close_limits(&mut transaction, id, quota.id, now).await?;
        open(&mut transaction, id, &quota, now).await?;
        store::quotas::set_end(&mut transaction, id, quota.id, quota.to).await?;
        let (before, after) = (SavedQuota::from(&before), SavedQuota::from(&quota));
        let change = Change {
            action: "quota.edited",
            subject: quota.id.0,
            before: Some(&before),
            after: Some(&after),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }

    /// Deletes the current quota, and puts the one before it into force again, if there is one:
    /// its range is open from now on, as it was.
    pub async fn delete_quota(
        &self,
        caller: &Caller,
        quota: QuotaId,
        expected: Option<i64>,
    ) -> Result<Option<SavedQuota>> {
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let now = self.load_locked(&mut transaction, id).await?.now;
        let deleted = self.editable(&mut transaction, caller, quota, expected, now).await?;
        store::quotas::close_limits(&mut transaction, id, quota, now).await?;
        store::quotas::delete(&mut transaction, id, quota, now).await?;

        let account = (deleted.holder, deleted.meter.clone());
        let before = store::quotas::list(&mut transaction, id, None, Some(&account), 1).await?;
        let before = before.into_iter().next().filter(|before| before.to == Some(deleted.from));
        let reopened = match before {
            None => None,
            Some(before) => {
                let reopened = Quota { to: None, version: before.version + 1, ..before };
                store::quotas::set_end(&mut transaction, id, reopened.id, None).await?;
                open(&mut transaction, id, &reopened, now).await?;
                Some(SavedQuota::from(&reopened))
            }
        };
        let deleted = SavedQuota::from(&deleted);
        let change = Change {
            action: "quota.deleted",
            subject: quota.0,
            before: Some(&deleted),
            after: reopened.as_ref(),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(reopened)
    }

    /// The quota, if it is the current one of its scope and the caller may change it.
    async fn editable(
        &self,
        connection: &mut Connection,
        caller: &Caller,
        quota: QuotaId,
        expected: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<Quota> {
        // One right or the other: which one it takes is known when the quota is.
        if !caller.rights().allow(Action::EditUsageQuotas) {
            caller.require(Action::EditUserQuotas)?;
        }
        let id = caller.organization;
        let found = store::quotas::list(connection, id, Some(quota), None, 1).await?;
        let found = found.into_iter().next().ok_or(Error::NotFound("quota"))?;
        caller.require(right_to_edit(found.holder))?;
        require_scope(connection, caller, found.holder, now).await?;
        if found.to.is_some_and(|to| to <= now) {
            return Err(Error::QuotaClosed);
        }
        if expected.is_some_and(|expected| expected != found.version) {
            let current = SavedQuota::from(&found);
            return Err(Error::Stale {
                summary: "the quota has other limits".to_owned(),
                current: serde_json::to_value(current).map_err(store::Error::from)?,
            });
        }
        Ok(found)
    }
}

fn right_to_edit(holder: Holder) -> Action {
    match holder {
        Holder::Organization | Holder::Subtenant(_) => Action::EditUsageQuotas,
        Holder::Member(_) => Action::EditUserQuotas,
    }
}

/// Refuses a subtenant or a member that is not of this organization, and a subtenant
/// administrator who reaches for the members of others.
async fn require_scope(
    connection: &mut Connection,
    caller: &Caller,
    holder: Holder,
    now: DateTime<Utc>,
) -> Result<()> {
    let id = caller.organization;
    match holder {
        Holder::Organization => Ok(()),
        Holder::Subtenant(subtenant) => {
            let found = store::subtenants::get(connection, id, subtenant).await?;
            found.map(|_| ()).ok_or(Error::NotFound("subtenant"))
        }
        Holder::Member(member) => {
            let found = store::members::get(connection, id, member, now).await?;
            let found = found.ok_or(Error::NotFound("member"))?;
            let reach = Reach::of(connection, caller, Action::EditUserQuotas, now).await?;
            if reach.includes(found.subtenant) { Ok(()) } else { Err(Error::NotFound("member")) }
        }
    }
}

/// The quota in force on an account.
async fn current(
    connection: &mut Connection,
    id: OrganizationId,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<Option<Quota>> {
    let newest = store::quotas::list(connection, id, None, Some(account), 1).await?;
    Ok(newest.into_iter().find(|quota| quota.to.is_none_or(|to| now < to)))
}

/// Ends a quota now. One that was made at this very instant never was in force, and goes.
async fn close(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
    now: DateTime<Utc>,
) -> Result<()> {
    store::quotas::close_limits(connection, id, quota.id, now).await?;
    if quota.from >= now {
        Ok(store::quotas::delete(connection, id, quota.id, now).await?)
    } else {
        Ok(store::quotas::set_end(connection, id, quota.id, Some(now)).await?)
    }
}

/// Puts the limits of a quota into force from now on.
async fn open(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
    now: DateTime<Utc>,
) -> Result<()> {
    let limits: InForce<QuotaLimits> = InForce { value: quota.limits, from: now, to: quota.to };
    Ok(store::quotas::open_limits(connection, id, quota.id, &limits).await?)
}
