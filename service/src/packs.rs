//! Credit packs: bought once, on top of the plan's allowance. The operator grants them.

use crate::{
    Caller, Error, Operator, Result, Service,
    audit::{self, Change},
    cursor,
    idempotency::Keyed,
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Action,
    amount::Quantity,
    ids::{OrganizationId, PackId},
    input::{IdempotencyKey, Name},
    packs::{self, Pack, PackEntry, PackReport, PackState},
    period::TimeZone,
    views::{CreditPacks, Moment, OpenedPack, PackEntryRow, PackRow},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Connection;
use utoipa::ToSchema;
use uuid::Uuid;

/// Packs that are listed: those that can pay, and the newest of the others.
const LISTED: i64 = 1_000;
/// Entries of a pack's ledger on one page.
const PAGE: usize = 50;

/// A pack to be granted.
#[derive(Clone, Debug, Serialize)]
pub struct NewPack {
    /// Credits in it.
    pub credits: Quantity,
    /// The last day on which it can be used, in the organization's zone; `None` has no end.
    pub last_day: Option<NaiveDate>,
    /// The name of whoever bought it.
    pub bought_by: Option<Name>,
}

impl NewPack {
    /// A pack without an end.
    pub fn of(credits: Quantity) -> Self {
        Self { credits, last_day: None, bought_by: None }
    }
}

/// A pack that was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantedPack {
    /// Its id.
    pub pack_id: PackId,
    /// Credits in it.
    pub credits: Quantity,
    /// When what is left of it is lost; `None` has no end.
    pub ends_at: Option<DateTime<Utc>>,
    /// Who bought it, if anybody said.
    pub bought_by: Option<Name>,
}

/// A page of the ledger behind a pack, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PackLedger {
    /// What was taken out of the pack and put back.
    pub entries: Vec<PackEntry>,
    /// Where the next page begins; `None`: this is the last.
    pub next_cursor: Option<String>,
}

impl Service {
    /// The page *Credit packs*; with `opened`, a page of the ledger behind that pack, of entries
    /// before the number `before`.
    pub async fn credit_packs(
        &self,
        caller: &Caller,
        opened: Option<PackId>,
        before: Option<i64>,
    ) -> Result<CreditPacks> {
        caller.require(Action::ViewCredits)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let organization = store::organizations::get(&mut snapshot, id).await?;
        let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
        let settings = store::credit_settings::current(&mut snapshot, id).await?.settings;
        let reports = reports(&mut snapshot, id, None, now).await?;
        let opened = match opened {
            None => None,
            Some(pack) => {
                let report = reports.iter().find(|report| report.id == pack).cloned();
                let report = match report {
                    Some(report) => report,
                    // Not among those that are listed.
                    None => one(&mut snapshot, id, pack, now).await?,
                };
                let (entries, next) = ledger(&mut snapshot, id, &report, before).await?;
                let row = |entry: PackEntry| {
                    let at = Moment::new(entry.recorded_at, zone, now);
                    PackEntryRow { entry, at }
                };
                let entries = entries.into_iter().map(row).collect();
                Some(OpenedPack { row: pack_row(report, zone, now), entries, next })
            }
        };
        let open = || reports.iter().filter(|report| report.state == PackState::Open);
        Ok(CreditPacks {
            left: open().map(|report| report.left).sum(),
            held: reports.iter().map(|report| report.held).sum(),
            packs_extend: settings.packs_extend,
            packs: reports.iter().map(|report| pack_row(report.clone(), zone, now)).collect(),
            opened,
        })
    }

