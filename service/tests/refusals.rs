//! What is known of requests that were denied, on a real database, at a time that the tests set.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use chrono::{DateTime, Utc};
use domain::{
    amount::{Amount, Quantity},
    answer::{Decision, LimitScope},
    credits::CreditCap,
    ids::MemberId,
    member_limits::LimitChange,
    period::{PeriodKind, Window},
    refusals::{Refusals, Verdict},
    views::MemberStatus,
};
use service::{
    Caller, Clock, ConsumeRequest, MemberEdit, NewMember, NewOrganization, Operator, Service, Store,
};
use sqlx::PgPool;
use store::refusals::{Counted, Wanted};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An organization whose members Bob and Eve have limits of no credits.
struct Acme {
    store: Store,
    clock: Clock,
    service: Service,
    caller: Caller,
    bob: MemberId,
    eve: MemberId,
}

impl Acme {
    async fn new(pool: &PgPool) -> Self {
        let clock = Clock::at(at("2026-11-21T12:00:00Z"));
        let store = Store::from_pool(pool.clone());
        let service = Service::new(store.clone(), clock.clone());
        service.maintain().await.unwrap();
        let new = NewOrganization {
            name: "Acme".parse().unwrap(),
            plan: "enterprise".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            time_zone: "Europe/Berlin".parse().unwrap(),
            admin: "ann@acme.test".parse().unwrap(),
        };
        let operator = Operator::command_line();
        let created = service.create_organization(&operator, new, None).await.unwrap();
        let caller = service.caller_of_key(&created.api_key).await.unwrap();
        let [bob, eve] =
            [member(&service, &caller, "bob").await, member(&service, &caller, "eve").await];
        Self { store, clock, service, caller, bob, eve }
    }

    async fn denied(&self, name: &str, quantity: i64) {
        let request = ConsumeRequest {
            member: Some(name.parse().unwrap()),
            operation: "prospect_search".parse().unwrap(),
            quantity: Quantity::parse("quantity", quantity).unwrap(),
            allow_partial: false,
        };
        let answer = self.service.consume(&self.caller, request, None).await.unwrap();
        assert!(matches!(answer.decision, Decision::Denied(_)));
    }

    async fn newest_of(&self, member: MemberId, since: &str) -> Vec<Refusals> {
        let id = self.caller.organization();
        let mut connection = self.store.read(id).await.unwrap();
        store::refusals::newest_of(&mut connection, id, member, at(since), 20).await.unwrap()
    }

    async fn count(&self, wanted: Wanted) -> Vec<Counted> {
        let id = self.caller.organization();
        let mut connection = self.store.read(id).await.unwrap();
        store::refusals::count(&mut connection, id, wanted).await.unwrap()
    }
}

/// Adds a member who goes by a name, and may use nothing.
async fn member(service: &Service, caller: &Caller, name: &str) -> MemberId {
    let new = NewMember {
        email: format!("{name}@acme.test").parse().unwrap(),
        name: name.parse().unwrap(),
        external_id: Some(name.parse().unwrap()),
        subtenant: None,
        job_role: "other".parse().unwrap(),
        status: MemberStatus::Active,
        roles: vec![domain::access::Role::Member],
        limit: None,
    };
    let id = service.add_member(caller, new, None).await.unwrap().id;
    let cap = CreditCap::Credits { amount: Amount::parse("amount", 0).unwrap() };
    let change = LimitChange::lasting(Some(cap));
    service.save_member_limit(caller, id, change, None).await.unwrap();
    id
}

