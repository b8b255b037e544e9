//! What becomes of the limits of a quota in force: an edit, or a raise that ends by itself
//! (SPEC sections 4 and 6).

use crate::{
    Caller, Result,
    audit::{self, Change},
    loading::Loaded,
    quota_history::{find, put_in_force, schedule},
    quotas::{SavedQuota, require_feature},
};
use chrono::{DateTime, Utc};
use domain::{
    amount::Amount, period::PeriodKind, quota_schedule::QuotaSchedule, quotas::QuotaLimitsPatch,
    restriction::check_lowered,
};
use store::{Connection, quotas::Quota};

/// Changes the limits of a quota that may be changed. A limit that is raised for a time stays so, unless
/// the edit changes it.
pub(crate) async fn change(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    before: &Quota,
    edit: QuotaLimitsPatch,
) -> Result<SavedQuota> {
    let gauge = loaded.state.catalogue.is_gauge(&before.meter);
    let was = schedule(connection, caller.organization, before, loaded.now).await?;
    let is = was.edited(edit, gauge)?;
    if loaded.state.plan.only_lowers(&before.meter) {
        check_lowered(&was.now(), &is.now())?;
        check_lowered(&was.lasts(), &is.lasts())?;
    }
    save(connection, caller, loaded, before, &is).await
}

/// Raises a limit of a quota: for good, or until `ends_at`, when it is by itself what it was.
pub(crate) async fn raise(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    before: &Quota,
    (kind, limit): (PeriodKind, Amount),
    ends_at: Option<DateTime<Utc>>,
) -> Result<SavedQuota> {
    require_feature(connection, loaded, &before.meter).await?;
    let was = schedule(connection, caller.organization, before, loaded.now).await?;
    let is = was.raised(kind, limit, ends_at)?;
    save(connection, caller, loaded, before, &is).await
}

/// Replaces what a quota limits from now on.
async fn save(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    before: &Quota,
    limits: &QuotaSchedule,
) -> Result<SavedQuota> {
    let (id, now) = (caller.organization, loaded.now);
    store::quotas::close_limits(connection, id, before.id, now).await?;
    put_in_force(connection, id, (before.id, before.to), limits, now).await?;
    store::quotas::set_end(connection, id, before.id, before.to).await?;
    let after = SavedQuota::from(&find(connection, id, before.id, now).await?);
    let before = SavedQuota::from(before);
    let change = Change {
        action: "quota.edited",
        subject: after.id.0,
        before: Some(&before),
        after: Some(&after),
    };
    audit::record(connection, caller, change, now).await?;
    Ok(after)
}
