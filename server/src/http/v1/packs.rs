//! `packs`: credits that were bought, and the ledger behind each. The operator grants them.

use super::id::Named;
use crate::http::{
    authentication::ApiCaller,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State};
use domain::{
    ids::PackId,
    packs::{PackEntry, PackReport},
};
use serde::{Deserialize, Serialize};
use service::Service;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// All packs, first those that can pay, in their order.
#[derive(Serialize, ToSchema)]
#[schema(as = PackList)]
pub(crate) struct PacksOutput {
    packs: Vec<PackReport>,
}

/// Credit packs, with what is left of each.
#[utoipa::path(
    get, path = "/packs", operation_id = "list_packs", tag = "packs",
    security(("key" = ["read"])),
    responses(
        (status = 200, description = "First those that can pay, in their order", body = PacksOutput),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<PacksOutput>> {
    Ok(Json(PacksOutput { packs: service.packs(&caller).await? }))
}

/// Where a page begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    cursor: Option<String>,
}

/// A page of a pack's ledger, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = PackLedger)]
pub(crate) struct PackLedgerOutput {
    entries: Vec<PackEntry>,
    /// The `cursor` of the next page; `null`: this is the last.
    next_cursor: Option<String>,
}

/// What drew from a pack, and what gave back to it.
#[utoipa::path(
    get, path = "/packs/{id}/ledger", operation_id = "get_pack_ledger", tag = "packs",
    security(("key" = ["read"])), params(Page),
    responses((status = 200, description = "A page, newest first", body = PackLedgerOutput))
)]
pub(crate) async fn ledger(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Query(page): Query<Page>,
) -> Answer<Json<PackLedgerOutput>> {
    let id: Result<Uuid, _> = id.parse();
    let pack = id.map(PackId).map_err(|_| Problem::not_found("pack"))?;
    let before = page.cursor.map(|cursor| cursor.parse::<i64>()).transpose();
    let before =
        before.map_err(|_| Problem::invalid("cursor", "must be the next_cursor of a page"))?;
    let found = service.pack_ledger(&caller, pack, before).await?;
    let next_cursor = found.next.map(|seq| seq.to_string());
    Ok(Json(PackLedgerOutput { entries: found.entries, next_cursor }))
}
