//! Quotas: limits on one meter for the organization, a subtenant or a member, with their history
//! (SPEC section 6).

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    idempotency,
    loading::Loaded,
    quota_edits::change,
    quota_history::{close, current, find, open, predecessor},
    reach::Reach,
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Action,
    balances::Holder,
    ids::{MemberId, QuotaId, SubtenantId},
    input::{Code, IdempotencyKey, Invalid},
    money::{MoneyFormat, SPEND_SCALE},
    quotas::{Maker, QuotaLimitsInput, QuotaLimitsPatch},
    units::grouped,
    views::WithoutFeature,
};
use serde::{Deserialize, Serialize};
use store::{Connection, organizations::Organization, quotas::Quota};
use utoipa::ToSchema;
use uuid::Uuid;

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
    /// The quota in force that the caller read, which this one is to close; `Some(None)`: none was
    /// in force. `None` is the one that is in force when the request arrives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Option<QuotaId>>,
}

/// A quota as it was saved. Amounts are in the meter's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// When these end because one of them is raised for a time; `None`: nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_until: Option<DateTime<Utc>>,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; `None` has no end.
    pub to: Option<DateTime<Utc>>,
    /// Who made it.
    #[serde(default = "Maker::plan")]
    pub made_by: Maker,
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
            raised_until: quota.raised_until,
            from: quota.from,
            to: quota.to,
            made_by: quota.made_by.clone(),
            version: quota.version,
        }
    }
}

