//! `deliveries`: what became of messages to people and channels, and sending one again.

use super::{id::Named, key::Key};
use crate::http::{
    authentication::ApiCaller,
    openapi::Conflict,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State};
use domain::{channels::DeliveryState, ids::DeliveryId};
use serde::Deserialize;
use service::{Delivery, DeliveryList, Error, Service};
use utoipa::IntoParams;
use uuid::Uuid;

/// Which are looked for.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeliveriesQuery {
    #[param(value_type = Option<DeliveryState>)]
    state: Option<String>,
    cursor: Option<String>,
}

/// What became of messages to people and channels.
#[utoipa::path(
    get, path = "/deliveries", operation_id = "list_deliveries", tag = "channels",
    security(("key" = ["read"])), params(DeliveriesQuery),
    responses((status = 200, description = "A page, newest first", body = DeliveryList))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<DeliveriesQuery>,
) -> Answer<Json<DeliveryList>> {
    let state: Option<DeliveryState> =
        query.state.map(|code| code.parse()).transpose().map_err(Error::from)?;
    Ok(Json(service.deliveries(&caller, state, query.cursor.as_deref()).await?))
}

/// What became of one message.
#[utoipa::path(
    get, path = "/deliveries/{id}", operation_id = "get_delivery", tag = "channels",
    security(("key" = ["read"])),
    responses((status = 200, description = "What became of it", body = Delivery))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<Delivery>> {
    Ok(Json(service.delivery(&caller, delivery_id(&id)?).await?))
}

/// Sends one that was given up once more.
#[utoipa::path(
    post, path = "/deliveries/{id}/send", operation_id = "send_delivery_again", tag = "channels",
    security(("key" = ["admin"])), params(Key),
    responses(
        (status = 200, description = "It waits to be sent", body = Delivery),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn send_again(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
) -> Answer<Json<Delivery>> {
    Ok(Json(service.send_again(&caller, delivery_id(&id)?, key).await?))
}

/// An id that can't be one names nothing.
fn delivery_id(text: &str) -> Answer<DeliveryId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(DeliveryId).map_err(|_| Problem::not_found("delivery"))
}
