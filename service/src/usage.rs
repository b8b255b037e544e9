//! What has been used and what is left: for one's own page, and for programs.

use crate::{Caller, Error, Result, Service};
use domain::{
    access::Action,
    balances::Holder,
    ceilings::limits_of,
    decision::credits_left,
    input::Code,
    packs,
    period::billing_month,
    views::{MyUsage, Period, UsageSummary},
};

impl Service {
    /// The page *My Usage* of the caller.
    pub async fn my_usage(&self, caller: &Caller) -> Result<MyUsage> {
        caller.require(Action::ViewOwnUsage)?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut transaction, id).await?;
        let now = loaded.now;
        let member = store::members::get(&mut transaction, id, caller.member()?, now).await?;
        let member = member.ok_or(Error::NotFound("member"))?;
        loaded.add_credits_of(&mut transaction, std::slice::from_ref(&member)).await?;
        let state = &loaded.state;
        let in_state = state.members.get(&member.id);
        let window = state.credit_window(now);
        Ok(MyUsage {
            cap: member.cap.map(|(cap, _)| cap),
            used: state.credits(Holder::Member(member.id), window).used,
            left: credits_left(state, in_state, now),
            limits: limits_of(state, in_state, &Code::credits(), now),
            usage_window: Period::new(window, state.credit_zone(now), now),
        })
    }

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
