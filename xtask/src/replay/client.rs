//! One client of the API, with a connection that it keeps.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::process;

/// How long a call is sent again: long enough for a server to be killed and started.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Client {
    agent: Agent,
    url: String,
    authorization: String,
}

/// What the server said.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    /// Whether it took more than one attempt.
    pub(super) retried: bool,
}

impl Client {
    pub(super) fn new(url: &str, api_key: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .proxy(None)
            .build()
            .into();
        Self { agent, url: url.to_owned(), authorization: format!("Bearer {api_key}") }
    }

    /// Sends a request until it is answered. The key makes that safe: whatever became of earlier
    /// attempts, the server answers as it did the first time.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Answer> {
        let begin = Instant::now();
        let mut retried = false;
        loop {
            process::fail_if_interrupted()?;
            let outcome = self.send_once(method, path, key, body);
            match outcome {
                Ok((status, body)) if status != 503 => {
                    return Ok(Answer { status, body, retried });
                }
                Ok((_, body)) if begin.elapsed() > PATIENCE => bail!("still 503: {body}"),
                Err(error) if begin.elapsed() > PATIENCE => return Err(error),
                _ => retried = true,
            }
            thread::sleep(PAUSE);
        }
    }

    /// Like [`Self::send`], for what has to succeed.
    pub(super) fn succeed(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Value> {
        let answer = self.send(method, path, key, body)?;
        if !(200..300).contains(&answer.status) {
            bail!("{method} {path} answered {}: {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }

    fn send_once(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<(u16, Value)> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let response: Response<ureq::Body> = if body.is_null() {
            self.agent.run(request.body(())?)?
        } else {
            let request = request.header("Content-Type", "application/json");
            self.agent.run(request.body(body.to_string())?)?
        };
        let status = response.status().as_u16();
        let text = response.into_body().read_to_string()?;
        let body = serde_json::from_str(&text)
            .with_context(|| format!("{method} {path} answered {status} with no JSON: {text}"));
        // An error page of something in between is an answer too.
        if status == 503 { Ok((status, body.unwrap_or_default())) } else { Ok((status, body?)) }
    }
}
