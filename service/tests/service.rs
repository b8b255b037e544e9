//! Use cases on a real database, at a time that the tests set.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use domain::{
    amount::{Amount, Quantity},
    answer::Decision,
    balances::Holder,
    credits::{CreditCap, CreditSettings},
    input::Code,
    member_limits::LimitChange,
    quotas::QuotaLimitsInput,
    settlement::TimeToLive,
};
use service::{
    Caller, Clock, ConsumeRequest, CreatedOrganization, NewOrganization, NewPack, NewQuota,
    Operator, Service, Store,
};
use sqlx::PgPool;

fn service(pool: &PgPool) -> Service {
    let clock = Clock::at("2026-11-21T12:00:00Z".parse().unwrap());
    Service::new(Store::from_pool(pool.clone()), clock)
}

async fn organization(service: &Service) -> (CreatedOrganization, Caller) {
    service.maintain().await.unwrap();
    let new = NewOrganization {
        name: "Acme".parse().unwrap(),
        plan: "enterprise".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        admin: "ann@acme.test".parse().unwrap(),
    };
    let created = service.create_organization(&Operator::command_line(), new, None).await.unwrap();
    let caller = service.caller_of_key(&created.api_key).await.unwrap();
    (created, caller)
}

fn credits(quantity: i64) -> ConsumeRequest {
    ConsumeRequest {
        member: Some("ann@acme.test".parse().unwrap()),
        operation: "prospect_search".parse().unwrap(),
        quantity: Quantity::parse("quantity", quantity).unwrap(),
        allow_partial: false,
    }
}

async fn limit(service: &Service, caller: &Caller, limit: i64) {
    let limit = Some(Amount::parse("limit", limit).unwrap());
    let settings = CreditSettings { limit, ..CreditSettings::default() };
    service.save_credit_settings(caller, settings, None).await.unwrap();
}

/// Two services are two servers: each has queues of its own, and they meet in the database.
#[sqlx::test(migrations = "../migrations")]
async fn racing_requests_on_two_queues_get_exactly_the_limit(pool: PgPool) {
    let services = [service(&pool), service(&pool)];
    let (_, caller) = organization(&services[0]).await;
    limit(&services[0], &caller, 100).await;
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..400 {
        let (service, caller) = (services[number % 2].clone(), caller.clone());
        requests.spawn(async move { service.consume(&caller, credits(1), None).await.unwrap() });
    }
    let answers = requests.join_all().await;
    let allowed = answers.iter().filter(|a| matches!(a.decision, Decision::Allowed(_))).count();
    assert_eq!((answers.len(), allowed), (400, 100));
    assert!(services[1].verify().await.unwrap().agrees);
}

#[sqlx::test(migrations = "../migrations")]
async fn one_key_has_one_effect_on_two_queues_too(pool: PgPool) {
    let services = [service(&pool), service(&pool)];
    let (_, caller) = organization(&services[0]).await;
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (service, caller) = (services[number % 2].clone(), caller.clone());
        let key = Some("the-same".parse().unwrap());
        requests.spawn(async move { service.consume(&caller, credits(7), key).await.unwrap() });
    }
    let answers = requests.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(services[0].usage_summary(&caller).await.unwrap().quota_used, 7);
}

/// Each way in which what is stored can go wrong, and a part of what is said about it.
const DAMAGES: &[(&str, &str)] = &[
    ("UPDATE balances SET periods[3] = 1 WHERE holder_kind = 'member'", "balance of member"),
    ("UPDATE balances SET periods[4] = 0 WHERE holder_kind = 'organization'", "balance of organ"),
    ("UPDATE balances SET periods[5] = 9 WHERE holder_kind = 'organization'", "balance of organ"),
    ("DELETE FROM ledger WHERE seq = 2", "ledger jumps from 1 to 3"),
    ("DELETE FROM ledger WHERE seq = 4", "ledger ends at 3"),
    ("UPDATE organization_states SET set_aside = set_aside + 5", "set aside"),
    ("UPDATE credit_packs SET remaining = remaining - 1", "left, ledger says"),
    ("UPDATE ledger SET pack_draws = '[]' WHERE from_packs > 0", "the packs named add up to 0"),
    ("UPDATE credit_packs SET granted_at = '2100-01-01'", "out of their turn"),
    ("UPDATE member_limits SET amount = 10", "limit of the member of 10 to"),
    (
        "UPDATE credit_settings SET limit_amount = 1 WHERE version = 2",
        "limit of the organization of 1 to",
    ),
    ("UPDATE plans SET monthly_credits = 100", "limit of the plan of 100 to"),
    ("UPDATE quota_limits SET daily = 5", "daily credits limit of the organization of 5 to"),
    (
        "UPDATE ledger SET consumption_id = (SELECT consumption_id FROM ledger WHERE seq = 1)
        WHERE kind = 'consumption'",
        "took from credits 3 times",
    ),
    (
        "UPDATE ledger SET amount = -1, from_allowance = -1 WHERE seq = 1",
        "gave 1 more than it took from credits",
    ),
    ("UPDATE reservations SET status = 'released'", "is to hold 0 of credits, ledger says 5"),
    ("DELETE FROM ledger WHERE seq = 1", "key k was answered"),
];

