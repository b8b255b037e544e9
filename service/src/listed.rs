//! Lists of what programs do, newest first: which are wanted, and where the next part begins.

use crate::{Caller, Result, Service, cursor, operators::one_more_than, reach::Reach};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    ids::{ConsumptionId, MemberId},
    input::Code,
};
use store::{
    Transaction,
    reservations::{Reservation, Wanted},
};
use uuid::Uuid;

/// Which jobs or reservations are wanted.
#[derive(Clone, Debug)]
pub struct WorkFilter<S> {
    /// In this state.
    pub state: Option<S>,
    /// Of this member.
    pub member: Option<MemberId>,
    /// On this operation.
    pub operation: Option<Code>,
    /// Where the list goes on.
    pub cursor: Option<String>,
    /// How many, at most.
    pub size: usize,
}

impl<S> WorkFilter<S> {
    /// What is to be loaded: one more than wanted tells whether there is a next part.
    pub(crate) fn wanted<'a>(
        &'a self,
        caller: &Caller,
        state: Option<&'a str>,
        subtenants: Option<&'a [Uuid]>,
    ) -> Result<Wanted<'a>> {
        let newest = (DateTime::<Utc>::MAX_UTC, Uuid::max());
        Ok(Wanted {
            organization: caller.organization,
            state,
            member: self.member,
            operation: self.operation.as_ref(),
            subtenants,
            before: self.cursor.as_deref().map(cursor::read).transpose()?.unwrap_or(newest),
            size: one_more_than(self.size),
        })
    }

    /// Leaves as many as are wanted; where the next part begins, if there is one.
    pub(crate) fn cut(&self, found: &mut Vec<Reservation>) -> Result<Option<String>> {
        cursor::cut(found, self.size, |last| (last.held_at, last.id))
    }
}

impl Service {
    /// A transaction for reading what programs do, and how far the caller sees there.
    pub(crate) async fn see_work(&self, caller: &Caller) -> Result<(Transaction, Reach)> {
        caller.require(Action::ViewWork)?;
        let mut transaction = self.store.snapshot(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        let reach = Reach::of(&mut transaction, caller, Action::ViewWork, now).await?;
        Ok((transaction, reach))
    }

    /// The reservation of this id, which may be a job's, if the caller sees it.
    pub(crate) async fn work(
        &self,
        caller: &Caller,
        id: ConsumptionId,
    ) -> Result<Option<Reservation>> {
        let (mut snapshot, reach) = self.see_work(caller).await?;
        let found = store::reservations::get(&mut snapshot, caller.organization, id).await?;
        Ok(found.filter(|found| reach.includes(found.path.subtenant)))
    }
}
