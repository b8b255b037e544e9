//! `check` and `consume`: the one question that Allot exists to answer.

use crate::{
    Actor, Caller, Error, Result, Service,
    batch::Batch,
    command::{Answer, Command, ConsumeRequest, Item, Outcome, RequestList},
    idempotency,
    metrics::{BATCH_SIZE, DECISION_DURATION},
    queue::{Limits, NotDone, Queues, Work},
};
use domain::{
    access::{Action, Rights},
    answer::Purpose,
    ids::{ApiKeyId, OrganizationId},
    input::{IdempotencyKey, Invalid},
};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::{Instrument as _, Span};

/// The most requests in one call.
const LARGEST_CALL: usize = 1_000;

/// How many requests are decided in one transaction, and how many may wait for that.
const LIMITS: Limits = Limits { batch: 200, waiting: 4_000, patience: Duration::from_secs(10) };

/// How long a batch may take. A connection can fall silent without ever breaking, and the
/// organization's queue must not wait for it.
const LONGEST: Duration = Duration::from_secs(15);

impl Service {
    /// Decides `request` without recording anything.
    pub async fn check(&self, caller: &Caller, request: ConsumeRequest) -> Result<Answer> {
        let (id, key) = (caller.organization, caller.api_key()?);
        let mut transaction = self.store.snapshot(id).await?;
        let rights = store::api_keys::rights(&mut transaction, id, key, &self.clock).await?;
        let rights = Rights::Key(rights.ok_or(Error::Unauthenticated)?);
        self.uses.note(id, [key]);
        let within = rights.key_subtenant();
        Caller { rights, ..caller.clone() }.require(Action::Consume)?;
        let mut batch = Batch::new(self.load_unlocked(&mut transaction, id).await?);
        let command = Command::Consume(request.clone());
        batch.prepare(&mut transaction, &[&command]).await?;
        let decision = batch.decide(&request, Purpose::Use, within);
        Ok(Answer { consumption_id: None, decision, decided_at: batch.now() })
    }

    /// Decides `request` and records it. The same key and request is answered the same again.
    pub async fn consume(
        &self,
        caller: &Caller,
        request: ConsumeRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Answer> {
        self.submit(caller, Command::Consume(request), key).await
    }

    /// Decides up to 1,000 requests, each on its own, and records them together. One answer for each
    /// that was not refused as it was read.
    pub async fn consume_all(
        &self,
        caller: &Caller,
        list: RequestList,
        key: Option<IdempotencyKey>,
    ) -> Result<Vec<Answer>> {
        if list.requests.len() + list.refused.len() > LARGEST_CALL {
            let message = format!("must have at most {LARGEST_CALL} items");
            return Err(Invalid::new("requests", message).into());
        }
        self.submit(caller, Command::ConsumeAll(list), key).await
    }

    /// Lets the organization's queue carry out `command`.
    pub(crate) async fn submit<T>(
        &self,
        caller: &Caller,
        command: Command,
        key: Option<IdempotencyKey>,
    ) -> Result<T>
    where
        T: TryFrom<Outcome, Error = Error>,
    {
        let key = key.map(|key| idempotency::remembered_as(caller, &key));
        let item = Item::new(command, key, Some(caller.api_key()?));
        self.queue(caller.organization, item).await?.try_into()
    }

    pub(crate) async fn queue(&self, id: OrganizationId, item: Item) -> Result<Outcome> {
        let begin = Instant::now();
        let worker = || Decisions { service: self.clone() };
        let answer = self.queues.submit(id, item, worker);
        let answer = answer.instrument(tracing::info_span!("queue")).await;
        metrics::histogram!(DECISION_DURATION).record(begin.elapsed());
        match answer {
            Ok(outcome) => outcome,
            Err(NotDone::Busy) => Err(Error::Busy),
            Err(NotDone::Panicked) => Err(Error::Internal),
            Err(NotDone::Gone) => Err(Error::Unavailable),
        }
    }
}

impl Caller {
    /// The API key that asks for a decision; people can't. What it allows is looked up along with
    /// the decision: the caller may be one that was remembered.
    fn api_key(&self) -> Result<ApiKeyId> {
        match self.actor {
            Actor::ApiKey(key) => Ok(key),
            Actor::Member(_) => Err(Error::Forbidden(Action::Consume)),
        }
    }
}

/// Decides what waits in the queues of organizations.
pub(crate) struct Decisions {
    service: Service,
}

/// The queues of all organizations.
pub(crate) fn queues() -> Arc<Queues<Decisions>> {
    Queues::new(LIMITS)
}

impl Work for Decisions {
    type Key = OrganizationId;
    type Job = Item;
    type Answer = Result<Outcome>;

    fn weight(item: &Item) -> usize {
        match &item.command {
            Command::ConsumeAll(list) => list.requests.len(),
            _ => 1,
        }
    }

    async fn work(&self, id: OrganizationId, items: Vec<Item>) -> Vec<Result<Outcome>> {
        let size: usize = items.iter().map(Self::weight).sum();
        metrics::histogram!(BATCH_SIZE).record(f64::from(u32::try_from(size).unwrap_or(u32::MAX)));
        decide(&self.service, id, &items).instrument(span_of(&items, size)).await
    }
}

/// The span of a batch: a part of the first of its requests, and what the others wait for.
fn span_of(items: &[Item], size: usize) -> Span {
    let Some((first, others)) = items.split_first() else { return Span::none() };
    let span = tracing::info_span!(parent: &first.span, "batch", size);
    if span.is_disabled() {
        // What is logged on the way still says of which request it is.
        return first.span.clone();
    }
    for item in others {
        span.follows_from(&item.span);
    }
    span
}

/// Decides a batch. If the database refuses it, its halves are tried apart, down to the one
/// command that is to blame.
fn decide<'a>(
    service: &'a Service,
    id: OrganizationId,
    items: &'a [Item],
) -> Pin<Box<dyn Future<Output = Vec<Result<Outcome>>> + Send + 'a>> {
    Box::pin(async move {
        let decided = tokio::time::timeout(LONGEST, service.decide_batch(id, items)).await;
        match decided.unwrap_or(Err(Error::Unavailable)) {
            Ok(answers) => answers,
            Err(Error::Internal) if items.len() > 1 => {
                let (first, second) = items.split_at(items.len() / 2);
                let mut answers = decide(service, id, first).await;
                answers.extend(decide(service, id, second).await);
                answers
            }
            Err(error) => items.iter().map(|_| Err(error.clone())).collect(),
        }
    })
}
