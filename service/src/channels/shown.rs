//! What is shown of a channel: how it does, and never what would let anybody write to a chat.

use super::Channel;
use crate::{Result, Service};
use domain::ids::OrganizationId;
use serde_json::{Value, json};
use store::{Connection, lanes::LaneState};

impl Service {
    /// A channel with how it does.
    pub(super) async fn with_state(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
        channel: store::channels::Channel,
    ) -> Result<Channel> {
        let mut states = store::lanes::states(connection, id, &[channel.id]).await?;
        let state = states.remove(&channel.id).unwrap_or_default();
        Ok(self.shown(channel, state))
    }

    pub(super) fn shown(&self, channel: store::channels::Channel, state: LaneState) -> Channel {
        Channel {
            id: channel.id,
            url: self.shown_url(&channel),
            name: channel.name,
            kind: channel.kind,
            signed: channel.sealed_secret.is_some(),
            kinds: channel.carried.kinds().clone(),
            levels: channel.carried.levels().clone(),
            language: channel.language,
            enabled: channel.enabled,
            version: channel.version,
            waiting: state.waiting,
            failures: state.failures,
            next_at: state.due_at,
            delivered_at: state.delivered_at,
            failed_at: state.failed_at,
            error: state.error,
        }
    }

    fn shown_url(&self, channel: &store::channels::Channel) -> String {
        match self.courier.open(&channel.sealed_url) {
            Ok(url) => channel.kind.shown(&url),
            Err(error) => format!("Not readable: {error}"),
        }
    }

    /// A channel as the audit log tells of it.
    pub(super) fn audited(&self, channel: &store::channels::Channel) -> Value {
        json!({
            "name": channel.name,
            "kind": channel.kind,
            "url": self.shown_url(channel),
            "kinds": channel.carried.kinds(),
            "levels": channel.carried.levels(),
            "language": channel.language,
            "enabled": channel.enabled,
            "version": channel.version,
        })
    }
}
