//! Notices for tests.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    answer::{LimitScope, ScopeId},
    ids::{EventId, MemberId, OrganizationId, RaiseRequestId},
    notices::{
        LimitReached, MeterDigest, MeterNamed, News, Notice, RaiseAnswered, RaiseRequested,
        UsageDigest,
    },
    period::PeriodKind,
    units::Unit,
};
use uuid::Uuid;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// News of the organization Acme, in Berlin.
pub(crate) fn notice(news: News) -> Notice {
    Notice {
        id: EventId(Uuid::from_u128(7)),
        at: at("2026-11-25T08:30:00Z"),
        organization: OrganizationId(Uuid::from_u128(1)),
        organization_name: "Acme".to_owned(),
        currency: "EUR".to_owned(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        link: "https://allot.example.com/usage?meter=credits&by=day".to_owned(),
        news,
    }
}

pub(crate) fn meter(code: &str, name: &str, unit: &str, scale: u32) -> MeterNamed {
    let unit = Unit { unit: unit.to_owned(), scale };
    MeterNamed { code: code.parse().unwrap(), name: name.to_owned(), unit }
}

pub(crate) fn credits() -> MeterNamed {
    meter("credits", "Credits", "credits", 0)
}

/// Ann Lee's monthly limit of 500 credits, used to `threshold` percent.
pub(crate) fn limit_reached(threshold: u8) -> LimitReached {
    let used = 5 * i64::from(threshold);
    LimitReached {
        scope: LimitScope::Member,
        scope_id: ScopeId::Id(Uuid::from_u128(2)),
        scope_name: Some("Ann Lee".to_owned()),
        meter: credits(),
        period: PeriodKind::Monthly,
        threshold,
        limit: 500,
        used,
        held: 0,
        resets_at: Some(at("2026-11-30T23:00:00Z")),
    }
}

pub(crate) fn raise_requested(reason: &str) -> RaiseRequested {
    RaiseRequested {
        request: RaiseRequestId(Uuid::from_u128(3)),
        member: MemberId(Uuid::from_u128(2)),
        member_name: "Ann Lee".to_owned(),
        meter: credits(),
        period: PeriodKind::Monthly,
        limit_now: Some(500),
        limit_asked: 800,
        last_day: Some(day("2026-11-27")),
        reason: reason.to_owned(),
    }
}

pub(crate) fn raise_answered(granted: Option<i64>) -> RaiseAnswered {
    RaiseAnswered {
        asked: raise_requested("The fair in Hanover."),
        granted,
        granted_last_day: granted.map(|_| day("2026-11-27")),
        answered_by: "Bo Quota".to_owned(),
        answer: "Have a good fair.".to_owned(),
    }
}

pub(crate) fn digest() -> UsageDigest {
    let spend = meter("spend", "Spend", "currency", 6);
    UsageDigest {
        first_day: day("2026-11-16"),
        last_day: day("2026-11-22"),
        meters: vec![
            MeterDigest { meter: credits(), used: 1_200, before: 900 },
            MeterDigest { meter: spend, used: 12_340_000, before: 0 },
        ],
        members: vec![("Ann Lee".to_owned(), 1_000), ("Bo Quota".to_owned(), 200)],
        denied: 12,
        tight: vec![("Sales".to_owned(), 97)],
    }
}

/// What markup is made of in one of the chats, and in HTML.
pub(crate) const MARKUP: &str =
    "<b>*bold*</b> _it_ `code` [link](https://evil.test) <!channel> <@U1> & # > ~x~ \\";
