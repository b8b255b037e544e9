//! What programs recorded and hold: consumptions by their ids, and reservations.

use crate::{Caller, Error, Result, Service, listed::WorkFilter};
use chrono::{DateTime, Utc};
use domain::{
    answer::Charge,
    ids::{ConsumptionId, MemberId, SubtenantId},
    input::Code,
    ledger::EntryKind,
    refund::Taken,
};
use store::reservations::{Reservation, ReservationStatus};

/// A recorded consumption as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumption {
    /// Its id.
    pub id: ConsumptionId,
    /// Who used; `None` is the organization itself.
    pub member_id: Option<MemberId>,
    /// The subtenant that they were in.
    pub subtenant_id: Option<SubtenantId>,
    /// What was done.
    pub operation: Option<Code>,
    /// Units that were used.
    pub quantity: i64,
    /// Units of them that were given back.
    pub refunded: i64,
    /// What the others cost, and what paid.
    pub charges: Vec<Charge>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// In the periods of which moment it counts: when it was held, of a reservation or a job.
    pub counts_at: DateTime<Utc>,
}

/// A reservation as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservationReport {
    /// Its id, and that of the consumption that comes of it.
    pub id: ConsumptionId,
    /// Who works; `None` is the organization itself.
    pub member_id: Option<MemberId>,
    /// The subtenant that they were in when it was made.
    pub subtenant_id: Option<SubtenantId>,
    /// On what.
    pub operation: Code,
    /// What has become of it.
    pub status: ReservationStatus,
    /// Whether it is what a job of the same id holds.
    pub job: bool,
    /// Units that it holds, or held.
    pub granted: i64,
    /// What it holds, or held.
    pub charges: Vec<Charge>,
    /// When it was made.
    pub held_at: DateTime<Utc>,
    /// When it expires or expired, if it was open until then.
    pub expires_at: DateTime<Utc>,
}

impl From<Reservation> for ReservationReport {
    fn from(found: Reservation) -> Self {
        Self {
            id: found.id,
            member_id: found.path.member,
            subtenant_id: found.path.subtenant,
            operation: found.operation,
            status: found.status,
            job: found.job.is_some(),
            granted: found.quantity,
            charges: found.charges,
            held_at: found.held_at,
            expires_at: found.expires_at,
        }
    }
}

/// A part of the reservations, newest first.
#[derive(Clone, Debug)]
pub struct ReservationList {
    /// The reservations.
    pub reservations: Vec<ReservationReport>,
    /// Where the next part begins; `None`: this is the last.
    pub next_cursor: Option<String>,
}

impl Service {
    /// Reservations, those of jobs too, newest first.
    pub async fn reservations(
        &self,
        caller: &Caller,
        filter: &WorkFilter<ReservationStatus>,
    ) -> Result<ReservationList> {
        let (mut snapshot, reach) = self.see_work(caller).await?;
        let (state, subtenants) = (filter.state.map(ReservationStatus::code), reach.subtenants());
        let wanted = filter.wanted(caller, state, subtenants.as_deref())?;
        let mut found = store::reservations::list(&mut snapshot, &wanted).await?;
        let next_cursor = filter.cut(&mut found)?;
        let reservations = found.into_iter().map(ReservationReport::from).collect();
        Ok(ReservationList { reservations, next_cursor })
    }

    /// One reservation.
    pub async fn reservation(
        &self,
        caller: &Caller,
        id: ConsumptionId,
    ) -> Result<ReservationReport> {
        let found = self.work(caller, id).await?;
        found.map(ReservationReport::from).ok_or(Error::NotFound("reservation"))
    }

    /// What a consumption took, and how much of it was given back.
    pub async fn consumption(&self, caller: &Caller, id: ConsumptionId) -> Result<Consumption> {
        let (mut snapshot, reach) = self.see_work(caller).await?;
        let ids = [id.0];
        let entries =
            store::ledger::of_consumptions(&mut snapshot, caller.organization, &ids).await?;
        let takes = [EntryKind::Consumption, EntryKind::Commit, EntryKind::Import];
        let taking = entries.iter().find(|entry| takes.contains(&entry.kind));
        let taking = taking.filter(|entry| reach.includes(entry.movement.path.subtenant));
        let taking = taking.ok_or(Error::NotFound("consumption"))?;
        let history = entries.iter().map(|entry| (&entry.movement, entry.quantity));
        let left = Taken::all(history);
        // Each meter has entries of its own, for the same units.
        let units = left.first().map_or(0, |taken| taken.units);
        let mut charges: Vec<Charge> = left.into_iter().map(|taken| taken.charge).collect();
        charges.retain(|charge| charge.amount > 0);
        Ok(Consumption {
            id,
            member_id: taking.movement.path.member,
            subtenant_id: taking.movement.path.subtenant,
            operation: taking.operation.clone(),
            quantity: taking.quantity,
            refunded: taking.quantity - units,
            charges,
            recorded_at: taking.recorded_at,
            counts_at: taking.movement.counts_at,
        })
    }
}
