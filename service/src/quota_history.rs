//! The history of the quotas of one account: which is in force, and what is when another ends
//! (SPEC section 6).

use crate::{Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    balances::Account,
    ids::{OrganizationId, QuotaId},
    quotas::{InForce, QuotaLimits},
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
) -> Result<Quota> {
    let found = store::quotas::list(connection, id, Wanted::by_id(quota)).await?;
    found.into_iter().next().ok_or(Error::NotFound("quota"))
}

/// The quota that is in force again when `quota`, the newest of its account, is deleted: the one that
/// was closed for it.
pub(crate) async fn predecessor(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
) -> Result<Option<Quota>> {
    let account = (quota.holder, quota.meter.clone());
    let newest = Wanted { size: 2, ..Wanted::newest_on(&account) };
    let found = store::quotas::list(connection, id, newest).await?;
    Ok(found.into_iter().find(|before| before.id != quota.id && before.to == Some(quota.from)))
}

/// The quota in force on an account.
pub(crate) async fn current(
    connection: &mut Connection,
    id: OrganizationId,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<Option<Quota>> {
    let newest = store::quotas::list(connection, id, Wanted::newest_on(account)).await?;
    Ok(newest.into_iter().find(|quota| quota.to.is_none_or(|to| now < to)))
}

/// Ends a quota now. One that was made at this very instant never was in force, and goes.
pub(crate) async fn close(
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
pub(crate) async fn open(
    connection: &mut Connection,
    id: OrganizationId,
    quota: &Quota,
    now: DateTime<Utc>,
) -> Result<()> {
    let limits: InForce<QuotaLimits> = InForce { value: quota.limits, from: now, to: quota.to };
    Ok(store::quotas::open_limits(connection, id, quota.id, &limits).await?)
}
