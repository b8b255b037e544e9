//! Raise requests: a member asks for more of a limit of their own; whoever may raise it grants that, or
//! something else, or declines (SPEC section 4). What was granted until a day ends by itself.

mod answering;
mod asking;
mod pages;
mod reading;
mod review;

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    idempotency::Keyed,
    loading::Loaded,
    reach::Reach,
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Action,
    amount::Amount,
    answer::LimitReport,
    ids::{EventId, MemberId, OrganizationId, RaiseRequestId},
    input::{Invalid, MemberReference, Note},
    notices::{News, RaiseRequested},
    raises::{OwnLimit, Raise, RaiseRequest, RaiseStatus},
    views::MemberStatus,
};
pub(crate) use pages::of_member;
pub use pages::{RaiseFilter, RaiseList};
use reading::Words;
use serde::Serialize;
use serde_json::json;
use store::{
    Connection, Transaction,
    events::Event,
    raise_requests::{RaiseAnswer, Wanted},
};
use uuid::Uuid;

/// What is asked for.
#[derive(Clone, Debug, Serialize)]
pub struct RaiseAsk {
    /// Whose limit it is; `None`: the caller's own.
    pub member: Option<MemberReference>,
    /// Of which limit.
    pub own_limit: OwnLimit,
    /// How much, and until when.
    pub raise: Raise,
    /// Why.
    pub reason: Note,
}

/// What somebody grants where that is not just what was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RaiseTerms {
    /// The new limit; `None` is what was asked for.
    pub limit: Option<Amount>,
    /// The last day, or none; `None` is what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Option<NaiveDate>>,
}

impl Service {
    /// What each of these begins with: the organization as it is, held.
    async fn begin_raise(&self, id: OrganizationId) -> Result<(Transaction, Loaded)> {
        let mut transaction = self.store.begin(id).await?;
        let loaded = self.load_locked(&mut transaction, id).await?;
        Ok((transaction, loaded))
    }

    /// Remembers what is answered, commits, and tells pages that are open: a request alone changes nothing
    /// that decisions go by.
    async fn commit_request(
        &self,
        mut transaction: Transaction,
        loaded: &Loaded,
        request: RaiseRequest,
        keyed: Keyed,
    ) -> Result<RaiseRequest> {
        let id = loaded.state.id;
        keyed.remember(&mut transaction, id, &request, loaded.now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        self.live.note(id);
        Ok(request)
    }
}

/// A request that is open, which the caller may answer.
async fn answerable(
    connection: &mut Connection,
    caller: &Caller,
    request: RaiseRequestId,
    now: DateTime<Utc>,
) -> Result<RaiseRequest> {
    let reach = Reach::of(connection, caller, Action::AnswerRaiseRequests, now).await?;
    let found = find(connection, caller, request, reach).await?;
    require_open(&found)?;
    if may_answer(caller, &found) { Ok(found) } else { Err(Error::OwnRaiseRequest) }
}

/// Whether the caller may answer a request that is within their reach.
fn may_answer(caller: &Caller, request: &RaiseRequest) -> bool {
    let own = caller.member().is_ok_and(|me| me == request.member);
    request.own_limit.answered_by(caller.rights(), own)
}

fn require_open(request: &RaiseRequest) -> Result<()> {
    match request.status {
        RaiseStatus::Open => Ok(()),
        _ => Err(Error::RaiseAnswered(request.outcome())),
    }
}

/// A request of a member within `reach`.
async fn find(
    connection: &mut Connection,
    caller: &Caller,
    request: RaiseRequestId,
    reach: Reach,
) -> Result<RaiseRequest> {
    let wanted = Wanted {
        request: Some(request),
        subtenants: reach.subtenants(),
        size: 1,
        ..Wanted::default()
    };
    let found = store::raise_requests::list(connection, caller.organization, &wanted).await?;
    found.into_iter().next().ok_or_else(gone)
}

fn gone() -> Error {
    Error::NotFound("request")
}

/// A member's request for more of one limit that nobody has answered yet.
async fn open_request(
    connection: &mut Connection,
    loaded: &Loaded,
    member: MemberId,
    own_limit: &OwnLimit,
) -> Result<Option<RaiseRequest>> {
    let wanted = Wanted {
        member: Some(member),
        status: Some(RaiseStatus::Open),
        size: reading::OWN_LIMITS,
        ..Wanted::default()
    };
    let open = store::raise_requests::list(connection, loaded.state.id, &wanted).await?;
    Ok(open.into_iter().find(|request| request.own_limit == *own_limit))
}

/// How a limit of an active member stands; `None`: there is none that can be raised.
async fn standing(
    connection: &mut Connection,
    loaded: &mut Loaded,
    member: MemberId,
    own_limit: &OwnLimit,
) -> Result<Option<LimitReport>> {
    let found = store::members::get(connection, loaded.state.id, member, loaded.now).await?;
    let Some(found) = found.filter(|found| found.status == MemberStatus::Active) else {
        return Ok(None);
    };
    loaded.add_credits_of(connection, std::slice::from_ref(&found)).await?;
    let path = crate::loading::path(&found);
    loaded.add_balances_to_show(connection, path, &[own_limit.meter()]).await?;
    let in_state = loaded.state.members.get(&member);
    Ok(in_state.and_then(|in_state| own_limit.standing(&loaded.state, in_state, loaded.now)))
}

/// How the limit stands that an open request is about, or why it can't be raised any more.
async fn grantable(
    connection: &mut Connection,
    loaded: &mut Loaded,
    request: &RaiseRequest,
) -> Result<Result<LimitReport, &'static str>> {
    if request.member_status != MemberStatus::Active {
        return Ok(Err("the member is not active"));
    }
    let limit = standing(connection, loaded, request.member, &request.own_limit).await?;
    Ok(limit.ok_or("the member has no such limit any more"))
}

