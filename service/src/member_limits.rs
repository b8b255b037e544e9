//! A member's *Custom Credit Limit*.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
};
use domain::{access::Action, amount::Amount, credits::CreditCap, ids::MemberId};
use serde::Serialize;
use uuid::Uuid;

/// A member's limit as it was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SavedLimit {
    /// Whose.
    pub member_id: MemberId,
    /// The limit as entered; `None` shares the pool.
    pub limit: Option<CreditCap>,
    /// The same in credits.
    pub credits: Option<Amount>,
    /// Counts edits of the member; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl Service {
    /// A member's limit in force.
    pub async fn member_limit(&self, caller: &Caller, member: MemberId) -> Result<SavedLimit> {
        caller.require(Action::ViewCredits)?;
        let mut connection = self.store.connection().await?;
        let now = self.clock.now(&mut connection).await?;
        let found = store::members::get(&mut connection, caller.organization, member, now).await?;
        Ok(saved(&found.ok_or(Error::NotFound("member"))?))
    }

    /// Gives a member a limit of their own, or none; the next request is decided by it.
    /// `expected` is the version that the caller read: if the member was changed since, nothing
    /// is saved.
    pub async fn save_member_limit(
        &self,
        caller: &Caller,
        member: MemberId,
        limit: Option<CreditCap>,
        expected: Option<i64>,
    ) -> Result<SavedLimit> {
        caller.require(Action::EditMemberLimits)?;
        let mut transaction = self.store.begin().await?;
        let id = caller.organization;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let found = store::members::get(&mut transaction, id, member, now).await?;
        let before = saved(&found.ok_or(Error::NotFound("member"))?);
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(stale(&before)?);
        }

        store::member_limits::close(&mut transaction, id, &[member], now).await?;
        if let Some(cap) = limit {
            // What a percentage comes to depends on all of them together: worked out just below.
            let amount = match cap {
                CreditCap::Credits { amount } => amount,
                CreditCap::Percent { .. } => Amount::ZERO,
            };
            let opened = [(Uuid::now_v7(), member, cap, amount)];
            store::member_limits::open(&mut transaction, id, &opened, now).await?;
        }
        store::members::touch(&mut transaction, id, member).await?;
        loaded.work_out_set_aside(&mut transaction).await?;
        loaded.save_lock(&mut transaction).await?;

        let found = store::members::get(&mut transaction, id, member, now).await?;
        let after = saved(&found.ok_or(Error::NotFound("member"))?);
        let change = Change {
            action: "member.credit_limit.saved",
            subject: member.0,
            before: Some(&before),
            after: Some(&after),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }
}

fn saved(member: &store::members::Member) -> SavedLimit {
    SavedLimit {
        member_id: member.id,
        limit: member.cap.map(|(cap, _)| cap),
        credits: member.cap.map(|(_, amount)| amount),
        version: member.version,
    }
}

fn stale(current: &SavedLimit) -> Result<Error> {
    Ok(Error::Stale {
        summary: match current.limit {
            Some(cap) => format!("the limit is {cap}"),
            None => "the member shares the pool".to_owned(),
        },
        current: serde_json::to_value(current).map_err(store::Error::from)?,
    })
}
