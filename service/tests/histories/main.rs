//! Histories: whatever customers, administrators and time may do, in random order, on two servers
//! that share a real database, step by step against a model that works everything out anew from all
//! that ever happened.
//!
//! Without further ado the same few histories run each time. `ALLOT_HISTORIES=1000` runs as many
//! new ones. A history that goes wrong is made shorter as far as possible and shown, with the
//! line that runs it again:
//!
//! ```text
//! PROPTEST_RNG_SEED=4711 ALLOT_HISTORIES=1 cargo test -p service --test histories
//! ```

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod answers;
mod calendar;
mod commands;
mod edits;
mod model;
mod rules;
mod servers;
mod work;

use crate::{
    calendar::Span,
    commands::{ALLOWANCE, Node, Step},
    model::Model,
    servers::Servers,
};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use sqlx::PgPool;
use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicUsize, Ordering},
};
use tokio::runtime::Handle;

/// Histories that run when nobody asks for a number of them.
const HISTORIES: u64 = 24;
/// The longest history, in commands.
const STEPS: usize = 80;
/// After so many commands everything that is stored is compared with the model.
const BETWEEN_AUDITS: usize = 20;
/// For how many milliseconds one that goes wrong is made shorter.
const SHRINKING: u32 = 120_000;

#[sqlx::test(migrations = "../migrations")]
async fn histories_agree_with_the_model(pool: PgPool) {
    let pool = without_jit(&pool).await;
    edits::add_catalogue(&pool).await;
    let handle = Handle::current();
    let histories = tokio::task::spawn_blocking(move || run_all(&pool, &handle));
    if let Err(failed) = histories.await {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// The same database, whose queries are not compiled: there is next to nothing in it, and compiling
/// what looks into every month of the ledger would take most of the time.
async fn without_jit(pool: &PgPool) -> PgPool {
    let options = pool.connect_options().as_ref().clone().options([("jit", "off")]);
    PgPool::connect_with(options).await.unwrap()
}

fn run_all(pool: &PgPool, handle: &Handle) {
    let asked: Option<u64> =
        std::env::var("ALLOT_HISTORIES").ok().map(|number| number.parse().unwrap());
    let first = match (Config::default().rng_seed, asked) {
        (RngSeed::Fixed(seed), _) => seed,
        (RngSeed::Random, Some(_)) => u64::from(getrandom::u32().unwrap()),
        (RngSeed::Random, None) => 1,
    };
    let number = asked.unwrap_or(HISTORIES);
    for seed in first..first + number {
        run_one(pool, handle, seed);
    }
    println!("{number} histories from seed {first} on agree with the model");
}

/// One history per seed, so that each can be run again alone.
fn run_one(pool: &PgPool, handle: &Handle, seed: u64) {
    let config = Config {
        cases: 1,
        failure_persistence: None,
        // The time is what bounds it.
        max_shrink_iters: 1_000_000,
        max_shrink_time: SHRINKING,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let histories = Model::sequential_strategy(STEPS / 2..=STEPS);
    let outcome = TestRunner::new(config).run(&histories, |(model, steps, seen)| {
        let history = run_history(pool, model, steps, seen.as_deref());
        let ended = std::panic::catch_unwind(AssertUnwindSafe(|| handle.block_on(history)));
        handle.block_on(edits::forget_organizations(pool));
        ended.map_err(|_| TestCaseError::fail("see above"))
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("{reason}"),
        Err(TestError::Fail(_, (model, steps, _))) => {
            println!("\nin {} from {} on:", model.zone, model.began);
            for (number, step) in steps.iter().enumerate() {
                println!("{number:4}  server {}: {:?}", step.server, step.command);
            }
            panic!(
                "this history goes wrong as said above; to run it again: PROPTEST_RNG_SEED={seed} \
                 ALLOT_HISTORIES=1 cargo test -p service --test histories"
            );
        }
    }
}

async fn run_history(
    pool: &PgPool,
    mut model: Model,
    steps: Vec<Step>,
    seen: Option<&AtomicUsize>,
) {
    let mut servers = Servers::new(pool, &model).await;
    for (number, step) in steps.iter().enumerate() {
        // Tells proptest how far this went before it failed.
        if let Some(seen) = seen {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        model = Model::apply(model, step);
        let outcome = servers.happen(step, &model).await;
        assert_eq!(outcome, model.outcome, "answer and model, command {number}: {step:?}");
        if number % BETWEEN_AUDITS == BETWEEN_AUDITS - 1 || number + 1 == steps.len() {
            audit(&servers, &model).await;
        }
    }
}

/// Everything that is stored and shown agrees with the ledger and with the model.
async fn audit(servers: &Servers, model: &Model) {
    let [one, other] = &servers.services;
    servers.expire(one).await;
    let verified = other.verify().await.unwrap();
    assert!(verified.agrees, "verify at {}: {:#?}", model.now, verified.disagreements);
    let rebuilt = one.rebuild(false).await.unwrap();
    assert!(rebuilt.differences.is_empty(), "{:#?}", rebuilt.differences);

    let summary = other.usage_summary(&servers.caller).await.unwrap();
    let month = model.sum(Node::Organization, "credits", Span::BillingMonth);
    let (used, held) = (month.used - month.used_of_packs, month.held - month.held_of_packs);
    let in_packs: i64 = model.packs_in_turn().iter().map(|(_, left)| left).sum();
    assert_eq!(summary.quota_used, used);
    assert_eq!(summary.quota_remaining, (ALLOWANCE - used - held).max(0));
    assert_eq!(summary.credits_remaining, in_packs);

    let sql = "SELECT COALESCE(sum(times), 0)::bigint FROM refusals";
    let refused: i64 = sqlx::query_scalar(sql).fetch_one(&servers.pool).await.unwrap();
    assert_eq!(refused, servers.denied, "every denial is recorded once");

    for (position, pack) in servers.names.packs.iter().enumerate() {
        let sql = "SELECT remaining FROM credit_packs WHERE pack_id = $1";
        let left: i64 =
            sqlx::query_scalar(sql).bind(pack.0).fetch_one(&servers.pool).await.unwrap();
        assert_eq!(left, model.left_in(position), "left in pack {position}");
    }
}
