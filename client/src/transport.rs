//! HTTP: one request, sent until it is answered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Method, Request, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::retry::Failure;
use crate::{Client, Error, Key, Problem, Retries};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// As much of a strange answer as an error quotes.
const QUOTED: usize = 200;

/// A [`Client`] that is being configured.
#[derive(Clone, Debug)]
pub struct Builder {
    url: String,
    api_key: String,
    retries: Retries,
    proxy: bool,
}

impl Builder {
    pub(crate) fn new(url: &str, api_key: &str) -> Self {
        let (url, api_key) = (url.to_owned(), api_key.to_owned());
        Self { url, api_key, retries: Retries::default(), proxy: true }
    }

    /// For how long a request is sent again while nobody answers it.
    #[must_use]
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Connects directly, whatever proxy the environment names.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.proxy = false;
        self
    }

    /// The client; nothing is sent yet.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client::over(Transport::new(self)?))
    }
}

/// The connections to one server, and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    base: Url,
    authorization: HeaderValue,
    retries: Retries,
    sent_again: AtomicU64,
}

impl Transport {
    fn new(builder: Builder) -> Result<Self, Error> {
        let mut base = Url::parse(&builder.url)
            .map_err(|error| Error::Setup(format!("the URL `{}`: {error}", builder.url)))?;
        // A path joined to one that does not end with a slash would replace its last part.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", builder.api_key))
            .map_err(|_| Error::Setup("the API key has characters that no key has".to_owned()))?;
        authorization.set_sensitive(true);
        // What a redirect leads to is not Allot, and must not see the key.
        let mut http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        if !builder.proxy {
            http = http.no_proxy();
        }
        let http = with_tls(http, &base)?.build().map_err(setup)?;
        let (retries, sent_again) = (builder.retries, AtomicU64::new(0));
        Ok(Self { http, base, authorization, retries, sent_again })
    }

    /// How many requests were answered only after they had been sent again.
    pub(crate) fn sent_again(&self) -> u64 {
        self.sent_again.load(Ordering::Relaxed)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Error> {
        self.send(self.request(Method::GET, path)?).await
    }

    /// The same with a query, whose values are written as an address needs them.
    pub(crate) async fn get_with(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<Answer, Error> {
        let mut request = self.request(Method::GET, path)?;
        let fields = serde_json::to_value(query).map_err(setup)?;
        for (name, value) in fields.as_object().into_iter().flatten() {
            if let Some(value) = value.as_str() {
                request.url_mut().query_pairs_mut().append_pair(name, value);
            }
        }
        self.send(request).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        key: &Key,
        body: &impl Serialize,
    ) -> Result<Answer, Error> {
        let mut request = with_body(self.request(Method::POST, path)?, body)?;
        request.headers_mut().insert(IDEMPOTENCY_KEY, key.header());
        self.send(request).await
    }

    pub(crate) async fn put(&self, path: &str, body: &impl Serialize) -> Result<Answer, Error> {
        self.send(with_body(self.request(Method::PUT, path)?, body)?).await
    }

    fn request(&self, method: Method, path: &str) -> Result<Request, Error> {
        let url = self
            .base
            .join(path.trim_start_matches('/'))
            .map_err(|error| Error::Setup(format!("the path `{path}`: {error}")))?;
        let mut request = Request::new(method, url);
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        Ok(request)
    }

    async fn send(&self, request: Request) -> Result<Answer, Error> {
        let answered = self.retries.until_answered(|| self.send_once(&request)).await?;
        self.sent_again.fetch_add(u64::from(answered.sent_again), Ordering::Relaxed);
        Ok(answered.answer)
    }

    async fn send_once(&self, request: &Request) -> Result<Answer, Failure> {
        let copy = request.try_clone().expect("a body that is no stream can be copied");
        let response = self.http.execute(copy).await.map_err(failure)?;
        read(response).await
    }
}

/// Certificates are checked as the system does it.
#[cfg(feature = "tls")]
fn with_tls(http: reqwest::ClientBuilder, url: &Url) -> Result<reqwest::ClientBuilder, Error> {
    use rustls::{ClientConfig, RootCertStore, crypto::ring};
    use rustls_platform_verifier::BuilderVerifierExt;

    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(setup)?;
    let config = if url.scheme() == "https" {
        config.with_platform_verifier().map_err(setup)?
    } else {
        // A system without certificates is no obstacle here.
        config.with_root_certificates(RootCertStore::empty())
    };
    Ok(http.tls_backend_preconfigured(config.with_no_client_auth()))
}

#[cfg(not(feature = "tls"))]
fn with_tls(http: reqwest::ClientBuilder, url: &Url) -> Result<reqwest::ClientBuilder, Error> {
    if url.scheme() == "https" {
        return Err(Error::Setup("https needs the feature `tls` of allot-client".to_owned()));
    }
    Ok(http)
}

fn setup(error: impl std::error::Error) -> Error {
    Error::Setup(error.to_string())
}

fn with_body(mut request: Request, body: &impl Serialize) -> Result<Request, Error> {
    let body = serde_json::to_vec(body).map_err(setup)?;
    *request.body_mut() = Some(body.into());
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(request)
}

/// Takes the whole answer, unless it says that there is none yet.
async fn read(response: Response) -> Result<Answer, Failure> {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = response.bytes().await.map_err(failure)?;
    match status {
        StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            Err(Failure { cause: format!("{status}: {}", quote(&body)), retry_after })
        }
        _ => Ok(Answer { status, retry_after, body }),
    }
}

fn failure(error: reqwest::Error) -> Failure {
    // Its own text names only the step that failed; what failed there is its source.
    let error = error.without_url();
    let mut cause = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        cause = format!("{cause}: {error}");
        source = error.source();
    }
    Failure { cause, retry_after: None }
}

/// In seconds; Allot sends no dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn quote(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(QUOTED).collect()
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    /// When the server asks to come back.
    pub(crate) retry_after: Option<Duration>,
    body: Bytes,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The value that a success carries, or what was refused.
    pub(crate) fn value<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if self.is_success() { self.parse() } else { Err(self.problem()?.into()) }
    }

    pub(crate) fn problem(&self) -> Result<Problem, Error> {
        self.parse()
    }

    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Unexpected {
            status: self.status.as_u16(),
            detail: format!("{error} in {}", quote(&self.body)),
        })
    }
}
