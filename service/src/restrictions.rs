//! The default restriction of plans without the Usage Quota feature (SPEC section 6).

use crate::{
    Operator, Result,
    audit::{self, Change},
    quota_history,
    quotas::SavedQuota,
};
use chrono::{DateTime, Utc};
use domain::{
    balances::Holder,
    ids::{OrganizationId, QuotaId},
    input::Code,
    quotas::Maker,
    restriction::{check_lowered, default_restriction},
};
use store::{Connection, quotas::Quota};
use uuid::Uuid;

/// Restricts what a whole organization may spend, because its plan lacks the feature. A quota in force
/// that is at least as strict stays; another one is closed. The organization must be locked.
pub(crate) async fn restrict(
    connection: &mut Connection,
    operator: &Operator,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<()> {
    let limits = default_restriction()?;
    let account = (Holder::Organization, Code::spend());
    let before = quota_history::current(connection, id, &account, now).await?;
    if before.as_ref().is_some_and(|before| check_lowered(&limits, &before.limits).is_ok()) {
        return Ok(());
    }
    if let Some(before) = &before {
        quota_history::close(connection, id, before, now).await?;
    }
    let (holder, meter) = account;
    let quota = Quota {
        id: QuotaId(Uuid::now_v7()),
        holder,
        meter,
        limits,
        from: now,
        to: None,
        made_by: Maker::plan(),
        version: 1,
    };
    store::quotas::insert(connection, id, &quota).await?;
    quota_history::open(connection, id, &quota, now).await?;
    let (before, after) = (before.as_ref().map(SavedQuota::from), SavedQuota::from(&quota));
    let change = Change {
        action: "quota.created",
        subject: quota.id.0,
        before: before.as_ref(),
        after: Some(&after),
    };
    audit::record_operator(connection, operator, id, change, now).await
}
