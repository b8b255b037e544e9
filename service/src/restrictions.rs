//! The default restriction of plans without the Usage Quota feature (SPEC section 6).

use crate::{
    Operator, Result,
    audit::{self, Change},
    loading::Loaded,
    quota_history,
    quotas::SavedQuota,
};
use chrono::{DateTime, Utc};
use domain::{
    balances::Holder,
    ids::{OrganizationId, QuotaId},
    input::Code,
    money::{MoneyFormat, SPEND_SCALE},
    quotas::{Maker, QuotaLimits},
    restriction::{check_lowered, default_restriction},
};
use store::{Connection, quotas::Quota};
use uuid::Uuid;

/// To what a plan without the feature would restrict an organization's spending, in words; `None` where
/// it restricts itself to as little.
pub(crate) async fn would_restrict_to(
    connection: &mut Connection,
    loaded: &Loaded,
) -> Result<Option<String>> {
    let before = in_force(connection, loaded.state.id, loaded.now).await?;
    let money = MoneyFormat::of(loaded.organization.currency.as_str());
    let words = |limits: QuotaLimits| limits.summary(|amount| money.text(amount, SPEND_SCALE));
    Ok(needed(before.as_ref())?.map(words))
}

/// What limits the spending of the whole organization.
async fn in_force(
    connection: &mut Connection,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<Option<Quota>> {
    let account = (Holder::Organization, Code::spend());
    quota_history::current(connection, id, &account, now).await
}

/// The limits that a plan without the feature puts into force; `None` where those before are at least
/// as strict.
fn needed(before: Option<&Quota>) -> Result<Option<QuotaLimits>> {
    let limits = default_restriction()?;
    let strict = before.is_some_and(|before| check_lowered(&limits, &before.limits).is_ok());
    Ok((!strict).then_some(limits))
}

/// Restricts what a whole organization may spend, because its plan lacks the feature. A quota in force
/// that is at least as strict stays; another one is closed. The organization must be locked.
pub(crate) async fn restrict(
    connection: &mut Connection,
    operator: &Operator,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<()> {
    let before = in_force(connection, id, now).await?;
    let Some(limits) = needed(before.as_ref())? else { return Ok(()) };
    if let Some(before) = &before {
        quota_history::close(connection, id, before, now).await?;
    }
    let quota = Quota {
        id: QuotaId(Uuid::now_v7()),
        holder: Holder::Organization,
        meter: Code::spend(),
        limits,
        raised_until: None,
        lasting: None,
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
