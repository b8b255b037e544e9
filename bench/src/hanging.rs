//! Channels that hang: they take a connection and never answer.

use allot_client::{Client, Key};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// As many as an organization can have.
const CHANNELS: usize = 50;

/// What channels lead to, until it is dropped.
pub(crate) struct Hanging {
    url: String,
    server: JoinHandle<()>,
}

impl Hanging {
    pub(crate) async fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let server = tokio::spawn(async move {
            let mut connections = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.push(connection);
            }
        });
        Ok(Self { url, server })
    }

    /// Gives an organization as many channels to here as it can have.
    pub(crate) async fn add_channels(&self, client: &Client) -> Result<()> {
        for number in 0..CHANNELS {
            let channel = json!({
                "name": format!("Channel {number}"), "kind": "webhook", "url": self.url,
                "kinds": ["limit.reached"], "levels": ["organization", "subtenant", "member"],
            });
            client.post::<Value>("/api/v1/channels", &Key::random(), &channel).await?;
        }
        Ok(())
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Fails where no message was held up.
pub(crate) async fn expect_messages(client: &Client) -> Result<()> {
    let list: Value = client.get("/api/v1/deliveries").await?;
    let all = list["deliveries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() || all.iter().any(|delivery| delivery["state"] == "delivered") {
        bail!("no channel hangs: {list}");
    }
    Ok(())
}