impl Service {
    /// Makes a quota, which closes the one in force on the same meter for the same scope. Of two
    /// that are made at once the second is told of the first, and changes nothing. The same key and
    /// quota is answered the same again.
    pub async fn create_quota(
        &self,
        caller: &Caller,
        new: NewQuota,
        key: Option<IdempotencyKey>,
    ) -> Result<SavedQuota> {
        caller.require(Action::edits_quotas_of(new.holder))?;
        let id = caller.organization;
        let account = (new.holder, new.meter.clone());
        let mut transaction = self.store.begin(id).await?;
        let seen = if let Some(seen) = new.replaces {
            seen
        } else {
            let now = self.clock.now(&mut transaction).await?;
            current(&mut transaction, id, &account, now).await?.map(|quota| quota.id)
        };
        let loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let request = idempotency::Keyed::new(caller, key, "quotas", &new)?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        let after = put(&mut transaction, caller, &loaded, new, seen).await?;
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
        let before = self.editable(&mut transaction, caller, quota, expected, &loaded).await?;
        let after = change(&mut transaction, caller, &loaded, &before, edit).await?;
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
        let loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let deleted = self.editable(&mut transaction, caller, quota, expected, &loaded).await?;
        require_feature(&mut transaction, &loaded, &deleted.meter).await?;
        store::quotas::close_limits(&mut transaction, id, quota, now).await?;
        store::quotas::delete(&mut transaction, id, quota, now).await?;

        let reopened = match predecessor(&mut transaction, id, &deleted, now).await? {
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
        loaded: &Loaded,
    ) -> Result<Quota> {
        // One right or the other: which one it takes is known when the quota is.
        if !caller.rights().allow(Action::EditUsageQuotas) {
            caller.require(Action::EditUserQuotas)?;
        }
        let (id, now) = (caller.organization, loaded.now);
        let found = find(connection, id, quota, now).await?;
        caller.require(Action::edits_quotas_of(found.holder))?;
        require_scope(connection, caller, found.holder, now).await?;
        if found.to.is_some_and(|to| to <= now) {
            return Err(Error::QuotaClosed);
        }
        if expected.is_some_and(|expected| expected != found.version) {
            let limits = in_words(&found, &loaded.organization);
            return Err(stale(format!("the quota is {limits}"), Some(&found))?);
        }
        Ok(found)
    }
}

/// Makes a quota in the place of the one in force. Where that is not the one that the caller has `seen`,
/// they are told of it, and nothing changes.
pub(crate) async fn put(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    new: NewQuota,
    seen: Option<QuotaId>,
) -> Result<SavedQuota> {
    let (id, now) = (caller.organization, loaded.now);
    require_scope(connection, caller, new.holder, now).await?;
    let kind = loaded.state.catalogue.meters.get(&new.meter);
    kind.ok_or_else(|| Invalid::new("meter", "is not a meter of this installation"))?;
    require_feature(connection, loaded, &new.meter).await?;
    let limits = new.limits.parse(loaded.state.catalogue.is_gauge(&new.meter))?;
    let zone = loaded.state.calendar.zone();
    let to = new.last_day.map(|day| {
        let end = day.succ_opt().map(|next| zone.first_instant(next));
        let end = end.filter(|end| *end > now);
        end.ok_or_else(|| Invalid::new("last_day", "must not be in the past"))
    });

    let account = (new.holder, new.meter.clone());
    let before = current(connection, id, &account, now).await?;
    if before.as_ref().map(|before| before.id) != seen {
        return Err(replaced(before.as_ref(), &loaded.organization)?);
    }
    if let Some(before) = &before {
        close(connection, id, before, now).await?;
    }
    let quota = Quota {
        id: QuotaId(Uuid::now_v7()),
        holder: new.holder,
        meter: new.meter,
        limits,
        raised_until: None,
        lasting: None,
        from: now,
        to: to.transpose()?,
        made_by: maker(caller),
        version: 1,
    };
    store::quotas::insert(connection, id, &quota).await?;
    open(connection, id, &quota, now).await?;
    let (before, after) = (before.as_ref().map(SavedQuota::from), SavedQuota::from(&quota));
    let change = Change {
        action: "quota.created",
        subject: quota.id.0,
        before: before.as_ref(),
        after: Some(&after),
    };
    audit::record(connection, caller, change, now).await?;
    Ok(after)
}

fn stale(summary: String, current: Option<&Quota>) -> Result<Error> {
    let current = current.map(SavedQuota::from);
    Ok(Error::Stale {
        summary,
        current: serde_json::to_value(current).map_err(store::Error::from)?,
    })
}

/// What somebody is told whose quota would close another one than they know of.
fn replaced(by: Option<&Quota>, organization: &Organization) -> Result<Error> {
    let summary = match by {
        Some(quota) => format!("another quota is in force, {}", in_words(quota, organization)),
        None => "no quota is in force any more".to_owned(),
    };
    stale(summary, by)
}

/// The limits of a quota, as people of the organization read them.
pub(crate) fn in_words(quota: &Quota, organization: &Organization) -> String {
    if quota.meter.is_spend() {
        let format = MoneyFormat::of(organization.currency.as_str());
        quota.limits.summary(|amount| format.text(amount, SPEND_SCALE))
    } else {
        quota.limits.summary(grouped)
    }
}

fn maker(caller: &Caller) -> Maker {
    let (kind, id) = audit::actor(caller);
    Maker { kind: kind.to_owned(), id }
}

/// Refuses to make or delete quotas that the plan does not include.
pub(crate) async fn require_feature(
    connection: &mut Connection,
    loaded: &Loaded,
    meter: &Code,
) -> Result<()> {
    if loaded.state.plan.only_lowers(meter) {
        return Err(Error::NotInPlan(lack_of(connection, loaded).await?));
    }
    Ok(())
}

/// What the organization's plan lacks; `None` if it includes the Usage Quota feature.
pub(crate) async fn without_feature(
    connection: &mut Connection,
    loaded: &Loaded,
) -> Result<Option<WithoutFeature>> {
    if loaded.state.plan.usage_quota_feature {
        return Ok(None);
    }
    lack_of(connection, loaded).await.map(Some)
}

async fn lack_of(connection: &mut Connection, loaded: &Loaded) -> Result<WithoutFeature> {
    let plans = store::plans::list(connection, None).await?.into_iter();
    let plans_with = plans.filter(|plan| plan.usage_quota_feature).map(|plan| plan.name).collect();
    Ok(WithoutFeature { plan: loaded.organization.plan_name.clone(), plans_with })
}

/// Refuses a subtenant or a member that is not of this organization, and a subtenant
/// administrator who reaches for the members of others.
pub(crate) async fn require_scope(
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
