//! What listens where a channel leads: it keeps what it gets and answers as it is told.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::post,
};
use serde_json::Value;
use std::{
    future::pending,
    sync::{Arc, Mutex},
};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

/// How a receiver answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    /// With this status.
    Status(u16),
    /// With this status, and that it wants nothing for so many seconds.
    Wait(u16, u32),
    /// Never.
    Hangs,
}

/// What it got.
#[derive(Debug)]
pub(crate) struct Got {
    pub headers: HeaderMap,
    pub body: Value,
}

impl Got {
    /// The id by which a program knows what it got before.
    pub(crate) fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().to_owned()
    }
}

/// A server on a port of its own, until it is dropped.
pub(crate) struct Receiver {
    pub url: String,
    mood: Arc<Mutex<Mood>>,
    got: UnboundedReceiver<Got>,
    server: JoinHandle<()>,
}

type Shared = (Arc<Mutex<Mood>>, UnboundedSender<Got>);

async fn take(
    State((mood, tell)): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let body = serde_json::from_slice(&body).unwrap();
    // Nobody listens any more where the test is over.
    _ = tell.send(Got { headers, body });
    let mood = *mood.lock().unwrap();
    match mood {
        Mood::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Mood::Wait(status, seconds) => {
            let headers = [("retry-after", seconds.to_string())];
            (StatusCode::from_u16(status).unwrap(), headers).into_response()
        }
        Mood::Hangs => pending().await,
    }
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let mood = Arc::new(Mutex::new(Mood::Status(204)));
        let (tell, got) = unbounded_channel();
        let router = Router::new().route("/hook", post(take)).with_state((Arc::clone(&mood), tell));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, mood, got, server }
    }

    /// Answers like this from now on.
    pub(crate) fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Waits for the next message.
    pub(crate) async fn next(&mut self) -> Got {
        let next = tokio::time::timeout(crate::support::PATIENCE, self.got.recv());
        next.await.expect("nothing came").unwrap()
    }

    /// How many messages have come that were not looked at yet.
    pub(crate) fn count(&mut self) -> usize {
        let mut count = 0;
        while self.got.try_recv().is_ok() {
            count += 1;
        }
        count
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}
