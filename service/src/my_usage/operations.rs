//! What a member did last, from the ledger.

use super::{OPERATIONS, OperationNames, name_of};
use crate::{Result, loading::Loaded, standings::Reader};
use domain::{
    ids::{ConsumptionId, MemberId},
    ledger::EntryKind,
    views::{OperationState, RecentOperation},
};
use std::collections::HashMap;
use store::{Connection, ledger::Entry, reservations::Reservation};
use uuid::Uuid;

/// Entries of a member that are looked through: those of a gauge are no operations.
const ENTRIES: i64 = 500;

/// The newest operations of a member.
pub(super) async fn newest(
    connection: &mut Connection,
    loaded: &Loaded,
    reader: &Reader,
    names: &OperationNames,
    member: MemberId,
) -> Result<Vec<RecentOperation>> {
    let id = loaded.state.id;
    let newest = store::ledger::newest_of(connection, id, member, ENTRIES, OPERATIONS).await?;
    let mut entries: HashMap<ConsumptionId, Vec<Entry>> = HashMap::new();
    for entry in store::ledger::of_consumptions(connection, id, &newest).await? {
        entries.entry(entry.consumption).or_default().push(entry);
    }
    let held: Vec<Uuid> = entries
        .values()
        .filter(|entries| entries.iter().any(|entry| entry.kind == EntryKind::Hold))
        .filter_map(|entries| entries.first())
        .map(|entry| entry.consumption.0)
        .collect();
    let reservations = store::reservations::load(connection, id, &held, loaded.now, 0).await?;
    let reservations: HashMap<ConsumptionId, Reservation> =
        reservations.into_iter().map(|reservation| (reservation.id, reservation)).collect();
    let operations = newest.iter().filter_map(|id| {
        let id = ConsumptionId(*id);
        operation(entries.get(&id)?, reservations.get(&id), reader, names)
    });
    Ok(operations.collect())
}

/// What the entries of one consumption say together.
fn operation(
    entries: &[Entry],
    reservation: Option<&Reservation>,
    reader: &Reader,
    names: &OperationNames,
) -> Option<RecentOperation> {
    let first = entries.first()?;
    let taking = [EntryKind::Consumption, EntryKind::Commit, EntryKind::Import];
    // Each meter has entries of its own, for the same units.
    let of_first = entries.iter().filter(|entry| entry.movement.meter == first.movement.meter);
    let units = |kinds: &[EntryKind]| -> i64 {
        let counted = of_first.clone().filter(|entry| kinds.contains(&entry.kind));
        counted.map(|entry| entry.quantity).sum()
    };
    let (taken, refunded) = (units(&taking), -units(&[EntryKind::Refund]));
    let last = of_first.clone().next_back()?.kind;
    let state = match last {
        EntryKind::Hold => {
            let until = reservation.map(|reservation| reader.moment_text(reservation.expires_at));
            OperationState::Held { until: until.unwrap_or_default() }
        }
        EntryKind::Release => OperationState::Released,
        EntryKind::Expiry => OperationState::Expired,
        _ if refunded > 0 => OperationState::Refunded { units: refunded },
        _ => OperationState::Used,
    };
    let was_used = taken > 0;
    // What it took, or what was held for it.
    let cost = |entry: &&Entry| {
        if was_used { taking.contains(&entry.kind) } else { entry.kind == EntryKind::Hold }
    };
    let costs = entries.iter().filter(cost).map(|entry| {
        let change = entry.movement.change;
        let amount = if was_used { change.used } else { change.reserved };
        reader.counted(&entry.movement.meter, amount)
    });
    let quantity = if was_used { Some(taken) } else { reservation.map(|of| of.quantity) };
    Some(RecentOperation {
        at: reader.moment_text(first.recorded_at),
        operation: first.operation.as_ref().map(|code| name_of(names, code)).unwrap_or_default(),
        quantity: quantity.unwrap_or_default(),
        costs: costs.collect(),
        state,
    })
}
