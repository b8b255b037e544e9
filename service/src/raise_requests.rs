//! Raise requests: a member asks for more of a limit of their own; whoever may raise it grants that, or
//! something else, or declines (SPEC section 4). What was granted until a day ends by itself.

mod pages;
mod reading;
mod review;

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    loading::Loaded,
    member_limits, quota_edits,
    quota_history::current,
    reach::Reach,
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Action,
    amount::Amount,
    answer::LimitReport,
    balances::{Account, Holder},
    credits::CreditCap,
    ids::{EventId, MemberId, RaiseRequestId},
    input::{Invalid, Note},
    member_limits::LimitChange,
    notices::{News, RaiseAnswered, RaiseRequested},
    raises::{OwnLimit, Raise, RaiseRequest, RaiseStatus},
    views::MemberStatus,
};
pub(crate) use pages::of_member;
use reading::Words;
use serde_json::json;
use store::{
    Connection, Transaction,
    events::Event,
    raise_requests::{NewRaiseRequest, RaiseAnswer, Wanted},
};
use uuid::Uuid;

/// What a member asks for.
#[derive(Clone, Debug)]
pub struct RaiseAsk {
    /// Of which limit.
    pub own_limit: OwnLimit,
    /// How much, and until when.
    pub raise: Raise,
    /// Why.
    pub reason: Note,
}

/// What somebody grants where that is not just what was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RaiseTerms {
    /// The new limit; `None` is what was asked for.
    pub limit: Option<Amount>,
    /// The last day, or none; `None` is what was asked for.
    pub last_day: Option<Option<NaiveDate>>,
}

impl RaiseTerms {
    /// What is granted to a request.
    fn of(self, request: &RaiseRequest) -> Result<Raise, Invalid> {
        let limit = match self.limit {
            Some(limit) => limit,
            None => Amount::parse("limit", request.limit_asked)?,
        };
        Ok(Raise { limit, last_day: self.last_day.unwrap_or(request.last_day) })
    }
}

impl Service {
    /// Asks for more of a limit of the caller's own. One request for each limit can wait for its answer.
    pub async fn ask_for_raise(&self, caller: &Caller, ask: RaiseAsk) -> Result<RaiseRequest> {
        caller.require(Action::ViewOwnUsage)?;
        let (id, member) = (caller.organization, caller.member()?);
        let mut transaction = self.store.begin(id).await?;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let RaiseAsk { own_limit, raise, reason } = ask;
        let limit = standing(&mut transaction, &mut loaded, member, &own_limit).await?;
        let unknown = || Invalid::new("own_limit", "is no limit of yours that can be raised");
        let limit = limit.ok_or_else(unknown)?;
        if open_request(&mut transaction, &loaded, member, &own_limit).await?.is_some() {
            return Err(Error::RaiseAsked);
        }
        let words = Words::new(&mut transaction, &loaded).await?;
        raise.check(&limit, |amount| words.counted(&own_limit, amount))?;
        end_of(&loaded, raise.last_day)?;
        let new = NewRaiseRequest {
            id: RaiseRequestId(Uuid::now_v7()),
            member,
            own_limit,
            limit_then: limit.limit,
            asked: raise,
            reason,
        };
        store::raise_requests::insert(&mut transaction, id, &new, loaded.now).await?;
        let made = find(&mut transaction, caller, new.id, Reach::Everybody).await?;
        log(&mut transaction, caller, "raise_request.made", &made, loaded.now).await?;
        let news = News::RaiseRequested(words.requested(&loaded, &made));
        record(&mut transaction, &loaded, news).await?;
        self.commit_request(transaction, caller).await?;
        Ok(made)
    }

    /// Takes a request of the caller's own back.
    pub async fn withdraw_raise(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
    ) -> Result<RaiseRequest> {
        caller.require(Action::ViewOwnUsage)?;
        let me = caller.member()?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let loaded = self.load_locked(&mut transaction, caller.organization).await?;
        let found = find(&mut transaction, caller, request, Reach::Everybody).await?;
        if found.member != me {
            return Err(Error::NotFound("request"));
        }
        let answer = RaiseAnswer {
            status: RaiseStatus::Withdrawn,
            granted: None,
            by: audit::actor(caller),
            text: None,
        };
        let withdrawn = close(&mut transaction, caller, &found, &answer, loaded.now).await?;
        self.commit_request(transaction, caller).await?;
        Ok(withdrawn)
    }