#[sqlx::test(migrations = "../migrations")]
async fn verify_finds_every_kind_of_damage(pool: PgPool) {
    let service = service(&pool);
    let (created, caller) = organization(&service).await;
    // A plan so small that packs have to pay for the third request.
    sqlx::query("UPDATE plans SET monthly_credits = 150").execute(&pool).await.unwrap();
    limit(&service, &caller, 150).await;
    sqlx::query(
        "INSERT INTO credit_packs (organization_id, pack_id, credits, remaining, granted_at)
        VALUES ($1, gen_random_uuid(), 500, 500, '2026-11-01')",
    )
    .bind(created.id.0)
    .execute(&pool)
    .await
    .unwrap();
    let cap = CreditCap::Credits { amount: Amount::parse("limit", 400).unwrap() };
    service
        .save_member_limit(&caller, created.admin, LimitChange::lasting(Some(cap)), None)
        .await
        .unwrap();
    for key in [Some("k".parse().unwrap()), None, None] {
        let answer = service.consume(&caller, credits(60), key).await.unwrap();
        assert!(answer.consumption_id.is_some());
    }
    let time_to_live = TimeToLive::parse(None).unwrap();
    service.reserve(&caller, credits(5), time_to_live, None).await.unwrap();
    let daily = QuotaLimitsInput { daily: Some(1_000), ..QuotaLimitsInput::default() };
    let (meter, holder) = (Code::credits(), Holder::Organization);
    let quota = NewQuota { meter, holder, limits: daily, last_day: None, replaces: None };
    service.create_quota(&caller, quota, None).await.unwrap();
    let sound = service.verify().await.unwrap();
    assert_eq!((sound.agrees, sound.entries), (true, 4), "{:?}", sound.disagreements);

    for (damage, said) in DAMAGES {
        let copy = Copy::of(&pool).await;
        sqlx::query(*damage).execute(&pool).await.unwrap();
        let found = service.verify().await.unwrap();
        assert!(!found.agrees, "{damage}");
        let all = found.disagreements.join("\n");
        assert!(all.contains(said), "{damage}\n{all}");
        copy.restore(&pool).await;
    }
    assert!(service.verify().await.unwrap().agrees, "every damage was mended");
}

/// The tables that are damaged, to be put back.
struct Copy;

impl Copy {
    const TABLES: [&str; 10] = [
        "balances",
        "ledger",
        "organization_states",
        "credit_packs",
        "member_limits",
        "credit_settings",
        "plans",
        "idempotency_keys",
        "reservations",
        "quota_limits",
    ];

    async fn of(pool: &PgPool) -> Self {
        for table in Self::TABLES {
            Self::run(pool, format!("CREATE TABLE copy_{table} AS TABLE {table}")).await;
        }
        // The last column of the ledger, which can't be written: it follows from another one.
        Self::run(pool, "ALTER TABLE copy_ledger DROP COLUMN first_pack_id".to_owned()).await;
        Self
    }

    async fn restore(self, pool: &PgPool) {
        for table in Self::TABLES {
            // Plans are referred to and can't be deleted: they are only ever changed.
            if table == "plans" {
                let sql = "UPDATE plans p SET monthly_credits = c.monthly_credits
                    FROM copy_plans c WHERE c.code = p.code";
                Self::run(pool, sql.to_owned()).await;
            } else {
                Self::run(pool, format!("DELETE FROM {table}")).await;
                Self::run(pool, format!("INSERT INTO {table} TABLE copy_{table}")).await;
            }
            Self::run(pool, format!("DROP TABLE copy_{table}")).await;
        }
    }

