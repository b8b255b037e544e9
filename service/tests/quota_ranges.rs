//! Ranges of quotas under concurrent writers: whatever they do, those of one scope neither overlap
//! nor leave a gap (SPEC section 6).

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    balances::Holder,
    ids::{MemberId, QuotaId, SubtenantId},
    input::Code,
    quotas::{QuotaLimitsInput, QuotaLimitsPatch},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use service::{
    Caller, Clock, Error, NewOrganization, NewQuota, Operator, QuotaFilter, SavedQuota, Service,
    Store,
};
use sqlx::PgPool;
use tokio::task::JoinSet;

/// What one writer does to the quotas of one scope.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Create(i64),
    Change(i64),
    Delete,
}

/// What writers do at once, each to one of three scopes, and the seconds until the next round.
type Round = (Vec<(usize, Edit)>, i64);

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let edit = prop_oneof![
        3 => (1..100_i64).prop_map(Edit::Create),
        2 => (1..100_i64).prop_map(Edit::Change),
        2 => Just(Edit::Delete),
    ];
    let round = (prop::collection::vec((0..3_usize, edit), 1..7), 0..2_i64);
    prop::collection::vec(round, 1..12)
}

/// Two servers, and one organization of theirs.
struct Installation {
    servers: [Service; 2],
    clock: Clock,
    caller: Caller,
    scopes: [Holder; 3],
}

impl Installation {
    async fn new(pool: &PgPool, number: usize) -> Self {
        let clock = Clock::at(noon());
        let server = || Service::new(Store::from_pool(pool.clone()), clock.clone());
        let servers = [server(), server()];
        let new = NewOrganization {
            name: "Acme".parse().unwrap(),
            plan: "enterprise".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            time_zone: "Europe/Berlin".parse().unwrap(),
            admin: format!("ann{number}@acme.test").parse().unwrap(),
        };
        let operator = Operator::command_line();
        let created = servers[0].create_organization(&operator, new, None).await.unwrap();
        let caller = servers[0].caller_of_key(&created.api_key).await.unwrap();
        let north = servers[0].add_subtenant(&caller, "North".parse().unwrap(), None).await;
        let north: SubtenantId = north.unwrap();
        let ann: MemberId = created.admin;
        let scopes = [Holder::Organization, Holder::Subtenant(north), Holder::Member(ann)];
        Self { servers, clock, caller, scopes }
    }

    /// What is in force on a scope.
    async fn current(&self, scope: usize) -> Option<SavedQuota> {
        let filter = QuotaFilter { meter: None, holder: None, cursor: None, size: 1_000 };
        let all = self.servers[0].quotas(&self.caller, &filter).await.unwrap().quotas;
        let of_scope = |quota: &SavedQuota| match self.scopes[scope] {
            Holder::Organization => quota.subtenant.is_none() && quota.member.is_none(),
            Holder::Subtenant(of) => quota.subtenant == Some(of),
            Holder::Member(of) => quota.member == Some(of),
        };
        all.into_iter().find(|quota| of_scope(quota) && quota.to.is_none())
    }

    /// Lets writers loose at once; every one is answered, or told that another one was first.
    async fn play(&self, edits: &[(usize, Edit)]) {
        let mut writers = JoinSet::new();
        for (number, (scope, edit)) in edits.iter().copied().enumerate() {
            let (server, caller) = (self.servers[number % 2].clone(), self.caller.clone());
            let (holder, current) = (self.scopes[scope], self.current(scope).await);
            writers.spawn(async move { carry_out(&server, &caller, holder, current, edit).await });
        }
        while let Some(done) = writers.join_next().await {
            let lost = [Error::QuotaClosed, Error::NotFound("quota")];
            match done.unwrap() {
                Ok(()) | Err(Error::Stale { .. }) => {}
                Err(other) => assert!(lost.contains(&other), "{other:?}"),
            }
        }
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

async fn carry_out(
    server: &Service,
    caller: &Caller,
    holder: Holder,
    current: Option<SavedQuota>,
    edit: Edit,
) -> Result<(), Error> {
    let id = current.map_or(QuotaId(uuid::Uuid::nil()), |current| current.id);
    match edit {
        Edit::Create(daily) => {
            let limits = QuotaLimitsInput { daily: Some(daily), ..QuotaLimitsInput::default() };
            let new =
                NewQuota { meter: Code::spend(), holder, limits, last_day: None, replaces: None };
            server.create_quota(caller, new, None).await.map(|_| ())
        }
        Edit::Change(daily) => {
            let patch =
                QuotaLimitsPatch { daily: Some(Some(daily)), ..QuotaLimitsPatch::default() };
            server.edit_quota(caller, id, patch, None).await.map(|_| ())
        }
        Edit::Delete => server.delete_quota(caller, id, None).await.map(|_| ()),
    }
}

/// The scopes whose quotas, taken together, are not one range without an end, or whose limits in
/// force are not those of the quota in force.
const WRONG: &str = "
    SELECT count(*) FROM (
        SELECT range_agg(valid) AS together FROM quotas
        WHERE deleted_at IS NULL GROUP BY organization_id, holder_id
    ) of_scope
    WHERE upper(together) IS NOT NULL OR (SELECT count(*) FROM unnest(together)) <> 1";
const WRONG_LIMITS: &str = "
    SELECT count(*) FROM quotas q WHERE (q.deleted_at IS NULL AND upper_inf(q.valid)) <> EXISTS (
        SELECT FROM quota_limits l WHERE l.organization_id = q.organization_id
            AND l.quota_id = q.quota_id AND upper_inf(l.valid))";

#[sqlx::test(migrations = "../migrations")]
async fn ranges_of_one_scope_neither_overlap_nor_leave_a_gap(pool: PgPool) {
    Service::new(Store::from_pool(pool.clone()), Clock::at(noon())).maintain().await.unwrap();
    let mut runner = TestRunner::default();
    for number in 0..16 {
        let history = rounds().new_tree(&mut runner).unwrap().current();
        let installation = Installation::new(&pool, number).await;
        let mut now = noon();
        for (edits, seconds) in &history {
            installation.play(edits).await;
            for wrong in [WRONG, WRONG_LIMITS] {
                let found: i64 = sqlx::query_scalar(wrong).fetch_one(&pool).await.unwrap();
                assert_eq!(found, 0, "{wrong} after {edits:?} of {history:#?}");
            }
            now += TimeDelta::seconds(*seconds);
            installation.clock.set(now);
        }
        assert!(installation.servers[1].verify().await.unwrap().agrees);
    }
}
