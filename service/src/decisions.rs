//! `check` and `consume`: the one question that Allot exists to answer.

use crate::{Caller, Error, Result, Service, idempotency, loading};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    amount::Quantity,
    answer::{Decision, Request},
    decision::decide,
    ids::{ConsumptionId, MemberId, OrganizationId},
    input::{Code, IdempotencyKey, MemberReference},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{Connection, idempotency::Remembered, ledger::Entry};
use uuid::Uuid;

/// What a metered product asks.
#[derive(Clone, Debug, Serialize)]
pub struct ConsumeRequest {
    /// Who uses, by id, external id or email; `None` is the organization itself.
    pub member: Option<MemberReference>,
    /// What is done.
    pub operation: Code,
    /// How often.
    pub quantity: Quantity,
}

/// What it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Names the recorded consumption; only an allowed one that was recorded has it.
    pub consumption_id: Option<ConsumptionId>,
    /// The decision.
    pub decision: Decision,
    /// When it was made.
    pub decided_at: DateTime<Utc>,
}

/// A request that waits to be decided and recorded.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub request: ConsumeRequest,
    pub key: Option<IdempotencyKey>,
}

impl Service {
    /// Decides `request` without recording anything.
    pub async fn check(&self, caller: &Caller, request: ConsumeRequest) -> Result<Answer> {
        caller.require(Action::Consume)?;
        let mut transaction = self.store.snapshot().await?;
        let mut loaded =
            loading::load_unlocked(&mut transaction, caller.organization, &self.clock).await?;
        let item = Item { request, key: None };
        let members = prepare(&mut loaded, &mut transaction, std::slice::from_ref(&item)).await?;
        let decision = decide_one(&loaded, &members, &item.request);
        Ok(Answer { consumption_id: None, decision, decided_at: loaded.now })
    }

    /// Decides `request` and records it. The same key and request is answered the same again.
    pub async fn consume(
        &self,
        caller: &Caller,
        request: ConsumeRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Answer> {
        caller.require(Action::Consume)?;
        self.queues.decide(self, caller.organization, Item { request, key }).await
    }

    /// Decides a batch in the order in which its requests arrived, in one transaction under the
    /// organization's lock, and records it. One answer each: a refusal spoils no neighbour.
    pub(crate) async fn decide_batch(
        &self,
        organization: OrganizationId,
        items: &[Item],
    ) -> Result<Vec<Result<Answer>>> {
        let mut transaction = self.store.begin().await?;
        let mut loaded = loading::load_locked(&mut transaction, organization, &self.clock).await?;
        let members = prepare(&mut loaded, &mut transaction, items).await?;
        let keys: Vec<String> =
            items.iter().filter_map(|item| item.key.as_ref().map(ToString::to_string)).collect();
        let known = store::idempotency::find(&mut transaction, organization, &keys).await?;

        let mut batch = Batch { loaded, known, entries: Vec::new(), remembered: Vec::new() };
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            answers.push(batch.answer(item, &members)?);
        }
        batch.save(&mut transaction).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(answers)
    }
}

/// Members by the reference that a request used.
type Members = HashMap<MemberReference, MemberId>;

/// Loads the members, prices and balances that `items` need.
async fn prepare(
    loaded: &mut loading::Loaded,
    connection: &mut Connection,
    items: &[Item],
) -> Result<Members> {
    let (id, now) = (loaded.state.id, loaded.now);
    let operations: Vec<String> =
        items.iter().map(|item| item.request.operation.to_string()).collect();
    loaded.state.prices = store::catalogue::prices(connection, &operations).await?;

    let references: Vec<&MemberReference> =
        items.iter().filter_map(|item| item.request.member.as_ref()).collect();
    let texts: Vec<String> = references.iter().map(ToString::to_string).collect();
    let found = store::members::find(connection, id, &texts, now).await?;
    loaded.add_members(&found);
    let members: Members = references
        .into_iter()
        .filter_map(|reference| Some((reference.clone(), named(&found, reference)?)))
        .collect();

    let uses: Vec<(Option<MemberId>, Code)> = items
        .iter()
        .flat_map(|item| {
            let member = item.request.member.as_ref().and_then(|name| members.get(name)).copied();
            let prices = loaded.state.prices.get(&item.request.operation);
            prices.into_iter().flatten().map(move |price| (member, price.meter.clone()))
        })
        .collect();
    loaded.add_balances(connection, uses).await?;
    Ok(members)
}

