//! The most that can be had: an endpoint that reads the request, asks no database, and answers as
//! much as Allot does.

use std::net::SocketAddr;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::answer::sample;

/// Serves until it is stopped.
pub(crate) async fn serve(address: SocketAddr) -> Result<()> {
    let answer = Bytes::from(serde_json::to_vec(&sample())?);
    let consume = async move |_: Bytes| {
        ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
    };
    let router = Router::new()
        .route("/api/v1/consume", post(consume))
        .route("/api/usage", get(async || "{}"));
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}
