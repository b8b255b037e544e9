//! The one way by which messages leave over HTTP. It follows no redirect, uses no proxy, reaches no
//! private address, and waits and reads only so much.

use crate::addresses::{PrivateAddress, look_up, refuse_private_literal};
use reqwest::{
    Client, Method, Request, Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use std::{
    error::Error as StdError,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long a message may take to be handed over.
pub(crate) const SENDING: Duration = Duration::from_secs(10);
/// What is read of an answer, in bytes.
const ANSWER: usize = 64 * 1024;
/// The longest time that an answer may ask to wait.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// What is posted.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Post {
    /// JSON for `url`.
    pub(crate) fn json(url: Url, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(CONTENT_TYPE, json);
        Self { url, headers, body }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// How long the other side asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of its body.
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The URL leads to where nothing may be sent.
    Private,
    /// No connection was made: nothing was sent.
    NotSent(String),
    /// It was sent, or a part of it, and nobody knows what came of it.
    Lost(String),
}

/// Posts messages.
pub(crate) struct Http {
    allow_private: bool,
    /// How long all of it may take, up to the end of the answer.
    patience: Duration,
    /// Made when it is first needed: that reads the certificates of the system.
    client: OnceLock<Result<Client, String>>,
}

impl Http {
    pub(crate) fn new(allow_private: bool, patience: Duration) -> Self {
        Self { allow_private, patience, client: OnceLock::new() }
    }

    /// Posts once.
    pub(crate) async fn post(&self, post: Post) -> Result<Answer, Unanswered> {
        if !self.allow_private {
            refuse_private_literal(&post.url).map_err(|PrivateAddress| Unanswered::Private)?;
        }
        let client = self.client.get_or_init(|| client(self.allow_private, self.patience));
        let client = client.as_ref().map_err(|error| Unanswered::NotSent(error.clone()))?;
        let mut request = Request::new(Method::POST, post.url);
        *request.headers_mut() = post.headers;
        *request.body_mut() = Some(post.body.into());
        let response = client.execute(request).await.map_err(unanswered)?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(seconds);
        let body = beginning(response).await.map_err(unanswered)?;
        Ok(Answer { status, retry_after, body })
    }
}

/// TLS that believes the certificates of the system.
pub fn tls() -> Result<ClientConfig, String> {
    let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| format!("TLS can't be set up: {error}"))?;
    Ok(tls.with_no_client_auth())
}

fn client(allow_private: bool, patience: Duration) -> Result<Client, String> {
    Client::builder()
        .tls_backend_preconfigured(tls()?)
        .dns_resolver(Arc::new(Resolver { allow_private }))
        .redirect(Policy::none())
        .no_proxy()
        .http1_only()
        // A connection that waited can be dead, and then nobody knows whether a message arrived.
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECTING)
        .timeout(patience)
        .user_agent("Allot")
        .build()
        .map_err(|error| format!("HTTP can't be set up: {error}"))
}

/// Looks names up when a connection is made, since they can lead elsewhere than when they were checked.
struct Resolver {
    allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            // The port of the URL takes the place of this one.
            let found = look_up(name.as_str(), 0, allow_private).await??;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn seconds(header: &HeaderValue) -> Option<Duration> {
    let seconds = header.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

async fn beginning(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = ANSWER - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == ANSWER {
            break;
        }
    }
    Ok(body)
}

/// What is said of an error names no URL: it can have a secret in it.
fn unanswered(error: reqwest::Error) -> Unanswered {
    let error = error.without_url();
    let mut innermost: &dyn StdError = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
        if innermost.is::<PrivateAddress>() {
            return Unanswered::Private;
        }
    }
    if error.is_connect() {
        Unanswered::NotSent(innermost.to_string())
    } else if error.is_timeout() {
        Unanswered::Lost("no answer in time".to_owned())
    } else {
        Unanswered::Lost(innermost.to_string())
    }
}
