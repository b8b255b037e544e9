//! What every test starts with: a server in this process on a database of its own.

use axum::{Router, body::Body, http::Request, response::Response};
use channels::{Courier, CourierConfig, Key};
use chrono::{DateTime, Utc};
use clap::Parser;
use domain::{amount::Quantity, ids::PackId};
use serde_json::{Value, json};
use server::{config::ServeConfig, http};
use service::{Clock, CreatedOrganization, NewOrganization, NewPack, Operator, Service, Store};
use sqlx::PgPool;
use std::time::Duration;
use tower::ServiceExt as _;

/// When the tests begin: a Saturday, at noon.
pub(crate) const NOON: &str = "2026-11-21T12:00:00Z";

/// How long an answer may take, on a machine that is busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A server and one organization with a key of every scope.
pub(crate) struct Api {
    pub pool: PgPool,
    pub clock: Clock,
    pub service: Service,
    pub router: Router,
    pub organization: CreatedOrganization,
}

/// An answer: status, headers, and the body as JSON (or as text, where it is none).
pub(crate) struct Reply {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: Value,
}

impl Reply {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body, if the status is `status`.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

/// The time written as RFC 3339.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

impl Api {
    /// A server with an organization on the plan `enterprise` in Berlin.
    pub(crate) async fn new(pool: PgPool) -> Self {
        Self::on_plan(pool, "enterprise").await
    }

    /// The same on another plan.
    pub(crate) async fn on_plan(pool: PgPool, plan: &str) -> Self {
        let clock = Clock::at(at(NOON));
        let (service, router) = server(&pool, &clock);
        service.maintain().await.unwrap();
        let organization = create(&service, plan, "ann@acme.test").await;
        Self { pool, clock, service, router, organization }
    }

    /// The same server with other flags.
    pub(crate) fn configured(&self, flags: &[&str]) -> Self {
        let router = http::router(self.service.clone(), &configured(flags));
        let (pool, clock, service) = (self.pool.clone(), self.clock.clone(), self.service.clone());
        Self { pool, clock, service, router, organization: self.organization.clone() }
    }

    /// Another server of the same installation.
    pub(crate) fn another_server(&self) -> Self {
        let (service, router) = server(&self.pool, &self.clock);
        let (pool, clock) = (self.pool.clone(), self.clock.clone());
        Self { pool, clock, service, router, organization: self.organization.clone() }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let what = format!("{} {}", request.method(), request.uri());
        let answer =
            async { Reply::read(self.router.clone().oneshot(request).await.unwrap()).await };
        // A request that is never answered must fail its test, not hold up all of them.
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("no answer: {what}"))
    }

    /// A call with the key of every scope and a JSON body; `null` sends none.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        self.call_as(&self.organization.api_key, method, path, body, &[]).await
    }

    /// A call with another key and further headers.
    pub(crate) async fn call_as(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request.body(body).unwrap()).await
    }

    /// Consumes as `member`, without a key.
    pub(crate) async fn consume(&self, member: &str, operation: &str, quantity: i64) -> Reply {
        let body = json!({"member": member, "operation": operation, "quantity": quantity});
        self.call("POST", "/api/v1/consume", body).await
    }

    /// Adds an active member; their id.
    pub(crate) async fn member(&self, email: &str) -> String {
        let body = json!({"email": email, "name": "Somebody", "status": "active"});
        let member = self.call("POST", "/api/v1/members", body).await.expect(201);
        member["id"].as_str().unwrap().to_owned()
    }

    /// Sets the enterprise limit for a month.
    pub(crate) async fn limit(&self, limit: Value) {
        let body = json!({"cycle": {"kind": "monthly"}, "limit": limit,
            "set_aside": true, "packs_extend": true});
        self.call("PUT", "/api/v1/credit-settings", body).await.expect(200);
    }

    /// Sets a member's own limit.
    pub(crate) async fn member_limit(&self, id: &str, limit: Value) -> Value {
        let path = format!("/api/v1/members/{id}/credit-limit");
        self.call("PUT", &path, limit).await.expect(200)
    }

    /// Moves the clock and makes sure that everything stored agrees with the ledger.
    pub(crate) async fn set_time(&self, time: &str) {
        self.clock.set(at(time));
        self.service.maintain().await.unwrap();
    }

    /// Grants a credit pack without an end; its id.
    pub(crate) async fn grant_pack(&self, credits: i64) -> PackId {
        self.grant_pack_until(credits, None).await
    }

    /// Grants a credit pack that Ann bought, until the end of a day; its id.
    pub(crate) async fn grant_pack_until(&self, credits: i64, last_day: Option<&str>) -> PackId {
        let credits = Quantity::parse("credits", credits).unwrap();
        let pack = NewPack {
            credits,
            last_day: last_day.map(|day| day.parse().unwrap()),
            bought_by: Some("Ann Moreau".parse().unwrap()),
        };
        let (operator, id) = (Operator::command_line(), self.organization.id);
        self.service.grant_pack(&operator, id, pack, None).await.unwrap().pack_id
    }

    /// A key of an operator.
    pub(crate) async fn operator_key(&self) -> String {
        let (operator, email) = (Operator::command_line(), "op@allot.test".parse().unwrap());
        self.operator_link("op@allot.test").await;
        let name = "Tests".parse().unwrap();
        self.service.issue_operator_key(&operator, &email, &name).await.unwrap()
    }

    /// Makes an operator; the path of the link that signs them in once.
    pub(crate) async fn operator_link(&self, email: &str) -> String {
        let (operator, name) = (Operator::command_line(), "Olga".parse().unwrap());
        self.service.create_operator(&operator, &email.parse().unwrap(), &name).await.unwrap()
    }

    /// Fails with every disagreement between the ledger and what is stored.
    pub(crate) async fn verify(&self) {
        let result = self.service.verify().await.unwrap();
        assert!(result.agrees, "{:#?}", result.disagreements);
    }

    /// One number from the database.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// A POST under an idempotency key.
    pub(crate) async fn post_once(&self, key: &str, path: &str, body: Value) -> Reply {
        let headers = [("idempotency-key", key)];
        self.call_as(&self.organization.api_key, "POST", path, body, &headers).await
    }

    /// Changes what no call of the API changes.
    pub(crate) async fn sql(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.pool).await.unwrap();
    }

    /// What `GET /api/usage` answers.
    pub(crate) async fn usage(&self) -> Value {
        self.call("GET", "/api/usage", Value::Null).await.expect(200)
    }
}

/// The configuration of a server that is started with `flags`.
pub(crate) fn configured(flags: &[&str]) -> ServeConfig {
    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        serve: ServeConfig,
    }
    Arguments::parse_from([&["test"], flags].concat()).serve
}

fn server(pool: &PgPool, clock: &Clock) -> (Service, Router) {
    let service = Service::new(Store::from_pool(pool.clone()), clock.clone());
    let service = service.delivering_by(courier());
    let router = http::router(service.clone(), &configured(&[]));
    (service, router)
}

/// Sends to this machine, too. The servers of a test have one key.
fn courier() -> Courier {
    Courier::new(CourierConfig {
        allow_private_addresses: true,
        secret_keys: vec![Key::from([7; 32])],
        ..CourierConfig::default()
    })
    .unwrap()
}

/// Makes one more organization.
pub(crate) async fn create(service: &Service, plan: &str, admin: &str) -> CreatedOrganization {
    let new = NewOrganization {
        name: "Acme".parse().unwrap(),
        plan: plan.parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        admin: admin.parse().unwrap(),
    };
    service.create_organization(&Operator::command_line(), new, None).await.unwrap()
}
