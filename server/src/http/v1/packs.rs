//! `packs`: credits that were bought, and the ledger behind each. The operator grants them.

use super::{id::Named, listed::Part};
use crate::http::{
    authentication::ApiCaller,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State};
use domain::{ids::PackId, packs::PackReport};
use serde::Serialize;
use service::{PackLedger, Service};
use utoipa::ToSchema;
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

/// One pack.
#[utoipa::path(
    get, path = "/packs/{id}", operation_id = "get_pack", tag = "packs",
    security(("key" = ["read"])),
    responses((status = 200, description = "The pack, and what is left in it", body = PackReport))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<PackReport>> {
    Ok(Json(service.pack(&caller, pack_id(&id)?).await?))
}

/// What drew from a pack, and what gave back to it.
#[utoipa::path(
    get, path = "/packs/{id}/ledger", operation_id = "get_pack_ledger", tag = "packs",
    security(("key" = ["read"])), params(Part),
    responses((status = 200, description = "A page, newest first", body = PackLedger))
)]
pub(crate) async fn ledger(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Query(part): Query<Part>,
) -> Answer<Json<PackLedger>> {
    Ok(Json(service.pack_ledger(&caller, pack_id(&id)?, part.cursor.as_deref()).await?))
}

/// An id that can't be one names nothing.
fn pack_id(text: &str) -> Answer<PackId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(PackId).map_err(|_| Problem::not_found("pack"))
}
