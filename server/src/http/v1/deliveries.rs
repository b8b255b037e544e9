//! `deliveries`: what became of messages to people and channels, and sending one again.

use super::id::Named;
use crate::http::{
    authentication::ApiCaller,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State};
use domain::{channels::DeliveryState, ids::DeliveryId};
use serde::Deserialize;
use service::{Delivery, DeliveryList, Error, Service};
use uuid::Uuid;

/// Which are looked for.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeliveriesQuery {
    state: Option<String>,
    cursor: Option<String>,
}

pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<DeliveriesQuery>,
) -> Answer<Json<DeliveryList>> {
    let state: Option<DeliveryState> =
        query.state.map(|code| code.parse()).transpose().map_err(Error::from)?;
    Ok(Json(service.deliveries(&caller, state, query.cursor.as_deref()).await?))
}

pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<Delivery>> {
    Ok(Json(service.delivery(&caller, delivery_id(&id)?).await?))
}

/// Sends one that was given up once more. It takes no key: asking again changes nothing.
pub(crate) async fn send_again(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<Delivery>> {
    Ok(Json(service.send_again(&caller, delivery_id(&id)?).await?))
}

/// An id that can't be one names nothing.
fn delivery_id(text: &str) -> Answer<DeliveryId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(DeliveryId).map_err(|_| Problem::not_found("delivery"))
}