/// When a raise ends; an error if that is in the past.
fn end_of(loaded: &Loaded, last_day: Option<NaiveDate>) -> Result<Option<DateTime<Utc>>, Invalid> {
    let zone = loaded.organization.time_zone;
    last_day.map(|day| zone.end_of(day, loaded.now)).transpose()
}

/// Answers an open request, and says so in the audit log.
async fn close(
    transaction: &mut Transaction,
    caller: &Caller,
    request: &RaiseRequest,
    answer: &RaiseAnswer,
    now: DateTime<Utc>,
) -> Result<RaiseRequest> {
    require_open(request)?;
    let id = caller.organization;
    store::raise_requests::answer(transaction, id, request.id, answer, now).await?;
    let answered = find(transaction, caller, request.id, Reach::Everybody).await?;
    let action = match answer.status {
        RaiseStatus::Approved => "raise_request.approved",
        RaiseStatus::Declined => "raise_request.declined",
        RaiseStatus::Withdrawn | RaiseStatus::Open => "raise_request.withdrawn",
    };
    log(transaction, caller, action, &answered, now).await?;
    Ok(answered)
}

/// What a request is about and what was answered, under the name of the member.
async fn log(
    connection: &mut Connection,
    caller: &Caller,
    action: &'static str,
    request: &RaiseRequest,
    now: DateTime<Utc>,
) -> Result<()> {
    let after = match request.status {
        RaiseStatus::Approved => json!({
            "meter": request.own_limit.meter(),
            "limit": request.limit_granted,
            "last_day": request.granted_last_day,
            "answer": request.answer,
        }),
        RaiseStatus::Declined => json!({"answer": request.answer}),
        RaiseStatus::Open | RaiseStatus::Withdrawn => json!({
            "meter": request.own_limit.meter(),
            "limit": request.limit_asked,
            "last_day": request.last_day,
            "reason": request.reason,
        }),
    };
    let subject = request.member.0;
    let change = Change { action, subject, before: None, after: Some(&after) };
    audit::record(connection, caller, change, now).await
}

async fn record(connection: &mut Connection, loaded: &Loaded, news: News) -> Result<()> {
    let event = Event { id: EventId(Uuid::now_v7()), at: loaded.now, news };
    Ok(store::events::record(connection, loaded.state.id, &[event]).await?)
}

impl Words {
    /// What a request asks for, as it is told to people.
    fn requested(&self, loaded: &Loaded, request: &RaiseRequest) -> RaiseRequested {
        RaiseRequested {
            request: request.id,
            member: request.member,
            member_name: request.member_name.clone(),
            meter: self.meter(&request.own_limit.meter()),
            period: request.own_limit.period(&loaded.state, loaded.now),
            limit_now: request.limit_then,
            limit_asked: request.limit_asked,
            last_day: request.last_day,
            reason: request.reason.clone(),
        }
    }
}
