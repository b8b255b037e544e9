//! Reading the audit log: who changed what, from what to what, when, from where.

mod changes;
mod words;

use crate::{Caller, Error, Result, Service, csv, cursor, reach::own_subtenant};
use changes::Reader;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Action,
    audit::{AuditActor, AuditEntry, AuditFilter, AuditKind, AuditPage, AuditReach, AuditSubject},
    ids::OrganizationId,
    period::{TimeZone, Window},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use store::{
    Connection,
    audit_log::{Named, Recorded, Wanted},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Changes on one page.
const PAGE: usize = 50;
/// Changes in one file.
const EXPORTED: usize = 10_000;

/// A change, in words and as it was recorded.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AuditRecord {
    /// In words.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// How it was before.
    pub before: Option<Value>,
    /// How it was afterwards.
    pub after: Option<Value>,
}

/// Some changes, newest first, and where the list goes on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AuditList {
    /// The changes.
    pub entries: Vec<AuditRecord>,
    /// Send it to get those that follow; `None`: these are the last.
    pub next_cursor: Option<String>,
}

impl Service {
    /// Changes that the caller may see, newest first, 50 at a time from `cursor` on.
    pub async fn audit_log(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
        cursor: Option<&str>,
    ) -> Result<AuditList> {
        caller.require(Action::ViewAudit)?;
        let before = cursor.map(cursor::read).transpose()?;
        let mut snapshot = self.store.snapshot(caller.organization).await?;
        let mut entries = self.read(&mut snapshot, caller, filter, before, PAGE + 1).await?;
        let more = entries.len() > PAGE;
        entries.truncate(PAGE);
        let last = entries.last().filter(|_| more).map(|last| (last.entry.at, last.entry.id));
        let next_cursor = last.map(|last| cursor::write(&last)).transpose()?;
        Ok(AuditList { entries, next_cursor })
    }

    /// The page *Audit log*.
    pub async fn audit_page(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
        cursor: Option<&str>,
    ) -> Result<AuditPage> {
        let list = self.audit_log(caller, filter, cursor).await?;
        let mut transaction = self.store.read(caller.organization).await?;
        Ok(AuditPage {
            entries: list.entries.into_iter().map(|record| record.entry).collect(),
            next_cursor: list.next_cursor,
            zone: zone(&mut transaction, caller.organization).await?.to_string(),
        })
    }

    /// The changes of a filter as CSV, the newest 10,000 at most; the last row says where there
    /// are more.
    pub async fn audit_csv(&self, caller: &Caller, filter: &AuditFilter) -> Result<String> {
        caller.require(Action::ViewAudit)?;
        let mut snapshot = self.store.snapshot(caller.organization).await?;
        let mut entries = self.read(&mut snapshot, caller, filter, None, EXPORTED + 1).await?;
        let more = entries.len() > EXPORTED;
        entries.truncate(EXPORTED);
        let rows = entries.into_iter().map(|record| cells(record.entry));
        csv::table(COLUMNS, rows.chain(more.then(cut)))
    }

    async fn read(
        &self,
        connection: &mut Connection,
        caller: &Caller,
        filter: &AuditFilter,
        cursor: Option<(DateTime<Utc>, Uuid)>,
        size: usize,
    ) -> Result<Vec<AuditRecord>> {
        let id = caller.organization;
        let zone = zone(connection, id).await?;
        let now = self.clock.now(connection).await?;
        let begin = |day: NaiveDate| zone.first_instant(day);
        let end = filter.to.and_then(|day| day.succ_opt()).map_or(Window::ALWAYS.ends_at, begin);
        let before = cursor.unwrap_or((end, Uuid::nil())).min((end, Uuid::nil()));
        let wanted = Wanted {
            from: filter.from.map_or(Window::ALWAYS.starts_at, begin),
            before,
            search: filter.search.as_ref(),
            kind: filter.kind,
            reach: AuditReach::of(caller.rights()),
            me: caller.member().ok(),
            mine: own_subtenant(connection, caller, now).await?,
            size: i64::try_from(size).unwrap_or(i64::MAX),
        };
        let recorded = store::audit_log::page(connection, id, &wanted).await?;
        let ids: HashSet<Uuid> = recorded.iter().flat_map(ids).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let names = store::audit_log::names(connection, id, &ids).await?;
        let units = store::audit_log::units(connection, id).await?;
        let reader = Reader { zone, names: &names, units: &units };
        Ok(recorded.into_iter().map(|recorded| record(&reader, recorded)).collect())
    }
}

