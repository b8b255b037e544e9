//! Reading quotas by API: those that the caller may see, or one of them.

use crate::{
    Caller, Error, Result, Service, cursor, operators::one_more_than, quota_history::find,
    quotas::SavedQuota, reach::Reach,
};
use domain::{access::Action, balances::Holder, ids::QuotaId, input::Code};
use store::quotas::Wanted;

/// Which quotas are wanted.
#[derive(Clone, Debug)]
pub struct QuotaFilter {
    /// On one meter.
    pub meter: Option<Code>,
    /// Of one holder.
    pub holder: Option<Holder>,
    /// Where the list goes on.
    pub cursor: Option<String>,
    /// How many, at most.
    pub size: usize,
}

/// Quotas, newest first.
#[derive(Clone, Debug)]
pub struct QuotaList {
    /// The quotas.
    pub quotas: Vec<SavedQuota>,
    /// Where the next part begins; `None`: this is the last.
    pub next_cursor: Option<String>,
}

impl Service {
    /// The quotas that the caller may see, newest first, closed ones included.
    pub async fn quotas(&self, caller: &Caller, filter: &QuotaFilter) -> Result<QuotaList> {
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
            meter: filter.meter.as_ref(),
            holder: filter.holder,
            usage: caller.rights().allow(Action::ViewUsageQuotas),
            user,
            members_of,
            after: filter.cursor.as_deref().map(cursor::read).transpose()?,
            offset: 0,
            size: one_more_than(filter.size),
        };
        let mut found = store::quotas::list(&mut snapshot, id, wanted, now).await?;
        // An id of another kind names nobody's.
        found.retain(|quota| filter.holder.is_none_or(|holder| holder == quota.holder));
        let next_cursor = cursor::cut(&mut found, filter.size, |last| (last.from, last.id))?;
        Ok(QuotaList { quotas: found.iter().map(SavedQuota::from).collect(), next_cursor })
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
