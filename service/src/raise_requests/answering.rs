//! Granting what is asked for, or declining.

use super::{RaiseTerms, answerable, close, end_of, grantable, reading::Words, record};
use crate::{
    Caller, Error, Result, Service, audit, idempotency::Keyed, loading::Loaded, member_limits,
    quota_edits, quota_history::current,
};
use domain::{
    access::Action,
    amount::Amount,
    balances::{Account, Holder},
    credits::CreditCap,
    ids::RaiseRequestId,
    input::{IdempotencyKey, Invalid, Note},
    member_limits::LimitChange,
    notices::{News, RaiseAnswered},
    raises::{OwnLimit, Raise, RaiseRequest, RaiseStatus},
};
use store::{Transaction, raise_requests::RaiseAnswer};

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
    /// Grants a request: what was asked for, or other terms. The next decision goes by it.
    pub async fn approve_raise(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
        (terms, text): (RaiseTerms, Option<Note>),
        key: Option<IdempotencyKey>,
    ) -> Result<RaiseRequest> {
        caller.require(Action::AnswerRaiseRequests)?;
        let keyed = Keyed::new(caller, key, "raise_approval", &(request, terms, &text))?;
        let (mut transaction, mut loaded) = self.begin_raise(caller.organization).await?;
        if let Some(before) = keyed.answered(&mut transaction, caller.organization).await? {
            return Ok(before);
        }
        let found = answerable(&mut transaction, caller, request, loaded.now).await?;
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
        self.answer(transaction, &loaded, caller, (&found, &answer), keyed).await
    }

    /// Declines a request, with the reason.
    pub async fn decline_raise(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
        reason: Note,
        key: Option<IdempotencyKey>,
    ) -> Result<RaiseRequest> {
        caller.require(Action::AnswerRaiseRequests)?;
        let keyed = Keyed::new(caller, key, "raise_refusal", &(request, &reason))?;
        let (mut transaction, loaded) = self.begin_raise(caller.organization).await?;
        if let Some(before) = keyed.answered(&mut transaction, caller.organization).await? {
            return Ok(before);
        }
        let found = answerable(&mut transaction, caller, request, loaded.now).await?;
        let answer = RaiseAnswer {
            status: RaiseStatus::Declined,
            granted: None,
            by: audit::actor(caller),
            text: Some(reason),
        };
        self.answer(transaction, &loaded, caller, (&found, &answer), keyed).await
    }

    /// What every answer ends with: those concerned are told.
    async fn answer(
        &self,
        mut transaction: Transaction,
        loaded: &Loaded,
        caller: &Caller,
        (found, answer): (&RaiseRequest, &RaiseAnswer),
        keyed: Keyed,
    ) -> Result<RaiseRequest> {
        let answered = close(&mut transaction, caller, found, answer, loaded.now).await?;
        let words = Words::new(&mut transaction, loaded).await?;
        let news = RaiseAnswered {
            asked: words.requested(loaded, &answered),
            granted: answered.limit_granted,
            granted_last_day: answered.granted_last_day,
            answered_by: answered.answered_by.clone().unwrap_or_default(),
            answer: answered.answer.clone(),
        };
        record(&mut transaction, loaded, News::RaiseAnswered(news)).await?;
        self.commit_request(transaction, loaded, answered, keyed).await
    }
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
