//! Terms of a plan that change while several servers decide by them.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use domain::{
    amount::{Amount, Quantity},
    answer::Decision,
    plans::PlanEdit,
};
use service::{Caller, Clock, ConsumeRequest, NewOrganization, Operator, Service, Store};
use sqlx::PgPool;
use tokio::task::JoinSet;

/// Two of them are two servers. Their clocks stand still, so that only the ledger's numbers tell
/// what came first.
fn server(pool: &PgPool) -> Service {
    let clock = Clock::at("2026-11-21T12:00:00Z".parse().unwrap());
    Service::new(Store::from_pool(pool.clone()), clock)
}

async fn customer(service: &Service, admin: &str) -> Caller {
    let new = NewOrganization {
        name: "Acme".parse().unwrap(),
        plan: "team".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        time_zone: "UTC".parse().unwrap(),
        admin: admin.parse().unwrap(),
    };
    let made = service.create_organization(&Operator::command_line(), new, None).await.unwrap();
    service.caller_of_key(&made.api_key).await.unwrap()
}

async fn grant_monthly(service: &Service, credits: i64) {
    let monthly_credits = Some(Amount::parse("monthly_credits", credits).unwrap());
    let edit = PlanEdit { monthly_credits, ..PlanEdit::default() };
    let (operator, team) = (Operator::command_line(), "team".parse().unwrap());
    service.save_plan(&operator, &team, edit, None).await.unwrap();
}

/// No decision falls between the old terms and the new ones: what was used is within the terms that
/// decided it, whatever the order of events.
#[sqlx::test(migrations = "../migrations")]
async fn every_decision_goes_by_the_terms_that_were_in_force(pool: PgPool) {
    let servers = [server(&pool), server(&pool)];
    servers[0].maintain().await.unwrap();
    let customers =
        [customer(&servers[0], "a@a.test").await, customer(&servers[0], "b@b.test").await];
    let mut uses = JoinSet::new();
    for credits in [4_000, 600, 2_500, 100] {
        for number in 0..80 {
            let (service, caller) =
                (servers[number % 2].clone(), customers[number / 2 % 2].clone());
            let request = ConsumeRequest {
                member: None,
                operation: "prospect_search".parse().unwrap(),
                // Of all that a customer asks for, some fits whatever the terms, and some does not.
                quantity: Quantity::parse("quantity", 40).unwrap(),
                allow_partial: false,
            };
            uses.spawn(async move { service.consume(&caller, request, None).await.unwrap() });
        }
        grant_monthly(&servers[1], credits).await;
    }
    let answers = uses.join_all().await;
    let allowed = answers.iter().filter(|a| matches!(a.decision, Decision::Allowed(_))).count();
    assert!((1..answers.len()).contains(&allowed), "{allowed}");
    let verified = servers[0].verify().await.unwrap();
    assert!(verified.agrees, "{:#?}", verified.disagreements);
}
