//! Past usage: recorded whatever the limits say, each event once and for ever.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    batch::Batch,
    idempotency,
    loading::{Loaded, path},
    names::Names,
};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    balances::{Account, Holder, Path},
    input::{Code, EventId, EventSource, IdempotencyKey, Invalid, MemberReference},
    usage_import::{LARGEST_IMPORT, OnError, RejectedEvent, RejectedEvents, Room, UsageEvent},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;
use store::{Connection, members::Member, usage_imports::ImportedEvent};
use utoipa::ToSchema;

/// Events that are looked up and written with one statement.
const CHUNK: usize = 2_000;

/// Past usage to be recorded.
#[derive(Clone, Debug, Serialize)]
pub struct UsageImport {
    /// The events that could be read, by their places in the list, from 1.
    pub events: Vec<(usize, UsageEvent)>,
    /// Those that could not.
    pub unreadable: Vec<UnreadableEvent>,
    /// What becomes of the others where some are refused.
    pub on_error: OnError,
}

/// An event that was refused as it was read.
#[derive(Clone, Debug, Serialize)]
pub struct UnreadableEvent {
    /// Which, and why.
    pub rejected: RejectedEvent,
    /// As it was sent: an idempotency key stands for the whole list.
    pub sent: Value,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportedUsage {
    /// Events that were recorded now.
    pub imported: usize,
    /// Events that were recorded before, or are in the list twice.
    pub duplicates: usize,
    /// Events that were refused.
    #[serde(flatten)]
    pub rejected: RejectedEvents,
}

/// What the audit log says of an import.
#[derive(Serialize)]
struct ImportRecord {
    imported: usize,
    duplicates: usize,
    rejected: usize,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

/// An event that is to be recorded.
struct Valid {
    event: UsageEvent,
    path: Path,
    amounts: Vec<(Code, i64)>,
}

/// What becomes of each event of a list.
#[derive(Default)]
struct Sorted {
    valid: Vec<Valid>,
    duplicates: usize,
    rejected: Vec<RejectedEvent>,
}

impl Service {
    /// Records past usage in one transaction. The rate card of now says what an event comes to; it
    /// counts when it happened, so also in periods that still run: the next decision sees it. An event
    /// that was imported before is not recorded again.
    pub async fn import_usage(
        &self,
        caller: &Caller,
        import: UsageImport,
        key: Option<IdempotencyKey>,
    ) -> Result<ImportedUsage> {
        caller.require(Action::ImportUsage)?;
        if import.events.len() + import.unreadable.len() > LARGEST_IMPORT {
            let message = format!("must have at most {LARGEST_IMPORT} items");
            return Err(Invalid::new("events", message).into());
        }
        let request = idempotency::Keyed::new(caller, key, "usage/import", &import)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        let (now, on_error) = (loaded.now, import.on_error);
        let sorted = sort(&mut transaction, &mut loaded, import).await?;
        let rejected = RejectedEvents::from(sorted.rejected);
        if rejected.rejected_total > 0 && on_error == OnError::RejectAll {
            return Err(Error::EventsRejected(rejected));
        }
        let answer =
            ImportedUsage { imported: sorted.valid.len(), duplicates: sorted.duplicates, rejected };
        if !sorted.valid.is_empty() {
            say(&mut transaction, caller, &sorted.valid, &answer, now).await?;
            record(&mut transaction, loaded, sorted.valid).await?;
        }
        request.remember(&mut transaction, id, &answer, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        self.live.note(id);
        Ok(answer)
    }
}

/// Finds out what becomes of each event. What was imported once is a duplicate, whatever would be
/// said to it today.
async fn sort(
    connection: &mut Connection,
    loaded: &mut Loaded,
    import: UsageImport,
) -> Result<Sorted> {
    let UsageImport { events, unreadable, .. } = import;
    let mut seen = imported_before(connection, loaded, &events).await?;
    let members = members_of(connection, loaded, &events).await?;
    add_meters_of(connection, loaded, &events).await?;
    let mut checks = Checks { loaded, names: Names::of(&members), room: Room::default() };
    let rejected = unreadable.into_iter().map(|event| event.rejected).collect();
    let mut sorted = Sorted { rejected, ..Sorted::default() };
    for (number, event) in events {
        let key = (event.source.clone(), event.id.clone());
        if seen.contains(&key) {
            sorted.duplicates += 1;
            continue;
        }
        match checks.check(&event) {
            Ok((path, amounts)) => {
                seen.insert(key);
                sorted.valid.push(Valid { event, path, amounts });
            }
            Err(invalid) => {
                let id = Some(event.id.as_str());
                sorted.rejected.push(RejectedEvent::new(number, id, &invalid));
            }
        }
    }
    Ok(sorted)
}

/// What events are held against.
struct Checks<'a> {
    loaded: &'a Loaded,
    names: Names<'a>,
    room: Room,
}

impl Checks<'_> {
    /// Where an event counts, and what it adds to each meter.
    fn check(&mut self, event: &UsageEvent) -> Result<(Path, Vec<(Code, i64)>), Invalid> {
        let state = &self.loaded.state;
        let amounts = event.amounts(&state.catalogue, self.loaded.now)?;
        let unknown = || Invalid::new("subject", "is not a member of this organization");
        let path = match &event.member {
            None => Path::default(),
            Some(name) => self.names.find(name).map(path).ok_or_else(unknown)?,
        };
        // What the whole organization uses is the most that anybody does.
        let used = |meter: &Code| state.balances.highest(&(Holder::Organization, meter.clone()));
        self.room.take(&amounts, used)?;
        Ok((path, amounts))
    }
}

/// The members that events name.
async fn members_of(
    connection: &mut Connection,
    loaded: &Loaded,
    events: &[(usize, UsageEvent)],
) -> Result<Vec<Member>> {
    let names = events.iter().filter_map(|(_, event)| event.member.as_ref());
    let names: HashSet<&str> = names.map(MemberReference::as_str).collect();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    Ok(store::members::find(connection, loaded.state.id, &names, loaded.now).await?)
}

/// Brings what the whole organization uses into the state, of the meters that events move.
async fn add_meters_of(
    connection: &mut Connection,
    loaded: &mut Loaded,
    events: &[(usize, UsageEvent)],
) -> Result<()> {
    let prices = &loaded.state.catalogue.prices;
    let charges = events.iter().filter_map(|(_, event)| prices.get(&event.operation)).flatten();
    let meters: HashSet<Code> = charges.map(|price| price.meter.clone()).collect();
    loaded.add_balances(connection, meters.into_iter().map(|of| (Path::default(), of))).await
}

/// Those of the events that were imported before.
async fn imported_before(
    connection: &mut Connection,
    loaded: &Loaded,
    events: &[(usize, UsageEvent)],
) -> Result<HashSet<(EventSource, EventId)>> {
    let mut known = HashSet::new();
    for chunk in events.chunks(CHUNK) {
        let keys: Vec<_> = chunk.iter().map(|(_, of)| (of.source.clone(), of.id.clone())).collect();
        known.extend(store::usage_imports::known(connection, loaded.state.id, &keys).await?);
    }
    Ok(known)
}

/// Writes the events into the ledger, and moves all balances that they count in.
async fn record(connection: &mut Connection, mut loaded: Loaded, events: Vec<Valid>) -> Result<()> {
    let (id, now) = (loaded.state.id, loaded.now);
    // Only balances that are stored have to move: others are summed up from the ledger when they are
    // needed. The organization's are all there.
    let accounts: HashSet<Account> = events
        .iter()
        .flat_map(|Valid { path, amounts, .. }| {
            let meters = amounts.iter().map(|(meter, _)| meter);
            meters.flat_map(|meter| path.holders().map(move |holder| (holder, meter.clone())))
        })
        .collect();
    loaded.add_stored_balances(connection, &accounts).await?;
    let mut batch = Batch::new(loaded);
    let mut events = events.into_iter();
    loop {
        let mut written = Vec::with_capacity(CHUNK);
        for Valid { event, path, amounts } in events.by_ref().take(CHUNK) {
            let consumption = batch.import(&event, path, amounts);
            written.push(ImportedEvent { source: event.source, id: event.id, consumption });
        }
        if written.is_empty() {
            break;
        }
        batch.save_imported(connection).await?;
        store::usage_imports::insert(connection, id, &written, now).await?;
    }
    let mut loaded = batch.into_loaded();
    // Members have used a part of what their own limits promise them.
    loaded.work_out_set_aside(connection).await?;
    loaded.save_lock(connection).await
}

/// Says in the audit log what was imported.
async fn say(
    connection: &mut Connection,
    caller: &Caller,
    events: &[Valid],
    answer: &ImportedUsage,
    now: DateTime<Utc>,
) -> Result<()> {
    let times = || events.iter().map(|valid| valid.event.time);
    let after = ImportRecord {
        imported: answer.imported,
        duplicates: answer.duplicates,
        rejected: answer.rejected.rejected_total,
        from: times().min().unwrap_or(now),
        to: times().max().unwrap_or(now),
    };
    let change = Change {
        action: "usage.imported",
        subject: caller.organization.0,
        before: None,
        after: Some(&after),
    };
    audit::record(connection, caller, change, now).await
}
