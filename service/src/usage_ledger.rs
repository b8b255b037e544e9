//! The ledger behind a number of the past: its entries, one by one.

use crate::{Caller, Result, Service, cursor, usage_history::Asking};
use domain::{access::Action, history::HistoryInput, ledger::LedgerEntry, views::LedgerPage};
use store::usage_history::WantedEntries;

/// Entries on one page.
const PAGE: usize = 50;

impl Service {
    /// Entries that make up what [`Service::usage_history`] answers to the same question, newest
    /// first, from `cursor` on.
    pub async fn usage_ledger(
        &self,
        caller: &Caller,
        input: &HistoryInput,
        cursor: Option<&str>,
    ) -> Result<LedgerPage> {
        caller.require(Action::ViewUsage)?;
        let query = input.parse()?;
        let before = cursor.map(cursor::read).transpose()?;
        let mut snapshot = self.store.snapshot(caller.organization).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let asking = Asking::new(&mut snapshot, caller, query, now).await?;
        let Asking { mut reading, meter, filter, zone, range, segments, .. } = asking;
        let window = segments.window();
        let wanted = WantedEntries {
            meter: &meter.code,
            window,
            filter: &filter,
            before: before.unwrap_or((window.ends_at, i64::MAX)),
            rolled_seq: reading.rolled_seq,
        };
        // One more than is shown says whether there is another page.
        let size = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let mut entries = reading.entries(wanted, size).await?;
        let more = entries.len() > PAGE;
        entries.truncate(PAGE);
        let position = |entry: &LedgerEntry| (entry.counts_at, entry.seq);
        let last = entries.last().filter(|_| more).map(position);
        let next_cursor = last.map(|last| cursor::write(&last)).transpose()?;
        Ok(LedgerPage { meter, zone, from: range.first(), to: range.last(), entries, next_cursor })
    }
}
