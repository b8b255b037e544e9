//! The history of the quotas of one account: which is in force, and what is when another ends
//! (SPEC section 6).

use crate::{Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    balances::Account,
    ids::{OrganizationId, QuotaId},
    quota_schedule::QuotaSchedule,
};
use store::{
    Connection,
    quotas::{Quota, Wanted},
};

/// A quota, closed or not.
pub(crate) async fn find(
    connection: &mut Connection,
    id: OrganizationId,
    quota: QuotaId,
    now: DateTime<Utc>,
) -> Result<Quota> {
    let found = store::quotas::list(connection, id, Wanted::by_id(quota), now).await?;
    found.into_iter().next().ok_or(Error::NotFound("quota"))
}

/// The quota that is in force again when `quota`, the newest of its account, is deleted: the one that
/// was closed for it. What was raised for a time then is not raised any more.
pub(crate) async fn predecessor(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
    now: DateTime<Utc>,
) -> Result<Option<Quota>> {
    let account = (quota.holder, quota.meter.clone());
    let newest = Wanted { size: 2, ..Wanted::newest_on(&account) };
    let found = store::quotas::list(connection, id, newest, now).await?.into_iter();
    let before = found.filter(|before| before.id != quota.id && before.to == Some(quota.from));
    let lasting = before.map(|before| match before.lasting {
        Some(limits) => Quota { limits, ..before },
        None => before,
    });
    Ok(lasting.last())
}

/// The quota in force on an account.
pub(crate) async fn current(
    connection: &mut Connection,
    id: OrganizationId,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<Option<Quota>> {
    let newest = store::quotas::list(connection, id, Wanted::newest_on(account), now).await?;
    Ok(newest.into_iter().find(|quota| quota.to.is_none_or(|to| now < to)))
}

/// Ends a quota now. One that was made at this very instant never was in force, and goes.
pub(crate) async fn close(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
    now: DateTime<Utc>,
) -> Result<()> {
    let lasting = schedule(connection, id, quota, now).await?.lasts();
    let lasting = Some(lasting).filter(|lasting| *lasting != quota.limits);
    store::quotas::set_lasting(connection, id, quota.id, lasting).await?;
    store::quotas::close_limits(connection, id, quota.id, now).await?;
    if quota.from >= now {
        Ok(store::quotas::delete(connection, id, quota.id, now).await?)
    } else {
        Ok(store::quotas::set_end(connection, id, quota.id, Some(now)).await?)
    }
}

/// Puts the limits of a quota into force from now on.
pub(crate) async fn open(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
    now: DateTime<Utc>,
) -> Result<()> {
    let limits = QuotaSchedule::lasting(quota.limits);
    put_in_force(connection, id, (quota.id, quota.to), &limits, now).await
}

/// Puts limits of a quota that ends at some time into force from now on, one after the other. Those before
/// must be closed.
pub(crate) async fn put_in_force(
    connection: &mut Connection,
    id: OrganizationId,
    (quota, to): (QuotaId, Option<DateTime<Utc>>),
    limits: &QuotaSchedule,
    now: DateTime<Utc>,
) -> Result<()> {
    for step in limits.steps(now, to) {
        store::quotas::open_limits(connection, id, quota, &step).await?;
    }
    Ok(())
}

/// The limits of a quota in force, and those that follow them.
pub(crate) async fn schedule(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
    now: DateTime<Utc>,
) -> Result<QuotaSchedule> {
    let steps = store::quotas::steps(connection, id, quota.id, now).await?;
    Ok(QuotaSchedule::of(&steps).unwrap_or_else(|| QuotaSchedule::lasting(quota.limits)))
}
