//! A small server that answers what each test tells it to, and what it answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allot_client::{Client, Error, Key, Outcome, Request, Retries, WhenUnreachable};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const QUICK: Retries = Retries {
    budget: Duration::from_secs(10),
    attempt: Duration::from_secs(10),
    first_pause: Duration::from_micros(10),
    longest_pause: Duration::from_micros(100),
    longest_retry_after: Duration::from_micros(100),
};

/// The first pause is longer than the budget, so that one attempt is all there is.
pub(crate) const ONCE: Retries =
    Retries { first_pause: Duration::from_mins(1), longest_pause: Duration::from_mins(1), ..QUICK };

/// An answer to give: its status, `Retry-After` and body.
pub(crate) type Planned = (u16, Option<u64>, String);

/// A request that arrived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) call: String,
    pub(crate) key: Option<String>,
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

/// A server with the answers that it will give, one after the other; the last one stays.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    answers: Arc<Mutex<VecDeque<Planned>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn start(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let plain = |(status, body): (u16, Value)| (status, None, body.to_string());
        Self::start_with(answers.into_iter().map(plain)).await
    }

    pub(crate) async fn start_with(answers: impl IntoIterator<Item = Planned>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            seen: Arc::default(),
        };
        let state = server.clone();
        let router = Router::new().fallback(
            async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                state.answer(&method, &uri, &headers, &body)
            },
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
        let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap().to_owned());
        self.seen.lock().unwrap().push(Seen {
            call: format!("{method} {uri}"),
            key: text("idempotency-key"),
            authorization: text("authorization").unwrap(),
            body: serde_json::from_slice(body).unwrap_or_default(),
        });
        let mut answers = self.answers.lock().unwrap();
        let last = answers.len() == 1;
        let answer = if last { answers.front().cloned() } else { answers.pop_front() };
        let (status, retry_after, body) = answer.unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let mut response = (status, body).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(QUICK)
    }

    pub(crate) fn client_with(&self, retries: Retries) -> Client {
        Client::builder(&self.url, "allot_test").no_proxy().retries(retries).build().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub(crate) fn limit() -> Value {
    json!({
        "scope": "subtenant", "scope_id": "s-1", "meter": "credits", "period": "yearly",
        "limit": 100, "used": 25, "reserved": 0, "set_aside": 0, "remaining": 75,
        "resets_at": "2027-01-01T00:00:00Z",
    })
}

pub(crate) fn allowed() -> Value {
    let charge = json!({"meter": "credits", "amount": 25, "from_allowance": 20, "from_packs": 5});
    json!({
        "decision": "allowed", "consumption_id": "c-1", "granted": 25, "charges": [charge],
        "limits": [limit()], "a_field_of_tomorrow": 1,
    })
}

pub(crate) fn denied() -> Value {
    let mut failed = limit();
    for (name, value) in [("requested", json!(80)), ("would_fit", json!(75))] {
        failed[name] = value;
    }
    failed["raised_by"] = json!(["quota_administrator"]);
    json!({
        "type": "about:blank", "title": "Quota exceeded", "status": 429, "code": "QUOTA_EXCEEDED",
        "detail": "No.", "would_fit": 75, "failed": [failed],
    })
}

pub(crate) fn problem(status: u16, code: &str) -> Value {
    json!({"status": status, "code": code, "detail": "Because.", "field": "quantity"})
}

pub(crate) fn request() -> Request {
    Request::new("prospect_search", 25).member("ann@acme.test")
}

pub(crate) async fn consume(client: &Client, key: &Key) -> Result<Outcome, Error> {
    client.consume(key, &request(), WhenUnreachable::FailClosed).await
}
