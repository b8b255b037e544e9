use crate::{
    dice::Dice,
    installation::{Installation, times},
    load::Load,
};
use chrono::{DateTime, TimeDelta, Utc};
use service::{Clock, Service, Store};
use sqlx::PgPool;

/// How often the clock is set.
const STEPS: usize = 40;
/// Requests that are answered from one step to the next.
const BETWEEN: usize = 15;

/// The clock jumps back and forth, across the ends of days and of a month, for both servers.
#[sqlx::test(migrations = "../migrations")]
async fn a_clock_that_jumps_breaks_no_limit(pool: PgPool) {
    let begin: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
    let clock = Clock::at(begin);
    let server = || Service::new(Store::from_pool(pool.clone()), clock.clone());
    let installation = Installation::new(server(), pool.clone()).await;

    let load = Load::new(vec![server(), server()], installation.caller.clone());
    let told = load
        .run(async {
            let dice = Dice::new(3);
            for _ in 0..STEPS * times() {
                load.progress(BETWEEN).await;
                clock.set(begin + TimeDelta::minutes(dice.up_to(20 * 60)));
            }
            println!("clocks set: {}", STEPS * times());
        })
        .await;
    told.report();
    installation.check(&told).await;
}
