//! What has been used and what is left, for programs.

use crate::{Caller, Result, Service};
use domain::{access::Action, packs, period::billing_month, views::UsageSummary};

impl Service {
    /// The answer of `GET /api/usage`.
    pub async fn usage_summary(&self, caller: &Caller) -> Result<UsageSummary> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.snapshot(caller.organization).await?;
        let mut loaded = self.load_unlocked(&mut transaction, caller.organization).await?;
        loaded.add_credits_of(&mut transaction, &[]).await?;
        let (state, now) = (&loaded.state, loaded.now);
        Ok(UsageSummary {
            quota_total: state.plan.allowance.get(),
            quota_used: state.allowance_used(now),
            quota_remaining: state.allowance_left(now),
            credits_remaining: packs::available(&state.packs, now),
            reset_date: billing_month(now).ends_at,
        })
    }
}
