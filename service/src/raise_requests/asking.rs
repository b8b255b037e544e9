//! Asking for more, and taking that back.

use super::{
    RaiseAsk, answerable, close, end_of, find, gone, log, open_request, reading::Words, record,
    standing,
};
use crate::{
    Caller, Error, Result, Service, audit, idempotency::Keyed, names::Names, reach::Reach,
};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    ids::{MemberId, RaiseRequestId},
    input::{IdempotencyKey, Invalid, MemberReference},
    notices::News,
    raises::{RaiseRequest, RaiseStatus},
};
use store::{
    Connection,
    raise_requests::{NewRaiseRequest, RaiseAnswer},
};
use uuid::Uuid;

impl Service {
    /// Asks for more of a limit: of the caller's own, or in the name of a member whose requests the caller
    /// answers. One request for each limit can wait for its answer. The same key and request is answered
    /// the same again.
    pub async fn ask_for_raise(
        &self,
        caller: &Caller,
        ask: RaiseAsk,
        key: Option<IdempotencyKey>,
    ) -> Result<RaiseRequest> {
        let own = ask.member.is_none();
        caller.require(if own { Action::ViewOwnUsage } else { Action::AnswerRaiseRequests })?;
        let keyed = Keyed::new(caller, key, "raise_requests", &ask)?;
        let id = caller.organization;
        let (mut transaction, mut loaded) = self.begin_raise(id).await?;
        if let Some(before) = keyed.answered(&mut transaction, id).await? {
            return Ok(before);
        }
        let RaiseAsk { member, own_limit, raise, reason } = ask;
        let member = match member {
            None => caller.member()?,
            Some(name) => named(&mut transaction, caller, &name, loaded.now).await?,
        };
        let limit = standing(&mut transaction, &mut loaded, member, &own_limit).await?;
        let whose = if own { "yours" } else { "theirs" };
        let unknown = format!("is no limit of {whose} that can be raised");
        let limit = limit.ok_or_else(|| Invalid::new("own_limit", unknown))?;
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
        self.commit_request(transaction, &loaded, made, keyed).await
    }

    /// Takes a request back: one of the caller's own or, for a program, one that it could answer.
    pub async fn withdraw_raise(
        &self,
        caller: &Caller,
        request: RaiseRequestId,
        key: Option<IdempotencyKey>,
    ) -> Result<RaiseRequest> {
        let me = caller.member().ok();
        caller.require(me.map_or(Action::AnswerRaiseRequests, |_| Action::ViewOwnUsage))?;
        let keyed = Keyed::new(caller, key, "raise_withdrawal", &request)?;
        let (mut transaction, loaded) = self.begin_raise(caller.organization).await?;
        if let Some(before) = keyed.answered(&mut transaction, caller.organization).await? {
            return Ok(before);
        }
        let found = match me {
            None => answerable(&mut transaction, caller, request, loaded.now).await?,
            Some(me) => own(&mut transaction, caller, me, request).await?,
        };
        let answer = RaiseAnswer {
            status: RaiseStatus::Withdrawn,
            granted: None,
            by: audit::actor(caller),
            text: None,
        };
        let withdrawn = close(&mut transaction, caller, &found, &answer, loaded.now).await?;
        self.commit_request(transaction, &loaded, withdrawn, keyed).await
    }
}

/// A member whom a program names, if it reaches them.
async fn named(
    connection: &mut Connection,
    caller: &Caller,
    name: &MemberReference,
    now: DateTime<Utc>,
) -> Result<MemberId> {
    let texts = [name.to_string()];
    let found = store::members::find(connection, caller.organization, &texts, now).await?;
    let reach = Reach::of(connection, caller, Action::AnswerRaiseRequests, now).await?;
    let member = Names::of(&found).find(name).filter(|of| reach.includes(of.subtenant));
    Ok(member.ok_or(Error::NotFound("member"))?.id)
}

/// A request of the caller's own.
async fn own(
    connection: &mut Connection,
    caller: &Caller,
    me: MemberId,
    request: RaiseRequestId,
) -> Result<RaiseRequest> {
    let found = find(connection, caller, request, Reach::Everybody).await?;
    if found.member == me { Ok(found) } else { Err(gone()) }
}