/// The member that `reference` names: an id before an external id before an email.
fn named(found: &[store::members::Member], reference: &MemberReference) -> Option<MemberId> {
    let text = reference.as_str();
    let by = |matches: &dyn Fn(&store::members::Member) -> bool| {
        found.iter().find(|member| matches(member)).map(|member| member.id)
    };
    by(&|member| text.parse().is_ok_and(|id: Uuid| member.id.0 == id))
        .or_else(|| by(&|member| member.external_id.as_deref() == Some(text)))
        .or_else(|| by(&|member| member.email == text.to_lowercase()))
}

/// A name that no member goes by becomes an id that no member has: `domain` refuses it in its turn.
fn decide_one(loaded: &loading::Loaded, members: &Members, request: &ConsumeRequest) -> Decision {
    let id = |name| members.get(name).copied().unwrap_or(MemberId(Uuid::nil()));
    let request = Request {
        member: request.member.as_ref().map(id),
        operation: request.operation.clone(),
        quantity: request.quantity,
    };
    decide(&loaded.state, &request, loaded.now)
}

/// A batch while it is decided.
struct Batch {
    loaded: loading::Loaded,
    known: HashMap<String, Remembered>,
    entries: Vec<Entry>,
    remembered: Vec<(String, Remembered)>,
}

impl Batch {
    /// Answers one request: again, if its key was answered before; else by a new decision.
    fn answer(&mut self, item: &Item, members: &Members) -> Result<Result<Answer>> {
        let Some(key) = &item.key else {
            return Ok(Ok(self.decide(&item.request, members)));
        };
        let request_hash = idempotency::request_hash("consume", &item.request)?;
        if let Some(known) = self.known.get(key.as_str()) {
            if known.request_hash != request_hash {
                return Ok(Err(Error::KeyReused));
            }
            let answer = serde_json::from_value(known.answer.clone());
            return Ok(Ok(answer.map_err(store::Error::from)?));
        }
        let answer = self.decide(&item.request, members);
        let value = serde_json::to_value(&answer).map_err(store::Error::from)?;
        let remembered = Remembered { request_hash, answer: value };
        self.known.insert(key.to_string(), remembered.clone());
        self.remembered.push((key.to_string(), remembered));
        Ok(Ok(answer))
    }

    fn decide(&mut self, request: &ConsumeRequest, members: &Members) -> Answer {
        let now = self.loaded.now;
        let decision = decide_one(&self.loaded, members, request);
        let Decision::Allowed(allowance) = &decision else {
            return Answer { consumption_id: None, decision, decided_at: now };
        };
        let consumption = ConsumptionId(Uuid::now_v7());
        let member = request.member.as_ref().and_then(|name| members.get(name)).copied();
        let state = &mut self.loaded.state;
        let subtenant =
            member.and_then(|id| state.members.get(&id)).and_then(|member| member.subtenant);
        for charge in &allowance.charges {
            self.loaded.lock.last_seq += 1;
            self.entries.push(Entry {
                seq: self.loaded.lock.last_seq,
                recorded_at: now,
                consumption,
                member,
                subtenant,
                operation: request.operation.clone(),
                quantity: allowance.granted.get(),
                meter: charge.meter.clone(),
                amount: charge.amount,
                from_allowance: charge.from_allowance,
                from_packs: charge.from_packs,
                pack_draws: charge.pack_draws.clone(),
            });
        }
        state.apply(member, allowance, now);
        Answer { consumption_id: Some(consumption), decision, decided_at: now }
    }

    /// Writes everything with one statement per table.
    async fn save(mut self, connection: &mut Connection) -> Result<()> {
        let (id, now) = (self.loaded.state.id, self.loaded.now);
        if !self.remembered.is_empty() {
            store::idempotency::insert(connection, id, &self.remembered, now).await?;
        }
        if !self.entries.is_empty() {
            store::ledger::append(connection, id, &self.entries, now).await?;
            store::balances::save(connection, id, &self.loaded.state.balances).await?;
        } else if !self.loaded.worked_out {
            return Ok(());
        }
        if self.entries.iter().any(|entry| entry.from_packs > 0) {
            store::packs::save(connection, id, &self.loaded.state.packs).await?;
        }
        self.loaded.save_lock(connection).await
    }
}
