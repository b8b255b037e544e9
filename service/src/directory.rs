//! Organizations as operators see them: which there are, what they have, and what operators change.

use crate::{
    Error, Operator, Result, Service,
    audit::{self, Change},
    cursor,
    loading::Loaded,
    operators::one_more_than,
    restrictions,
};
use chrono::{DateTime, Utc};
use domain::{
    amount::Amount,
    balances::Holder,
    console::{
        OrganizationDetail, OrganizationFilter, OrganizationList, OrganizationPage,
        OrganizationRow, OrganizationStatus, PackRow, PlanPreview, PlanRow,
    },
    ids::OrganizationId,
    input::{Code, Invalid, Name},
    packs,
    period::{TimeZone, billing_month},
    plans::lowered_limits,
    state::Plan,
};
use serde_json::{Value, json};
use std::cmp::Reverse;
use store::{Connection, Whose, directory::Editable};

/// Organizations in one list.
const LISTED: usize = 50;
/// Packs of one organization that are listed.
const PACKS: i64 = 200;

/// What an operator changes of an organization: what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationEdit {
    /// Its name.
    pub name: Option<Name>,
    /// Its plan.
    pub plan: Option<Code>,
    /// Whether it may use anything.
    pub status: Option<OrganizationStatus>,
}

impl Service {
    /// Organizations by name, those that `filter` wants.
    pub async fn organizations(
        &self,
        _operator: &Operator,
        filter: &OrganizationFilter,
    ) -> Result<OrganizationList> {
        let after: Option<OrganizationId> =
            filter.cursor.as_deref().map(cursor::read).transpose()?;
        let mut snapshot = self.store.snapshot(Whose::Everybodys).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let mut found =
            store::directory::list(&mut snapshot, filter, after, one_more_than(LISTED)).await?;
        let next_cursor = cursor::cut(&mut found, LISTED, |last| last.id)?;
        add_usage(&mut snapshot, &mut found, now).await?;
        Ok(OrganizationList { organizations: found, next_cursor })
    }

    /// An organization as it stands.
    pub async fn organization(
        &self,
        _operator: &Operator,
        id: OrganizationId,
    ) -> Result<OrganizationDetail> {
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        detail(&mut snapshot, &mut loaded).await
    }

    /// The page of an organization, with what the plan `other` would change.
    pub async fn organization_page(
        &self,
        _operator: &Operator,
        id: OrganizationId,
        other: Option<&Code>,
    ) -> Result<OrganizationPage> {
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let organization = detail(&mut snapshot, &mut loaded).await?;
        let plans = store::plans::list(&mut snapshot, None).await?;
        let other = plans.iter().find(|plan| Some(&plan.code) == other);
        let preview = match other.filter(|other| other.code != organization.row.plan) {
            Some(other) => Some(preview(&mut snapshot, &loaded, other).await?),
            None => None,
        };
        Ok(OrganizationPage {
            organization,
            packs: pack_rows(&mut snapshot, &loaded).await?,
            plans: plans.into_iter().map(|plan| (plan.code, plan.name)).collect(),
            preview,
            request: store::plan_requests::open(&mut snapshot, Some(id), 1).await?.pop(),
        })
    }

    /// The newest packs of an organization, also those that have ended.
    pub async fn packs_of(&self, _operator: &Operator, id: OrganizationId) -> Result<Vec<PackRow>> {
        let mut snapshot = self.store.snapshot(id).await?;
        let loaded = self.load_unlocked(&mut snapshot, id).await?;
        pack_rows(&mut snapshot, &loaded).await
    }

    /// Changes an organization's name, plan or status; the next request is decided by it.
    /// `expected` is the version that the operator read.
    pub async fn edit_organization(
        &self,
        operator: &Operator,
        id: OrganizationId,
        edit: OrganizationEdit,
        expected: Option<i64>,
    ) -> Result<OrganizationDetail> {
        let mut transaction = self.store.begin(id).await?;
        // Before the organization's own lock, as whoever changes the plan's terms takes them.
        if let Some(plan) = &edit.plan
            && !store::plans::hold(&mut transaction, plan).await?
        {
            return Err(Invalid::new("plan", "is not a plan of this installation").into());
        }
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let before = editable(&mut transaction, id).await?;
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(stale(&before));
        }
        carry_out(&mut transaction, operator, &mut loaded, &before, edit).await?;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let after = detail(&mut transaction, &mut loaded).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }
}

