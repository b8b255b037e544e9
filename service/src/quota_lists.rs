//! Reading quotas by API: those that the caller may see, or one of them.

use crate::{
    Caller, Error, Result, Service, quota_history::find, quotas::SavedQuota, reach::Reach,
};
use domain::{access::Action, balances::Holder, ids::QuotaId, input::Code};
use store::quotas::Wanted;

/// Quotas that are listed at most.
const LISTED: i64 = 1_000;

impl Service {
    /// The newest thousand quotas that the caller may see, closed ones included: on every meter or on
    /// one, of everybody or of one holder.
    pub async fn quotas(
        &self,
        caller: &Caller,
        meter: Option<&Code>,
        holder: Option<Holder>,
    ) -> Result<Vec<SavedQuota>> {
        let user = sees_user_quotas(caller)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let reach = Reach::of(&mut snapshot, caller, Action::ViewUserQuotas, now).await?;
        let (user, members_of) = match reach {
            Reach::Everybody => (user, None),
            Reach::Of(mine) => (user && mine.is_some(), mine),
        };
        let wanted = Wanted {
            quota: None,
            meter,
            holder,
            usage: caller.rights().allow(Action::ViewUsageQuotas),
            user,
            members_of,
            offset: 0,
            size: LISTED,
        };
        let found = store::quotas::list(&mut snapshot, id, wanted, now).await?.into_iter();
        // An id of another kind names nobody's.
        let found = found.filter(|quota| holder.is_none_or(|holder| holder == quota.holder));
        Ok(found.map(|quota| SavedQuota::from(&quota)).collect())
    }

    /// One quota, also a closed one.
    pub async fn quota(&self, caller: &Caller, quota: QuotaId) -> Result<SavedQuota> {
        let user = sees_user_quotas(caller)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let found = find(&mut snapshot, id, quota, now).await?;
        match found.holder {
            Holder::Organization | Holder::Subtenant(_) => {
                caller.require(Action::ViewUsageQuotas)?;
            }
            Holder::Member(member) => {
                let reach = Reach::of(&mut snapshot, caller, Action::ViewUserQuotas, now).await?;
                let member = store::members::get(&mut snapshot, id, member, now).await?;
                if !(user && reach.includes(member.and_then(|member| member.subtenant))) {
                    return Err(Error::NotFound("quota"));
                }
            }
        }
        Ok(SavedQuota::from(&found))
    }
}

/// Whether `caller` sees quotas of members; refused if they see none at all.
fn sees_user_quotas(caller: &Caller) -> Result<bool> {
    let user = caller.rights().allow(Action::ViewUserQuotas);
    if !user {
        caller.require(Action::ViewUsageQuotas)?;
    }
    Ok(user)
}
