//! Clients that send again under the same key until they are answered, and write down what they
//! were told.

use crate::dice::Dice;
use domain::settlement::TimeToLive;
use domain::{amount::Quantity, ids::ConsumptionId, input::IdempotencyKey};
use service::{Answer, Caller, ConsumeRequest, Error, Result, Service, Settled};
use std::{
    collections::HashMap,
    fmt::Debug,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

const CLIENTS: u64 = 12;
/// How long a client waits before it asks again, and a test before it looks again.
const PAUSE: Duration = Duration::from_millis(3);
/// How long anything that a test waits for may take.
const LIMIT: Duration = Duration::from_mins(2);

/// What the ledger must say of one consumption: kinds of entries, and units used by each.
pub(crate) type Entries = Vec<(String, i64)>;

/// What clients were told.
#[derive(Default)]
pub(crate) struct Told {
    /// What was acknowledged.
    pub consumptions: HashMap<ConsumptionId, Entries>,
    /// Requests without a key that nobody answered: each may have counted once.
    pub unknown: usize,
    /// Answers that said no.
    pub denied: usize,
}

impl Told {
    /// Says how much there was, to those who ask for the output.
    pub(crate) fn report(&self) {
        let Self { consumptions, unknown, denied } = self;
        let granted = consumptions.len();
        println!("granted {granted}, denied {denied}, without a key and an answer {unknown}");
    }
}

/// Clients of several servers of one installation.
pub(crate) struct Load {
    services: Vec<Service>,
    caller: Caller,
    told: Mutex<Told>,
    answered: AtomicUsize,
    stopped: AtomicBool,
}

impl Load {
    pub(crate) fn new(services: Vec<Service>, caller: Caller) -> Arc<Self> {
        let (told, answered) = (Mutex::default(), AtomicUsize::default());
        Arc::new(Self { services, caller, told, answered, stopped: AtomicBool::new(false) })
    }

    /// Lets clients send until `meanwhile` is over, and finish what they have begun; the faults
    /// must be over then too.
    pub(crate) async fn run(self: &Arc<Self>, meanwhile: impl Future<Output = ()>) -> Told {
        let mut clients = tokio::task::JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn(Arc::clone(self).client(Dice::new(1_000 + number)));
        }
        let all = async {
            meanwhile.await;
            self.stopped.store(true, Ordering::Relaxed);
            clients.join_all().await;
        };
        tokio::time::timeout(LIMIT, all).await.expect("the load ends in time");
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// Waits until `count` more requests were answered. Nothing that a client does can panic
    /// unnoticed for longer than the limit.
    pub(crate) async fn progress(&self, count: usize) {
        let goal = self.answered.load(Ordering::Relaxed) + count;
        until(|| self.answered.load(Ordering::Relaxed) >= goal).await;
    }

    async fn client(self: Arc<Self>, dice: Dice) {
        while !self.stopped.load(Ordering::Relaxed) {
            match dice.below(5) {
                0 | 1 => drop(self.consume(&dice).await),
                2 => self.consume_without_key(&dice).await,
                3 => self.work_a_job(&dice).await,
                _ => self.consume_and_give_back(&dice).await,
            }
        }
    }

    async fn consume(&self, dice: &Dice) -> Option<(ConsumptionId, i64)> {
        let request = request(dice);
        let quantity = request.quantity.get();
        let ask = |service: Service, key| {
            let request = request.clone();
            async move { service.consume(&self.caller, request, Some(key)).await }
        };
        let answer = self.insist(dice, ask).await.unwrap();
        self.note(&answer, ("consumption", quantity)).map(|id| (id, quantity))
    }

    async fn consume_without_key(&self, dice: &Dice) {
        let request = request(dice);
        let quantity = request.quantity.get();
        match self.service(dice).consume(&self.caller, request, None).await {
            Ok(answer) => {
                self.note(&answer, ("consumption", quantity));
                self.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                self.endure(error).await;
                self.told.lock().unwrap().unknown += 1;
            }
        }
    }

    async fn work_a_job(&self, dice: &Dice) {
        let request = request(dice);
        let held = request.quantity.get();
        let time_to_live = TimeToLive::parse(Some(3_600)).unwrap();
        let ask = |service: Service, key| {
            let request = request.clone();
            async move { service.reserve(&self.caller, request, time_to_live, Some(key)).await }
        };
        let reserved = self.insist(dice, ask).await.unwrap();
        let Some(id) = self.note(&reserved.answer, ("hold", 0)) else { return };
        let settled = if dice.one_in(2) {
            let taken = Quantity::parse("quantity", dice.up_to(3).min(held)).unwrap();
            let ask = |service: Service, key| async move {
                service.commit(&self.caller, id, taken, Some(key)).await
            };
            self.insist(dice, ask).await
        } else {
            let ask = |service: Service, key| async move {
                service.release(&self.caller, id, Some(key)).await
            };
            self.insist(dice, ask).await
        };
        let entry = match settled {
            Ok(Settled { committed: 0, .. }) => ("release", 0),
            Ok(Settled { committed, .. }) => ("commit", committed),
            // Where a clock jumps, its time can be over.
            Err(error) => {
                assert_eq!(error, Error::ReservationClosed("expired"));
                ("expiry", 0)
            }
        };
        self.note_more(id, entry);
    }

    async fn consume_and_give_back(&self, dice: &Dice) {
        let Some((id, quantity)) = self.consume(dice).await else { return };
        let returned = Quantity::parse("quantity", dice.up_to(3).min(quantity)).unwrap();
        let ask = |service: Service, key| async move {
            service.refund(&self.caller, id, returned, Some(key)).await
        };
        let refunded = self.insist(dice, ask).await.unwrap();
        assert_eq!(refunded.refunded, returned.get());
        self.note_more(id, ("refund", -returned.get()));
    }

    /// Asks any of the servers under one key until one answers, and now and then again.
    async fn insist<T, F>(
        &self,
        dice: &Dice,
        ask: impl Fn(Service, IdempotencyKey) -> F,
    ) -> Result<T>
    where
        T: PartialEq + Debug,
        F: Future<Output = Result<T>>,
    {
        let key: IdempotencyKey = Uuid::now_v7().to_string().parse().unwrap();
        let mut first = None;
        loop {
            match ask(self.service(dice), key.clone()).await {
                Ok(answer) => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                    if let Some(first) = &first {
                        assert_eq!(*first, answer, "the same key has the same answer");
                    }
                    if first.is_some() || !dice.one_in(8) {
                        return Ok(answer);
                    }
                    first = Some(answer);
                }
                Err(error @ Error::ReservationClosed(_)) => return Err(error),
                Err(error) => self.endure(error).await,
            }
        }
    }

    /// Nothing else may ever be wrong than that it can't be decided now.
    async fn endure(&self, error: Error) {
        assert!(matches!(error, Error::Unavailable | Error::Busy), "{error:?}");
        tokio::time::sleep(PAUSE).await;
    }

    fn service(&self, dice: &Dice) -> Service {
        let number = u64::try_from(self.services.len()).unwrap();
        self.services[usize::try_from(dice.below(number)).unwrap()].clone()
    }

    /// Writes down what was granted, all of it or nothing.
    fn note(&self, answer: &Answer, (kind, units): (&str, i64)) -> Option<ConsumptionId> {
        let mut told = self.told.lock().unwrap();
        let Some(id) = answer.consumption_id else {
            told.denied += 1;
            return None;
        };
        let known = told.consumptions.insert(id, vec![(kind.to_owned(), units)]);
        assert_eq!(known, None, "two requests got the same consumption");
        Some(id)
    }

    /// Writes down what became of it.
    fn note_more(&self, id: ConsumptionId, (kind, units): (&str, i64)) {
        let mut told = self.told.lock().unwrap();
        told.consumptions.entry(id).or_default().push((kind.to_owned(), units));
    }
}

/// One to five credits, for a member or the organization itself.
pub(crate) fn request(dice: &Dice) -> ConsumeRequest {
    let member = dice.one_in(2).then(|| "ann@acme.test".parse().unwrap());
    ConsumeRequest {
        member,
        operation: "prospect_search".parse().unwrap(),
        quantity: Quantity::parse("quantity", dice.up_to(5)).unwrap(),
        allow_partial: false,
    }
}

/// Waits until `condition` holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(LIMIT, wait).await.expect("what a test waits for happens");
}