/// Carries an edit out, and says so in the logs. The organization must be locked, and before that
/// the plan that it is put on must be held.
pub(crate) async fn carry_out(
    connection: &mut Connection,
    operator: &Operator,
    loaded: &mut Loaded,
    before: &Editable,
    edit: OrganizationEdit,
) -> Result<()> {
    let (id, now) = (loaded.state.id, loaded.now);
    let name = edit.name.map_or_else(|| before.name.parse(), Ok)?;
    let plan = edit.plan.unwrap_or_else(|| before.plan.clone());
    let status = edit.status.unwrap_or(before.status);
    let changes = changes(before, &name, &plan, status);
    if plan != before.plan {
        store::plans::close(connection, &before.plan, Some(id), now).await?;
    }
    if !changes.is_empty() {
        store::directory::save(connection, id, &name, &plan, status).await?;
    }
    if plan != before.plan {
        put_on(connection, operator, loaded, &plan).await?;
    }
    for (action, before, after) in changes {
        let change = Change { action, subject: id.0, before: Some(&before), after: Some(&after) };
        audit::record_operator(connection, operator, id, change, now).await?;
    }
    Ok(())
}

pub(crate) async fn editable(connection: &mut Connection, id: OrganizationId) -> Result<Editable> {
    store::directory::get(connection, id).await?.ok_or(Error::NotFound("organization"))
}

/// What an edit changes, one entry of the audit log each.
fn changes(
    before: &Editable,
    name: &Name,
    plan: &Code,
    status: OrganizationStatus,
) -> Vec<(&'static str, Value, Value)> {
    let mut changes = Vec::new();
    if before.name != name.as_str() {
        let (from, to) = (json!({"name": before.name}), json!({"name": name}));
        changes.push(("organization.renamed", from, to));
    }
    if before.plan != *plan {
        let (from, to) = (json!({"plan": before.plan}), json!({"plan": plan}));
        changes.push(("organization.plan_changed", from, to));
    }
    if before.status != status {
        let action = match status {
            OrganizationStatus::Active => "organization.resumed",
            OrganizationStatus::Suspended => "organization.suspended",
        };
        changes.push((action, json!({"status": before.status}), json!({"status": status})));
    }
    changes
}

/// Lets an organization that is locked and on its new plan already have what that makes of its
/// percentages, and restricts its spending if that does not include the Usage Quota feature.
async fn put_on(
    connection: &mut Connection,
    operator: &Operator,
    loaded: &mut Loaded,
    plan: &Code,
) -> Result<()> {
    let row = store::plans::list(connection, Some(plan)).await?.pop();
    let row = row.ok_or(Error::NotFound("plan"))?;
    loaded.state.plan = terms(connection, &row).await?;
    if !row.usage_quota_feature {
        restrictions::restrict(connection, operator, loaded.state.id, loaded.now).await?;
    }
    loaded.work_out_set_aside(connection).await?;
    loaded.save_lock(connection).await
}

async fn terms(connection: &mut Connection, plan: &PlanRow) -> Result<Plan> {
    Ok(Plan {
        code: plan.code.clone(),
        allowance: Amount::parse("monthly_credits", plan.monthly_credits)?,
        limits: store::catalogue::plan_limits(connection, &plan.code).await?,
        usage_quota_feature: plan.usage_quota_feature,
    })
}

fn stale(before: &Editable) -> Error {
    let Editable { name, plan, status, version, .. } = before;
    let current = json!({"name": name, "plan": plan, "status": status, "version": version});
    let summary = format!("{name} is {} on the plan {plan}", status.code());
    Error::Stale { summary, current }
}