async fn zone(connection: &mut Connection, id: OrganizationId) -> Result<TimeZone> {
    let organization = store::organizations::get(connection, id).await?;
    Ok(organization.ok_or(Error::NotFound("organization"))?.time_zone)
}

/// Everything that a change names.
fn ids(recorded: &Recorded) -> Vec<Uuid> {
    let states = [recorded.before.as_ref(), recorded.after.as_ref()];
    let who = recorded.actor_id.into_iter().chain([recorded.subject]);
    who.chain(changes::ids(states)).collect()
}

fn record(reader: &Reader<'_>, recorded: Recorded) -> AuditRecord {
    let Recorded { id, at, ref actor_kind, actor_id, subject, .. } = recorded;
    let name = reader.names.get(&subject).map(|named| named.name.clone());
    let name = name.or_else(|| recorded_name(&recorded));
    let entry = AuditEntry {
        id,
        at,
        at_text: reader.zone.local_text(at),
        actor: actor(reader.names, actor_kind, actor_id),
        kind: AuditKind::of(&recorded.action),
        summary: words::summary(&recorded.action, name.as_deref()),
        subject: AuditSubject { id: subject, name },
        changes: reader.changes(recorded.before.as_ref(), recorded.after.as_ref()),
        action: recorded.action,
        ip: recorded.ip,
    };
    AuditRecord { entry, before: recorded.before, after: recorded.after }
}

/// The name that something had when it was changed, where it has none today.
fn recorded_name(recorded: &Recorded) -> Option<String> {
    let states = [recorded.after.as_ref(), recorded.before.as_ref()];
    let name = |state: &Value| Some(state.get("name")?.as_str()?.to_owned());
    states.into_iter().flatten().find_map(name)
}

fn actor(names: &HashMap<Uuid, Named>, kind: &str, id: Option<Uuid>) -> AuditActor {
    let found = id.and_then(|id| names.get(&id)).cloned();
    let (name, detail) = match (kind, found) {
        ("api_key", Some(key)) => (key.name, Some("API key".to_owned())),
        ("api_key", None) => ("An API key".to_owned(), None),
        ("operator", _) => ("Operator".to_owned(), Some("of this installation".to_owned())),
        (_, Some(member)) => (member.name, member.email),
        (_, None) => ("Somebody".to_owned(), None),
    };
    AuditActor { kind: kind.to_owned(), id, name, detail }
}

const COLUMNS: [&str; 8] =
    ["When", "Time (UTC)", "Who", "Who exactly", "Kind", "What", "Changes", "From address"];

fn cells(entry: AuditEntry) -> [String; 8] {
    let changes: Vec<String> = entry.changes.iter().map(ToString::to_string).collect();
    [
        entry.at_text,
        entry.at.to_rfc3339(),
        entry.actor.name,
        entry.actor.detail.unwrap_or_default(),
        entry.kind.map(|kind| kind.to_string()).unwrap_or_default(),
        entry.summary,
        changes.join("; "),
        entry.ip.unwrap_or_default(),
    ]
}

/// The row that says that there are more.
fn cut() -> [String; 8] {
    let mut row: [String; 8] = Default::default();
    "This file has the newest 10,000 changes. Choose fewer days to get older ones."
        .clone_into(&mut row[0]);
    row
}
