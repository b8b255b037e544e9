//! What most would write first: one transaction per request, which locks the organization, reads,
//! decides, writes and commits. The statements are prepared once, and each is a single one.

mod decide;
mod statements;

use std::net::SocketAddr;

use anyhow::Result;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use sqlx::types::Json as Stored;
use tokio::net::TcpListener;

use crate::answer::Ask;
use decide::{Decision, decide};
use statements::Recorded;

/// Its tables, with everything that the requests name.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
/// The key of its one organization.
pub(crate) const API_KEY: &str = "naive";
pub(crate) const MEMBERS: usize = 100;

/// The email of a member.
pub(crate) fn member(number: usize) -> String {
    format!("member-{number}@naive.test")
}

/// Serves until it is stopped.
pub(crate) async fn serve(address: SocketAddr, url: &str, connections: u32) -> Result<()> {
    let pool = PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        // A round trip less for each request.
        .test_before_acquire(false)
        .connect(url)
        .await?;
    let router = Router::new()
        .route("/api/v1/consume", post(consume))
        .route("/api/usage", get(async || "{}"))
        .with_state(pool);
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}

async fn consume(
    State(pool): State<PgPool>,
    headers: HeaderMap,
    Json(ask): Json<Ask>,
) -> Result<Response, Failure> {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let token = header("authorization").trim_start_matches("Bearer ");
    let key = header("idempotency-key");
    let request_hash = Sha256::digest(serde_json::to_vec(&ask)?).to_vec();

    let Some(organization) = statements::organization_of(&pool, token).await? else {
        return Ok(problem(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
    };
    let mut transaction = pool.begin().await?;
    let locked = statements::lock(&mut transaction, organization).await?;
    if let Some((known, answer)) = statements::answered(&mut transaction, organization, key).await?
    {
        let reused = known != request_hash;
        let code = "IDEMPOTENCY_KEY_REUSED";
        return Ok(if reused {
            problem(StatusCode::UNPROCESSABLE_ENTITY, code)
        } else {
            Json(answer).into_response()
        });
    }
    let Some(member) = statements::member(&mut transaction, organization, &ask.member).await?
    else {
        return Ok(problem(StatusCode::NOT_FOUND, "MEMBER_NOT_FOUND"));
    };
    let Some(price) = statements::price(&mut transaction, &ask.operation).await? else {
        return Ok(problem(StatusCode::UNPROCESSABLE_ENTITY, "UNKNOWN_OPERATION"));
    };
    let limits = statements::limits(&mut transaction, &locked, &member, &price.meter).await?;
    let packs = statements::packs(&mut transaction, &locked).await?;
    let Decision::Allowed { answer, pack_draws } = decide(&ask, &price, limits, &packs) else {
        return Ok(problem(StatusCode::TOO_MANY_REQUESTS, "QUOTA_EXCEEDED"));
    };
    let recorded = Recorded { locked: &locked, member: &member, ask: &ask, answer: &answer };
    for (pack, amount) in pack_draws {
        statements::take_from_pack(&mut transaction, organization, pack, amount).await?;
    }
    recorded.move_balances(&mut transaction).await?;
    recorded.number(&mut transaction).await?;
    recorded.enter(&mut transaction).await?;
    let stored = Stored(&answer);
    statements::remember(&mut transaction, &locked, key, &request_hash, stored).await?;
    transaction.commit().await?;
    Ok(Json(answer).into_response())
}

fn problem(status: StatusCode, code: &str) -> Response {
    let body =
        json!({"status": status.as_u16(), "code": code, "detail": "", "failed": Value::Null});
    (status, Json(body)).into_response()
}

/// The database or the request is broken; nothing was recorded.
struct Failure(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        eprintln!("error: {:#}", self.0);
        problem(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
    }
}
