//! A hundred administrators and consumers at once, on two servers of which one after the other is killed or
//! told to stop: every answer is one that is documented, and in the end everything agrees.

mod calls;
#[path = "../../../../service/tests/faults/dice.rs"]
mod dice;
mod people;
mod servers;

use crate::support::{Installation, call};
use calls::Calls;
use dice::Dice;
use people::{Person, World};
use servers::Servers;
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Of a hundred people so many are administrators, and one is the operator.
const PEOPLE: usize = 100;
const ADMINISTRATORS: usize = 25;
const ORGANIZATIONS: usize = 3;
/// How long all of this goes on if nobody says otherwise.
const USUALLY: Duration = Duration::from_secs(5);
/// Says for how many minutes it is to go on instead.
const MINUTES: &str = "ALLOT_EVERYONE_MINUTES";
/// Says which numbers are thrown.
const SEED: &str = "ALLOT_EVERYONE_SEED";

#[sqlx::test(migrations = "../migrations")]
async fn everyone_at_once_is_answered_as_documented_while_servers_come_and_go(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || everyone(&installation)).await.unwrap();
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().unwrap())
}

fn everyone(installation: &Installation) {
    let minutes = number(MINUTES);
    let time = minutes.map_or(USUALLY, Duration::from_mins);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number(SEED).unwrap_or_else(|| u64::try_from(now.as_millis()).unwrap());
    let minutes = minutes.map(|minutes| format!("{MINUTES}={minutes} ")).unwrap_or_default();
    println!(
        "to run it again: {minutes}{SEED}={seed} cargo test -p server --test processes -- everyone"
    );

    let mut servers = Servers::start(installation);
    let world = World::new(installation, ORGANIZATIONS);
    let calls = Calls::default();
    let end = Instant::now() + time;
    let is_over = || Instant::now() >= end;
    thread::scope(|scope| {
        for number in 0..PEOPLE {
            let (slots, calls, world) = (servers.slots(), &calls, &world);
            scope.spawn(move || {
                let dice = Dice::new(seed.wrapping_add(u64::try_from(number).unwrap()));
                let organization = &world.organizations[number % ORGANIZATIONS];
                let mut person = Person::new(dice, organization, world, slots, calls);
                while !is_over() {
                    match number {
                        0 => person.operate(),
                        1..=ADMINISTRATORS => person.administer(),
                        _ => person.consume(),
                    }
                }
            });
        }
        servers.come_and_go(installation, &Dice::new(seed), &calls, is_over);
    });
    calls.print();
    println!("servers that were told to stop: {}, killed: {}", servers.stopped, servers.killed);
    assert!(servers.stopped + servers.killed > 0 && calls.total() > 100);

    // Whoever was answered is answered the same again.
    for (organization, key, body, answer) in calls.remembered() {
        let organization = &world.organizations[organization];
        let url = servers.slots()[0].url();
        let consume = ("POST", "/api/v1/consume");
        let again =
            call(&crate::support::agent(), &url, &organization.token, consume, Some(&key), &body);
        assert_eq!(again.unwrap().1, answer, "the same answer as before");
    }
    let verified = installation.answer(&["verify"]);
    println!("verify: {verified}");
    assert_eq!(verified["agrees"], true, "{verified:#}");
    servers.stop();
}