#[sqlx::test(migrations = "../migrations")]
async fn a_quarter_of_an_hour_keeps_its_first_and_explains_its_last(pool: PgPool) {
    let acme = Acme::new(&pool).await;
    for (time, quantity) in [("12:14:59", 1), ("12:15:00", 2), ("12:20:00", 3), ("12:29:59", 4)] {
        acme.clock.set(at(&format!("2026-11-21T{time}Z")));
        acme.denied("bob", quantity).await;
    }
    let found = acme.newest_of(acme.bob, "2026-11-21T12:00:00Z").await;
    let spans: Vec<_> = found.iter().map(|one| (one.times, one.first_at, one.last_at)).collect();
    let [early, first, last] =
        ["12:14:59", "12:15:00", "12:29:59"].map(|time| at(&format!("2026-11-21T{time}Z")));
    assert_eq!(spans, [(3, first, last), (1, early, early)], "the newest first");
    assert_eq!(acme.newest_of(acme.bob, "2026-11-21T12:15:00Z").await, found[..1]);
    assert_eq!(acme.newest_of(acme.eve, "2026-11-21T12:00:00Z").await, []);

    let card = &found[0].last;
    assert_eq!((card.quantity, card.would_fit), (4, 0));
    let chain: Vec<_> = card.chain.iter().map(|link| (link.limit.scope, link.verdict)).collect();
    let expected = [(LimitScope::Plan, Verdict::Passed), (LimitScope::Member, Verdict::Binds)];
    assert_eq!(chain, expected);
    assert_eq!(card.binding().unwrap().name(), found[0].kind.limit);
}

#[sqlx::test(migrations = "../migrations")]
async fn denials_are_counted_between_two_instants_within_a_subtenant_or_of_a_member(pool: PgPool) {
    let acme = Acme::new(&pool).await;
    let (service, caller) = (&acme.service, &acme.caller);
    let north = service.add_subtenant(caller, "North".parse().unwrap(), None).await.unwrap();
    for _ in 0..2 {
        acme.denied("eve", 1).await;
    }
    acme.clock.set(at("2026-11-22T00:00:00Z"));
    let moved = MemberEdit { subtenant: Some(Some(north)), ..MemberEdit::default() };
    service.edit_member(caller, acme.eve, moved, None).await.unwrap();
    for name in ["bob", "eve", "eve", "eve"] {
        acme.denied(name, 1).await;
    }
    let between = |from, to| {
        let window = Window { starts_at: at(from), ends_at: at(to) };
        Wanted { window, subtenant: None, member: None, size: 100 }
    };
    let all = between("2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z");
    let numbers = async |wanted| -> Vec<(Option<MemberId>, i64)> {
        acme.count(wanted).await.iter().map(|one| (one.member, one.times)).collect()
    };
    let (bob, eve) = (Some(acme.bob), Some(acme.eve));
    assert_eq!(numbers(all).await, [(eve, 5), (bob, 1)], "the most frequent first");
    assert_eq!(numbers(Wanted { size: 1, ..all }).await, [(eve, 5)]);
    assert_eq!(numbers(Wanted { member: bob, ..all }).await, [(bob, 1)]);
    assert_eq!(numbers(Wanted { subtenant: Some(north), ..all }).await, [(eve, 3)]);

    let first = acme.count(between("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")).await;
    let [Counted { member, limit, times }] = &first[..] else { panic!("{first:?}") };
    assert_eq!((*member, *times), (eve, 2));
    assert_eq!((limit.scope, limit.period), (LimitScope::Member, PeriodKind::Monthly));
    let (meter, scope_id) = (limit.meter.as_str(), limit.scope_id.to_string());
    assert_eq!((meter, scope_id), ("credits", acme.eve.to_string()));
}

#[sqlx::test(migrations = "../migrations")]
async fn denials_are_kept_for_as_long_as_the_ledger_at_least(pool: PgPool) {
    let acme = Acme::new(&pool).await;
    acme.denied("bob", 1).await;
    let (ever, mut known) = ("2026-01-01T00:00:00Z", Vec::new());
    for now in ["2032-01-21T12:00:00Z", "2032-01-21T12:00:01Z"] {
        acme.clock.set(at(now));
        acme.service.maintain().await.unwrap();
        known.push(acme.newest_of(acme.bob, ever).await.len());
    }
    assert_eq!(known, [1, 0]);
}
