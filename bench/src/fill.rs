//! An organization with a past: many members, each with limits, and a long ledger.

use allot_client::{Key, Request, WhenUnreachable};
use anyhow::Result;
use serde_json::json;

use crate::allot::{Allot, Installation, limit};
use crate::database::Cluster;
use crate::process::client;

/// How much there is of it.
#[derive(Clone, Copy)]
pub(crate) struct Past {
    pub(crate) members: usize,
    pub(crate) entries: usize,
}

/// Copies an installation of one organization and fills it. The same members as there are asked
/// for, so that only what lies around them differs.
pub(crate) async fn fill(
    allot: &Allot,
    cluster: &Cluster,
    empty: &Installation,
    past: Past,
) -> Result<Installation> {
    let database = "bench_filled";
    let organization = empty.organizations[0].clone();
    let url = cluster.copy(empty.database, database).await?;
    let sql = include_str!("fill.sql")
        .replace("MEMBERS", &past.members.to_string())
        .replace("ENTRIES", &past.entries.to_string());
    cluster.execute(database, sql).await?;

    let server = allot.serve(&url, &organization.api_key).await?;
    let client = client(&server.url, &organization.api_key)?;
    let filled = "SELECT member_id::text FROM members WHERE email LIKE 'filled-%'";
    for id in cluster.texts(database, filled).await? {
        limit(&client, &json!({"member": id})).await?;
    }
    // One request of each member, so that their balances are there as they would be by now.
    for member in &organization.members {
        let request = Request::new("prospect_search", 1).member(member);
        let _decided =
            client.consume(&Key::random(), &request, WhenUnreachable::FailClosed).await?;
    }
    server.stop().await?;
    cluster.execute(database, "VACUUM ANALYZE").await?;
    Ok(Installation { database, organizations: vec![organization] })
}
