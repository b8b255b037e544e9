//! The page *My Usage*: what is left for the one who looks and why, what they did, and what was denied
//! (SPEC section 9).

mod operations;

use crate::{Caller, Error, Result, Service, loading::Loaded, raise_requests, standings::Reader};
use chrono::TimeDelta;
use domain::{
    access::Action,
    balances::{Holder, Path},
    budgets::BudgetMeter,
    ids::MemberId,
    input::Code,
    refusals::Refusals,
    views::{MyUsage, RefusalGroup},
};
use std::collections::{BTreeSet, HashMap};
use store::Connection;

/// Operations that are listed.
const OPERATIONS: i64 = 20;
/// Refusals that are listed.
const REFUSALS: i64 = 20;
/// How far back refusals are listed.
const LATELY: TimeDelta = TimeDelta::days(30);

/// What operations are called, by their codes.
type OperationNames = HashMap<Code, String>;

impl Service {
    /// The page *My Usage* of the caller.
    pub async fn my_usage(&self, caller: &Caller) -> Result<MyUsage> {
        caller.require(Action::ViewOwnUsage)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let now = loaded.now;
        let member = store::members::get(&mut snapshot, id, caller.member()?, now).await?;
        let member = member.ok_or(Error::NotFound("member"))?;
        loaded.add_credits_of(&mut snapshot, std::slice::from_ref(&member)).await?;
        let path = Path { subtenant: member.subtenant, member: Some(member.id) };
        let meters = meters(&loaded, member.id);
        loaded.add_balances_to_show(&mut snapshot, path, &meters).await?;

        let reader = Reader::new(&mut snapshot, &loaded).await?;
        let names = operation_names(&mut snapshot).await?;
        let operations =
            operations::newest(&mut snapshot, &loaded, &reader, &names, member.id).await?;
        let since = now - LATELY;
        let refusals =
            store::refusals::newest_of(&mut snapshot, id, member.id, since, REFUSALS).await?;
        let requests = raise_requests::of_member(&mut snapshot, caller, &loaded, member.id).await?;
        let standings = meters.iter().map(|meter| reader.standing(&loaded, path, meter));
        Ok(MyUsage {
            meters: standings.collect(),
            requests,
            operations,
            refusals: refusals.iter().map(|group| refusal(group, &reader, &names)).collect(),
        })
    }
}

/// Credits, the meters with personal budgets, and those on which the member has quotas of their own.
fn meters(loaded: &Loaded, member: MemberId) -> Vec<Code> {
    let mut meters = vec![Code::credits()];
    meters.extend(BudgetMeter::ALL.map(Code::from));
    let (state, now) = (&loaded.state, loaded.now);
    let limited = state.quotas.keys().filter(|(holder, meter)| {
        *holder == Holder::Member(member)
            && state.quota_limits(*holder, meter, now).next().is_some()
    });
    let others: BTreeSet<&Code> =
        limited.map(|(_, meter)| meter).filter(|meter| !meters.contains(meter)).collect();
    let others: Vec<Code> = others.into_iter().cloned().collect();
    meters.extend(others);
    meters
}

async fn operation_names(connection: &mut Connection) -> Result<OperationNames> {
    let operations = store::rate_card::operations(connection, None).await?.into_iter();
    Ok(operations.map(|operation| (operation.code, operation.name)).collect())
}

/// What an operation is called; one that the rate card has no more, by its code.
fn name_of(names: &OperationNames, operation: &Code) -> String {
    names.get(operation).cloned().unwrap_or_else(|| operation.to_string())
}

fn refusal(group: &Refusals, reader: &Reader, names: &OperationNames) -> RefusalGroup {
    let limit = &group.kind.limit;
    RefusalGroup {
        id: format!(
            "{}-{}-{}-{}-{}",
            group.first_at.timestamp_micros(),
            group.kind.operation,
            limit.meter,
            limit.scope.as_str(),
            limit.period,
        ),
        when: reader.when(group),
        operation: name_of(names, &group.kind.operation),
        quantity: group.last.quantity,
        would_fit: group.last.would_fit,
        chain: group.last.chain.iter().map(|link| reader.row(link)).collect(),
    }
}
