//! The plan of an organization: what it includes, what is used of it, and asking for another one.
//! The operator answers.

use crate::{
    Actor, Caller, Error, Operator, OrganizationEdit, Result, Service,
    audit::{self, Change},
    directory, idempotency,
    loading::Loaded,
};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    ids::{OrganizationId, PlanRequestId},
    input::{Code, IdempotencyKey, Invalid, Note},
    period::{TimeZone, billing_month},
    plan_report::{PlanAnswer, PlanReport, PlanRequest, usage_of},
    views::{Moment, Period, PlanView},
};
use serde_json::json;
use store::{Connection, Whose, plan_requests::NewPlanRequest};
use uuid::Uuid;

/// Plans that are compared.
const PLANS: i64 = 20;
/// Requests that an operator sees at a time.
const LISTED: i64 = 1_000;

impl Service {
    /// The page *Plan*.
    pub async fn plan_view(&self, caller: &Caller) -> Result<PlanView> {
        let (report, zone, now) = self.plan_at(caller).await?;
        let requested = report.request.as_ref().map(|request| request.requested_at);
        Ok(PlanView {
            billing_period: Period::new(billing_month(now), TimeZone::UTC, now),
            requested: requested.map(|at| Moment::new(at, zone, now)),
            report,
        })
    }

    /// The plan, what is used of it, and the other plans.
    pub async fn plan_report(&self, caller: &Caller) -> Result<PlanReport> {
        Ok(self.plan_at(caller).await?.0)
    }

    async fn plan_at(&self, caller: &Caller) -> Result<(PlanReport, TimeZone, DateTime<Utc>)> {
        caller.require(Action::ViewCredits)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let report = report(&mut snapshot, &mut loaded).await?;
        Ok((report, loaded.state.calendar.zone(), loaded.now))
    }

