//! The transaction of a batch, from the lock to the commit.

use super::Batch;
use crate::{
    Error, Result, Service,
    command::{Command, Item, Outcome},
    metrics::TRANSACTION_DURATION,
    moment::moment,
};
use domain::{
    access::Rights,
    ids::{ConsumptionId, OrganizationId},
};
use std::{collections::HashSet, time::Instant};
use store::Connection;
use uuid::Uuid;

/// How often a batch is begun anew because another server answered one of its keys meanwhile.
const TRIES: usize = 5;

impl Service {
    /// Decides a batch in the order in which its commands arrived, in one transaction under the
    /// organization's lock, and records it. One answer each: a refusal spoils no neighbour.
    pub(crate) async fn decide_batch(
        &self,
        id: OrganizationId,
        items: &[Item],
    ) -> Result<Vec<Result<Outcome>>> {
        for _ in 0..TRIES {
            if let Some(answers) = self.try_batch(id, items).await? {
                return Ok(answers);
            }
        }
        Err(Error::Unavailable)
    }

    /// `None` is to be tried again, on what is there by then.
    #[tracing::instrument(level = "info", name = "transaction", skip_all)]
    async fn try_batch(
        &self,
        id: OrganizationId,
        items: &[Item],
    ) -> Result<Option<Vec<Result<Outcome>>>> {
        let begin = Instant::now();
        let mut transaction = self.store.begin(id).await?;
        let mut batch = self.open_batch(&mut transaction, id, items).await?;
        let commands: Vec<&Command> = items.iter().map(|item| &item.command).collect();
        batch.prepare(&mut transaction, &commands).await?;
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            answers.push(batch.answer(item)?);
        }
        if batch.changes_nothing() {
            // Said, not left to the end of this scope: others wait for the lock.
            transaction.rollback().await.map_err(store::Error::from)?;
            batch.tally.tell();
            self.memory.put(batch.loaded);
            return Ok(Some(answers));
        }
        if !batch.save(&mut transaction).await? {
            return Ok(None);
        }
        let recorded = batch.changes.entries.first().map(|entry| (entry.seq, entry.consumption));
        if let Err(error) = transaction.commit().await {
            let error = store::Error::from(error);
            tracing::warn!(%error, "it is not known whether a batch was committed");
            // As long as nobody knows, nothing of it may be tried again.
            let committed = self.was_committed(id, recorded).await;
            return Ok(committed.map_err(|_| Error::Unavailable)?.then_some(answers));
        }
        metrics::histogram!(TRANSACTION_DURATION).record(begin.elapsed());
        batch.tally.tell();
        self.live.note(id);
        if !batch.events.is_empty() {
            self.telling.wake();
        }
        self.memory.put(batch.loaded);
        Ok(Some(answers))
    }

    /// Locks the organization, and takes what is remembered of it or loads it.
    async fn open_batch(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
        items: &[Item],
    ) -> Result<Batch> {
        let keys: Vec<String> = items.iter().filter_map(|item| item.key.clone()).collect();
        let api_keys: HashSet<Uuid> =
            items.iter().filter_map(|item| item.api_key.map(|key| key.0)).collect();
        let api_keys: Vec<Uuid> = api_keys.into_iter().collect();
        let opened = store::batches::open(connection, id, &keys, &api_keys, &self.clock).await?;
        let mut opened = opened.ok_or(Error::NotFound("organization"))?;
        opened.now = moment(&mut opened.lock, opened.now);
        let mut loaded = if let Some(mut loaded) = self.memory.take(id, &opened) {
            loaded.move_to(opened.lock, opened.now);
            loaded
        } else {
            let (lock, version) = (opened.lock, opened.catalogue_version);
            self.load_at(connection, id, lock, version, opened.now).await?
        };
        loaded.keep_set_aside_right(connection).await?;
        let mut batch = Batch::new(loaded);
        let keys = opened.valid_keys.into_iter();
        batch.keys = keys.map(|(key, rights)| (key, Rights::Key(rights))).collect();
        self.uses.note(id, batch.keys.keys().copied());
        if !opened.answered.is_empty() {
            batch.known = store::idempotency::find(connection, id, &opened.answered).await?;
        }
        Ok(batch)
    }

    /// Finds out what became of a batch whose connection broke in its commit. The lock waits until
    /// the database has either committed or undone it.
    async fn was_committed(
        &self,
        id: OrganizationId,
        recorded: Option<(i64, ConsumptionId)>,
    ) -> Result<bool> {
        // A batch that recorded nothing is simply decided again. Its denials may then count twice: no
        // balance depends on them.
        let Some((seq, consumption)) = recorded else { return Ok(false) };
        let mut transaction = self.store.begin(id).await?;
        store::organizations::lock(&mut transaction, id).await?;
        Ok(store::ledger::holds(&mut transaction, id, seq, consumption).await?)
    }
}