/// What each organization used of its allowance this month.
async fn add_usage(
    connection: &mut Connection,
    organizations: &mut [OrganizationRow],
    now: DateTime<Utc>,
) -> Result<()> {
    let month = billing_month(now);
    let account = (Holder::Organization, Code::credits());
    let ids: Vec<OrganizationId> = organizations.iter().map(|row| row.id).collect();
    let known = store::balances::credits_of(connection, &ids).await?;
    for row in organizations {
        let periods = known.get(&row.id).into_iter().flatten();
        let balance = periods.into_iter().find(|(window, _)| *window == month);
        let balance = if let Some((_, balance)) = balance {
            *balance
        } else {
            let missing = [(account.clone(), month)];
            let sums = store::balances::sum_up(connection, row.id, &missing, now).await?;
            sums.into_iter().next().unwrap_or_default()
        };
        row.allowance_used = balance.from_allowance();
    }
    Ok(())
}

async fn detail(connection: &mut Connection, loaded: &mut Loaded) -> Result<OrganizationDetail> {
    let (id, now) = (loaded.state.id, loaded.now);
    loaded.add_credits_of(connection, &[]).await?;
    let editable = editable(connection, id).await?;
    let state = &loaded.state;
    let extra_credits = packs::available(&state.packs, now);
    Ok(OrganizationDetail {
        row: OrganizationRow {
            id,
            name: editable.name,
            status: editable.status,
            plan: editable.plan,
            plan_name: loaded.organization.plan_name.clone(),
            members: store::members::count(connection, id).await?,
            allowance: state.plan.allowance.get(),
            allowance_used: state.allowance_used(now),
        },
        currency: editable.currency,
        time_zone: loaded.organization.time_zone.to_string(),
        created: TimeZone::UTC.local_text(editable.created_at),
        seats_used: store::members::seats_used(connection, id).await?,
        seats: loaded.organization.seats,
        enterprise_limit: state.settings.limit.map(Amount::get),
        limit_above_pool: state.settings.check_pool(state.plan.allowance, extra_credits).is_err(),
        extra_credits,
        version: editable.version,
    })
}

async fn preview(
    connection: &mut Connection,
    loaded: &Loaded,
    other: &PlanRow,
) -> Result<PlanPreview> {
    let state = &loaded.state;
    let plan = terms(connection, other).await?;
    let names = store::rate_card::meters(connection, None).await?;
    let lowered = lowered_limits(&state.plan, &plan).into_iter().map(|lowered| {
        let meter = names.iter().find(|meter| meter.code == lowered.meter);
        (meter.map_or_else(|| lowered.meter.to_string(), |meter| meter.name.clone()), lowered)
    });
    let packs = packs::available(&state.packs, loaded.now);
    let restricts_to = if other.usage_quota_feature {
        None
    } else {
        restrictions::would_restrict_to(connection, loaded).await?
    };
    Ok(PlanPreview {
        plan: other.code.clone(),
        name: other.name.clone(),
        allowance: other.monthly_credits,
        seats: other.seats,
        lowered: lowered.collect(),
        limit_above_pool: state.settings.check_pool(plan.allowance, packs).is_err(),
        restricts_to,
    })
}

/// The packs, the newest first; of more than [`PACKS`], those that still pay.
async fn pack_rows(connection: &mut Connection, loaded: &Loaded) -> Result<Vec<PackRow>> {
    let (id, now, zone) = (loaded.state.id, loaded.now, loaded.organization.time_zone);
    let mut packs = store::packs::list(connection, id, None, now, PACKS).await?;
    packs.sort_by_key(|purchase| Reverse((purchase.pack.granted_at, purchase.pack.id)));
    let rows = packs.into_iter().map(|purchase| PackRow {
        pack_id: purchase.pack.id,
        credits: purchase.credits,
        remaining: purchase.pack.remaining,
        granted: zone.local_text(purchase.pack.granted_at),
        ends: purchase.pack.ends_at.map(|end| zone.local_text(end)),
        ended: purchase.pack.ends_at.is_some_and(|end| end <= now),
    });
    Ok(rows.collect())
}
