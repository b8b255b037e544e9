//! Consumes, meets a limit, holds rows for work under way, and uses a part of them.

use allot_client::{Client, Decision, Key, Outcome, Request, ReservationDecision, WhenUnreachable};
use std::{env, error::Error, time::Duration};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let allot = Client::new(&env::var("ALLOT_URL")?, &env::var("ALLOT_KEY")?)?;
    for (order, quantity) in [("rust-1", 25), ("rust-2", 900)] {
        let search = Request::new("prospect_search", quantity).member("eve@acme.test");
        match allot.consume(&Key::new(order)?, &search, WhenUnreachable::FailClosed).await? {
            Outcome::Decided(Decision::Allowed(allowed)) => println!("granted {}", allowed.granted),
            Outcome::Decided(Decision::Denied(denied)) => {
                let limits: Vec<_> = denied.failed.iter().map(|failed| &failed.limit).collect();
                let names = limits.iter().map(|limit| format!("{} {}", limit.scope, limit.meter));
                println!("refused by {}", names.collect::<Vec<_>>().join(", "));
            }
            Outcome::Undecided { unreachable, .. } => println!("try again later: {unreachable}"),
        }
    }
    let export = Request::new("prospect_search", 100).member("eve@acme.test");
    let minutes = Duration::from_mins(15);
    if let ReservationDecision::Held(held) =
        allot.reserve(&Key::new("rust-3")?, &export, minutes).await?
    {
        let used = allot.commit(&Key::new("rust-4")?, &held.reservation_id, 60).await?;
        println!("used {}, gave back {}", used.committed, used.released);
    }
    Ok(())
}