    /// Asks the operator for another plan. One request can wait for its answer at a time. The same
    /// key and request is answered the same again.
    pub async fn request_plan(
        &self,
        caller: &Caller,
        plan: Code,
        note: Option<Note>,
        key: Option<IdempotencyKey>,
    ) -> Result<PlanRequest> {
        caller.require(Action::RequestPlan)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let now = self.lock_at(&mut transaction, id).await?;
        let keyed = idempotency::Keyed::new(caller, key, "plan_request", &(&plan, &note))?;
        if let Some(answer) = keyed.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        if open_request(&mut transaction, id).await?.is_some() {
            return Err(Error::PlanRequested);
        }
        let organization = store::organizations::get(&mut transaction, id).await?;
        if organization.is_some_and(|organization| organization.plan == plan) {
            return Err(Invalid::new("plan", "is the plan that your organization has").into());
        }
        require_plan(&mut transaction, &plan).await?;
        let requested_by = match caller.actor {
            Actor::Member(member) => Some(member),
            Actor::ApiKey(_) => None,
        };
        let new = NewPlanRequest { id: PlanRequestId(Uuid::now_v7()), plan, note, requested_by };
        store::plan_requests::insert(&mut transaction, id, &new, now).await?;
        let after = json!({"plan": new.plan, "note": new.note});
        let action = "plan_request.made";
        let change = Change { action, subject: new.id.0, before: None, after: Some(&after) };
        audit::record(&mut transaction, caller, change, now).await?;
        let made = open_request(&mut transaction, id).await?.ok_or(Error::Internal)?;
        keyed.remember(&mut transaction, id, &made, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(made)
    }

    /// Takes the open request back.
    pub async fn withdraw_plan_request(&self, caller: &Caller) -> Result<PlanRequest> {
        caller.require(Action::RequestPlan)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let now = self.lock_at(&mut transaction, id).await?;
        let request = answer(&mut transaction, id, PlanAnswer::Withdrawn, now).await?;
        let before = json!({"plan": request.plan, "note": request.note});
        let change = Change {
            action: "plan_request.withdrawn",
            subject: request.id.0,
            before: Some(&before),
            after: None,
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(request)
    }

    /// The requests that wait for an answer, oldest first.
    pub async fn open_plan_requests(&self, _operator: &Operator) -> Result<Vec<PlanRequest>> {
        let mut transaction = self.store.read(Whose::Everybodys).await?;
        Ok(store::plan_requests::open(&mut transaction, None, LISTED).await?)
    }

    /// Grants the open request of an organization, which puts it on that plan, or declines it.
    pub async fn answer_plan_request(
        &self,
        operator: &Operator,
        id: OrganizationId,
        granted: bool,
    ) -> Result<PlanRequest> {
        let mut transaction = self.store.begin(id).await?;
        let asked = open_request(&mut transaction, id).await?;
        let asked = asked.ok_or(Error::NotFound("open request"))?;
        // Before the organization's own lock, as whoever changes the plan's terms takes them.
        store::plans::hold(&mut transaction, &asked.plan).await?;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let (decided, action) = if granted {
            (PlanAnswer::Granted, "plan_request.granted")
        } else {
            (PlanAnswer::Declined, "plan_request.declined")
        };
        let request = answer(&mut transaction, id, decided, loaded.now).await?;
        if request.id != asked.id {
            // Withdrawn in the meantime, and another plan asked for.
            return Err(Error::NotFound("open request"));
        }
        let after = json!({"plan": request.plan});
        let change = Change { action, subject: request.id.0, before: None, after: Some(&after) };
        audit::record_operator(&mut transaction, operator, id, change, loaded.now).await?;
        if granted {
            let before = directory::editable(&mut transaction, id).await?;
            let edit = OrganizationEdit {
                plan: Some(request.plan.clone()),
                ..OrganizationEdit::default()
            };
            directory::carry_out(&mut transaction, operator, &mut loaded, &before, edit).await?;
        }
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(request)
    }

    /// Locks an organization without loading it; what time it is then.
    pub(crate) async fn lock_at(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
    ) -> Result<DateTime<Utc>> {
        let lock = store::organizations::lock(connection, id).await?;
        lock.ok_or(Error::NotFound("organization"))?;
        Ok(self.clock.now(connection).await?)
    }
}

/// The plan of an organization, what is used of it, and the other plans.
pub(crate) async fn report(connection: &mut Connection, loaded: &mut Loaded) -> Result<PlanReport> {
    let id = loaded.state.id;
    loaded.add_organizations_balances(connection).await?;
    let plans = store::catalogue::plans(connection, PLANS).await?;
    let meters = store::catalogue::meters(connection).await?;
    let seats_used = store::members::seats_used(connection, id).await?;
    let request = open_request(connection, id).await?;

    let (state, now) = (&loaded.state, loaded.now);
    let own = plans.iter().find(|plan| plan.code == state.plan.code);
    let own = own.ok_or(Error::NotFound("plan"))?;
    let meters = meters.into_iter().filter(|meter| !meter.code.is_credits());
    Ok(PlanReport {
        plan: state.plan.code.clone(),
        credits_used: state.allowance_used(now),
        credits_left: state.allowance_left(now),
        resets_at: billing_month(now).ends_at,
        seats_used,
        currency: loaded.organization.currency.clone(),
        meters: meters.map(|meter| usage_of(state, meter, own, seats_used, now)).collect(),
        request,
        plans,
    })
}

async fn open_request(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<Option<PlanRequest>> {
    Ok(store::plan_requests::open(connection, Some(id), 1).await?.into_iter().next())
}

/// Answers the open request; an error if there is none.
async fn answer(
    connection: &mut Connection,
    id: OrganizationId,
    answer: PlanAnswer,
    now: DateTime<Utc>,
) -> Result<PlanRequest> {
    let request = open_request(connection, id).await?.ok_or(Error::NotFound("open request"))?;
    store::plan_requests::answer(connection, id, request.id, answer, now).await?;
    Ok(request)
}

async fn require_plan(connection: &mut Connection, plan: &Code) -> Result<()> {
    if store::plans::list(connection, Some(plan)).await?.is_empty() {
        return Err(Invalid::new("plan", "is not a plan of this installation").into());
    }
    Ok(())
}
