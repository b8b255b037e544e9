//! Reservations, refunds and gauges: what else moves balances.

use crate::{
    Caller, Error, Result, Service,
    command::{Command, ConsumeRequest, GaugeSet, Item, Refunded, Renewed, Reserved, Settled},
};
use domain::{
    amount::{Amount, Quantity},
    ids::ConsumptionId,
    input::{Code, IdempotencyKey, MemberReference},
    settlement::TimeToLive,
};
use store::Whose;

/// Organizations whose reservations are looked after in one go.
const AT_ONCE: i64 = 100;

impl Service {
    /// Holds what `request` takes until it is committed, released or expired.
    pub async fn reserve(
        &self,
        caller: &Caller,
        request: ConsumeRequest,
        time_to_live: TimeToLive,
        key: Option<IdempotencyKey>,
    ) -> Result<Reserved> {
        self.submit(caller, Command::Reserve { request, time_to_live }, key).await
    }

    /// Uses `quantity` of the units that a reservation holds, and gives the rest back.
    pub async fn commit(
        &self,
        caller: &Caller,
        reservation: ConsumptionId,
        quantity: Quantity,
        key: Option<IdempotencyKey>,
    ) -> Result<Settled> {
        self.submit(caller, Command::Commit { reservation, quantity }, key).await
    }

    /// Gives back all that a reservation holds.
    pub async fn release(
        &self,
        caller: &Caller,
        reservation: ConsumptionId,
        key: Option<IdempotencyKey>,
    ) -> Result<Settled> {
        self.submit(caller, Command::Release { reservation }, key).await
    }

    /// Lets a reservation live for `time_to_live` from now on.
    pub async fn renew(
        &self,
        caller: &Caller,
        reservation: ConsumptionId,
        time_to_live: TimeToLive,
        key: Option<IdempotencyKey>,
    ) -> Result<Renewed> {
        self.submit(caller, Command::Renew { reservation, time_to_live }, key).await
    }

    /// Gives back `quantity` units of a consumption (SPEC section 5).
    pub async fn refund(
        &self,
        caller: &Caller,
        consumption: ConsumptionId,
        quantity: Quantity,
        key: Option<IdempotencyKey>,
    ) -> Result<Refunded> {
        self.submit(caller, Command::Refund { consumption, quantity }, key).await
    }

    /// Sets a gauge to its true level: a member's part, or that of the whole organization.
    pub async fn set_gauge(
        &self,
        caller: &Caller,
        member: Option<MemberReference>,
        meter: Code,
        level: Amount,
        key: Option<IdempotencyKey>,
    ) -> Result<GaugeSet> {
        self.submit(caller, Command::SetGauge { member, meter, level }, key).await
    }

    /// Gives back what reservations hold whose time to live is over: those of organizations that
    /// are busy are looked after by their next decision.
    pub async fn expire_reservations(&self) -> Result<()> {
        let due = {
            let mut transaction = self.store.begin(Whose::Everybodys).await?;
            let now = self.clock.now(&mut transaction).await?;
            store::reservations::due(&mut transaction, now, AT_ONCE).await?
        };
        for id in due {
            let item = Item::new(Command::Expire, None, None);
            match self.queue(id, item).await {
                // It has enough to do, and does this along with it.
                Ok(_) | Err(Error::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