    async fn run(pool: &PgPool, sql: String) {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(pool).await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_demo_is_made_once_and_agrees_with_its_ledger(pool: PgPool) {
    let service = Service::new(Store::from_pool(pool.clone()), Clock::Database);
    service.maintain().await.unwrap();
    let logins = service.demo().await.unwrap();
    assert_eq!(service.demo().await.unwrap().len(), logins.len());
    for login in logins {
        let signed_in = service.sign_in(login.email, service::DEMO_PASSWORD, None).await.unwrap();
        let caller = service.caller_of_session(signed_in).await.unwrap().unwrap();
        assert_eq!(service.identity(&caller).await.unwrap().email, login.email);
    }
    let verified = service.verify().await.unwrap();
    assert_eq!((verified.agrees, verified.organizations), (true, 1));
}

/// Old idempotency keys and sessions go; those of the promised 7 days stay.
#[sqlx::test(migrations = "../migrations")]
async fn maintenance_removes_only_what_has_expired(pool: PgPool) {
    let clock = Clock::at("2026-11-21T12:00:00Z".parse().unwrap());
    let service = Service::new(Store::from_pool(pool.clone()), clock.clone());
    let (_, caller) = organization(&service).await;
    let first = service.consume(&caller, credits(1), Some("k".parse().unwrap())).await.unwrap();
    clock.set("2026-11-28T12:00:00Z".parse().unwrap());
    service.maintain().await.unwrap();
    let again = service.consume(&caller, credits(1), Some("k".parse().unwrap())).await.unwrap();
    assert_eq!(first, again, "after 7 days it is the first answer again");
    clock.set("2026-11-29T12:00:01Z".parse().unwrap());
    service.maintain().await.unwrap();
    let keys: i64 =
        sqlx::query_scalar("SELECT count(*) FROM idempotency_keys").fetch_one(&pool).await.unwrap();
    assert_eq!(keys, 0);
}

/// What is years old is detached and stays as a table. Levels of gauges, packs and numbers go on as
/// if it were still there.
#[sqlx::test(migrations = "../migrations")]
async fn old_months_of_the_ledger_are_detached_and_nothing_else_changes(pool: PgPool) {
    let clock = Clock::at("2020-03-10T12:00:00Z".parse().unwrap());
    let service = Service::new(Store::from_pool(pool.clone()), clock.clone());
    let (created, caller) = organization(&service).await;
    sqlx::query("UPDATE plans SET monthly_credits = 10").execute(&pool).await.unwrap();
    let pack = Quantity::parse("credits", 100).unwrap();
    service
        .grant_pack(&Operator::command_line(), created.id, NewPack::of(pack), None)
        .await
        .unwrap();
    service.consume(&caller, credits(30), None).await.unwrap();
    let level = |level| Amount::parse("level", level).unwrap();
    let ann = || Some("ann@acme.test".parse().unwrap());
    let storage: Code = "storage".parse().unwrap();
    service.set_gauge(&caller, ann(), storage.clone(), level(70), None).await.unwrap();

    clock.set("2026-11-21T12:00:00Z".parse().unwrap());
    service.maintain().await.unwrap();
    assert!(service.retain_ledger(61).await.is_err(), "a period can have five years");
    let detached = service.retain_ledger(62).await.unwrap();
    assert!(detached.contains(&"ledger_2020_03".to_owned()), "{detached:?}");
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM ledger_2020_03").fetch_one(&pool).await.unwrap();
    assert_eq!(kept, 2);

    assert!(service.rebuild(true).await.unwrap().differences.is_empty());
    let restarted = Service::new(Store::from_pool(pool.clone()), clock);
    let gauge = restarted.set_gauge(&caller, None, storage, level(69), None).await;
    assert!(gauge.is_err(), "Ann still has 70");
    restarted.consume(&caller, credits(15), None).await.unwrap();
    let left = restarted.usage_summary(&caller).await.unwrap().credits_remaining;
    assert_eq!(left, 75, "80 were left, of which 5 were needed on top of the allowance");
    let pack = restarted.packs(&caller).await.unwrap().remove(0);
    assert_eq!((pack.left, pack.carried), (75, 20), "of which the ledger tells no more");
    let behind = restarted.pack_ledger(&caller, pack.id, None).await.unwrap().entries;
    assert_eq!(behind.iter().map(|entry| entry.credits).collect::<Vec<i64>>(), [5]);
    let verified = restarted.verify().await.unwrap();
    assert_eq!((verified.agrees, verified.entries), (true, 1), "{:?}", verified.disagreements);
}

/// Whatever is wrong with balances and packs is said, and put right by the ledger.
#[sqlx::test(migrations = "../migrations")]
async fn rebuild_says_what_is_wrong_and_puts_it_right(pool: PgPool) {
    let service = service(&pool);
    let (created, caller) = organization(&service).await;
    sqlx::query("UPDATE plans SET monthly_credits = 10").execute(&pool).await.unwrap();
    let pack = Quantity::parse("credits", 100).unwrap();
    service
        .grant_pack(&Operator::command_line(), created.id, NewPack::of(pack), None)
        .await
        .unwrap();
    let time_to_live = TimeToLive::parse(None).unwrap();
    service.consume(&caller, credits(30), None).await.unwrap();
    service.reserve(&caller, credits(20), time_to_live, None).await.unwrap();
    sqlx::query("UPDATE balances SET periods[3] = periods[3] + 1").execute(&pool).await.unwrap();
    sqlx::query("UPDATE credit_packs SET remaining = 1").execute(&pool).await.unwrap();

    let found = service.rebuild(false).await.unwrap();
    assert_eq!((found.differences.len(), found.applied), (3, false), "{:?}", found.differences);
    assert!(!service.verify().await.unwrap().agrees, "it was only said");
    let mended = service.rebuild(true).await.unwrap();
    assert_eq!(mended.differences, found.differences);
    assert!(service.verify().await.unwrap().agrees);
    let answer = service.consume(&caller, credits(61), None).await.unwrap();
    assert!(matches!(answer.decision, Decision::Denied(_)), "60 are left");
    service.consume(&caller, credits(60), None).await.unwrap();
    assert!(service.verify().await.unwrap().agrees);
}