    /// All packs, first those that can pay, in their order.
    pub async fn packs(&self, caller: &Caller) -> Result<Vec<PackReport>> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        reports(&mut transaction, caller.organization, None, now).await
    }

    /// One pack.
    pub async fn pack(&self, caller: &Caller, pack: PackId) -> Result<PackReport> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        one(&mut transaction, caller.organization, pack, now).await
    }

    /// A page of the ledger behind a pack, from `cursor` on.
    pub async fn pack_ledger(
        &self,
        caller: &Caller,
        pack: PackId,
        cursor: Option<&str>,
    ) -> Result<PackLedger> {
        caller.require(Action::ViewCredits)?;
        let before: Option<i64> = cursor.map(cursor::read).transpose()?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let report = one(&mut snapshot, id, pack, now).await?;
        let (entries, next) = ledger(&mut snapshot, id, &report, before).await?;
        Ok(PackLedger { entries, next_cursor: next.as_ref().map(cursor::write).transpose()? })
    }

    /// Grants a pack to an organization. The same key and request is answered the same again.
    pub async fn grant_pack(
        &self,
        operator: &Operator,
        id: OrganizationId,
        new: NewPack,
        key: Option<IdempotencyKey>,
    ) -> Result<GrantedPack> {
        let mut transaction = self.store.begin(id).await?;
        let lock = store::organizations::lock(&mut transaction, id).await?;
        lock.ok_or(Error::NotFound("organization"))?;
        let now = self.clock.now(&mut transaction).await?;
        let request = Keyed::of_operator(key, "packs", &new)?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        let organization = store::organizations::get(&mut transaction, id).await?;
        let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
        let ends_at = new.last_day.map(|day| zone.end_of(day, now)).transpose();
        let ends_at = ends_at.map_err(|invalid| invalid.at("ends"))?;
        let (id_of_pack, remaining) = (PackId(Uuid::now_v7()), new.credits.get());
        let pack = Pack { id: id_of_pack, remaining, granted_at: now, ends_at };
        grant(&mut transaction, operator, id, &pack, new.bought_by.as_ref()).await?;
        let NewPack { credits, bought_by, .. } = new;
        let granted = GrantedPack { pack_id: pack.id, credits, ends_at, bought_by };
        request.remember(&mut transaction, id, &granted, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(granted)
    }
}

async fn reports(
    connection: &mut Connection,
    id: OrganizationId,
    pack: Option<PackId>,
    now: DateTime<Utc>,
) -> Result<Vec<PackReport>> {
    Ok(packs::reports(&store::packs::list(connection, id, pack, now, LISTED).await?, now))
}

async fn one(
    connection: &mut Connection,
    id: OrganizationId,
    pack: PackId,
    now: DateTime<Utc>,
) -> Result<PackReport> {
    let found = reports(connection, id, Some(pack), now).await?.into_iter().next();
    found.ok_or(Error::NotFound("pack"))
}

/// A page of the ledger behind a pack, and the number before which the next one begins.
async fn ledger(
    connection: &mut Connection,
    id: OrganizationId,
    pack: &PackReport,
    before: Option<i64>,
) -> Result<(Vec<PackEntry>, Option<i64>)> {
    // One more than is shown says whether there is another page.
    let size = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut entries =
        store::packs::ledger(connection, id, (pack.id, pack.bought_at), before, size).await?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let next = entries.last().map(|entry| entry.seq).filter(|_| more);
    Ok((entries, next))
}

fn pack_row(pack: PackReport, zone: TimeZone, now: DateTime<Utc>) -> PackRow {
    let moment = |at| Moment::new(at, zone, now);
    PackRow { bought: moment(pack.bought_at), ends: pack.ends_at.map(moment), pack }
}

/// Adds a pack and says so in the audit log.
async fn grant(
    connection: &mut Connection,
    operator: &Operator,
    id: OrganizationId,
    pack: &Pack,
    bought_by: Option<&Name>,
) -> Result<()> {
    store::packs::insert(connection, id, pack, bought_by).await?;
    let after = json!({"credits": pack.remaining, "ends_at": pack.ends_at, "bought_by": bought_by});
    let change =
        Change { action: "pack.granted", subject: pack.id.0, before: None, after: Some(&after) };
    audit::record_operator(connection, operator, id, change, pack.granted_at).await
}