    /// Grants a request: what was asked for, or other terms. The next decision goes by it.
    pub async fn approve_raise(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
        terms: RaiseTerms,
        text: Option<Note>,
    ) -> Result<RaiseRequest> {
        let (mut transaction, mut loaded, found) = self.begin_answer(caller, request).await?;
        let limit = grantable(&mut transaction, &mut loaded, &found).await?;
        let limit = limit.map_err(Error::RaiseImpossible)?;
        let words = Words::new(&mut transaction, &loaded).await?;
        let raise = terms.of(&found)?;
        raise.check(&limit, |amount| words.counted(&found.own_limit, amount))?;
        grant(&mut transaction, &mut loaded, caller, &found, raise).await?;
        let answer = RaiseAnswer {
            status: RaiseStatus::Approved,
            granted: Some(raise),
            by: audit::actor(caller),
            text,
        };
        self.answer(transaction, &loaded, caller, (&found, &answer), &words).await
    }

    /// Declines a request, with the reason.
    pub async fn decline_raise(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
        reason: Note,
    ) -> Result<RaiseRequest> {
        let (mut transaction, loaded, found) = self.begin_answer(caller, request).await?;
        let words = Words::new(&mut transaction, &loaded).await?;
        let answer = RaiseAnswer {
            status: RaiseStatus::Declined,
            granted: None,
            by: audit::actor(caller),
            text: Some(reason),
        };
        self.answer(transaction, &loaded, caller, (&found, &answer), &words).await
    }

    /// What every answer begins with: the right, the lock, and a request that is open.
    async fn begin_answer(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
    ) -> Result<(Transaction, Loaded, RaiseRequest)> {
        caller.require(Action::AnswerRaiseRequests)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let loaded = self.load_locked(&mut transaction, caller.organization).await?;
        let action = Action::AnswerRaiseRequests;
        let reach = Reach::of(&mut transaction, caller, action, loaded.now).await?;
        let found = find(&mut transaction, caller, request, reach).await?;
        require_open(&found)?;
        if !may_answer(caller, &found) {
            return Err(Error::OwnRaiseRequest);
        }
        Ok((transaction, loaded, found))
    }

    /// What every answer ends with.
    async fn answer(
        &self,
        mut transaction: Transaction,
        loaded: &Loaded,
        caller: &Caller,
        (found, answer): (&RaiseRequest, &RaiseAnswer),
        words: &Words,
    ) -> Result<RaiseRequest> {
        let answered = close(&mut transaction, caller, found, answer, loaded.now).await?;
        let news = RaiseAnswered {
            asked: words.requested(loaded, &answered),
            granted: answered.limit_granted,
            granted_last_day: answered.granted_last_day,
            answered_by: answered.answered_by.clone().unwrap_or_default(),
            answer: answered.answer.clone(),
        };
        record(&mut transaction, loaded, News::RaiseAnswered(news)).await?;
        self.commit_request(transaction, caller).await?;
        Ok(answered)
    }

    /// Commits, and tells pages that are open: a request alone changes nothing that decisions go by.
    async fn commit_request(&self, transaction: Transaction, caller: &Caller) -> Result<()> {
        transaction.commit().await.map_err(store::Error::from)?;
        self.live.note(caller.organization);
        Ok(())
    }
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
    found.into_iter().next().ok_or(Error::NotFound("request"))
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

/// Puts what is granted into force.
async fn grant(
    transaction: &mut Transaction,
    loaded: &mut Loaded,
    caller: &Caller,
    request: &RaiseRequest,
    raise: Raise,
) -> Result<()> {
    let member = request.member;
    match &request.own_limit {
        OwnLimit::Credits => {
            let cap = Some(CreditCap::Credits { amount: raise.limit });
            let change = LimitChange { cap, last_day: raise.last_day };
            member_limits::raise(transaction, loaded, caller, member, change).await
        }
        OwnLimit::Quota { meter, period } => {
            let ends_at = end_of(loaded, raise.last_day)?;
            let account: Account = (Holder::Member(member), meter.clone());
            let quota = current(transaction, loaded.state.id, &account, loaded.now).await?;
            let quota = quota.ok_or(Error::NotFound("quota"))?;
            let to = (*period, raise.limit);
            let raised = quota_edits::raise(transaction, caller, loaded, &quota, to, ends_at).await;
            match raised {
                // Such as a daily limit that would be above the monthly one.
                Err(Error::Invalid(invalid)) => Err(invalid.at("limit").into()),
                other => other.map(|_| ()),
            }
        }
    }
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
