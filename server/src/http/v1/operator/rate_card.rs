//! `operations` with their prices, and `meters`.

use crate::http::{
    authentication::ApiOperator,
    json::Body,
    problem::{Answer, Problem},
    v1::{
        id::{Named, NamedTwo},
        listed::code,
        version::{IfMatch, Versioned},
    },
};
use axum::{Json, extract::State};
use domain::{
    amount::Amount,
    catalogue::MeterKind,
    console::{MeterRow, OperationRow},
    input::Code,
    plans::{MeterInput, OperationEdit},
};
use serde::{Deserialize, Serialize};
use service::{Error, Operator, Service};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An operation as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = Operation)]
pub(crate) struct OperationOutput {
    code: Code,
    name: String,
    /// What one unit takes from each meter, in the meter's smallest unit; empty: it is free.
    prices: BTreeMap<Code, i64>,
    version: i64,
}

impl From<OperationRow> for OperationOutput {
    fn from(row: OperationRow) -> Self {
        let OperationRow { code, name, prices, version } = row;
        Self { code, name, prices: prices.into_iter().collect(), version }
    }
}

/// Operations by name.
#[derive(Serialize, ToSchema)]
#[schema(as = OperationList)]
pub(crate) struct OperationsOutput {
    pub(crate) operations: Vec<OperationOutput>,
}

/// What operations cost.
#[utoipa::path(
    get, path = "/operations", operation_id = "list_operations_of_catalogue", tag = "operator",
    security(("operator_key" = [])),
    responses(
        (status = 200, description = "Operations by name, with what they cost", body = OperationsOutput),
    )
)]
pub(crate) async fn operations(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
) -> Answer<Json<OperationsOutput>> {
    let operations = service.rate_card(&operator).await?.operations;
    let operations = operations.into_iter().map(OperationOutput::from).collect();
    Ok(Json(OperationsOutput { operations }))
}

/// One operation.
#[utoipa::path(
    get, path = "/operations/{code}", operation_id = "get_operation_of_catalogue", tag = "operator",
    security(("operator_key" = [])),
    responses((status = 200, description = "The operation", body = OperationOutput))
)]
pub(crate) async fn get_operation(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(name): Named,
) -> Answer<Versioned<OperationOutput>> {
    let operations = service.rate_card(&operator).await?.operations;
    let found = operations.into_iter().find(|operation| operation.code.as_str() == name);
    let found = found.ok_or_else(|| Problem::not_found("operation"))?;
    let version = found.version;
    Ok(Versioned(found.into(), version))
}

/// An operation before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationInput {
    name: String,
    version: Option<i64>,
}

/// Gives an operation a name, or makes it.
#[utoipa::path(
    put, path = "/operations/{code}", operation_id = "save_operation", tag = "operator",
    security(("operator_key" = [])), params(IfMatch), request_body = OperationInput,
    responses((status = 200, description = "The operation as it is now", body = OperationOutput))
)]
pub(crate) async fn put_operation(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(operation): Named,
    if_match: IfMatch,
    Body(input): Body<OperationInput>,
) -> Answer<Versioned<OperationOutput>> {
    let name = Some(input.name.parse().map_err(Error::from)?);
    let edit = OperationEdit { name, prices: [].into() };
    save(&service, operator, &operation, edit, (if_match, input.version)).await
}

/// A price before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceInput {
    /// `null` and 0 take nothing.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    amount: Option<i64>,
    version: Option<i64>,
}

/// Changes what an operation takes from one meter.
#[utoipa::path(
    put, path = "/operations/{code}/prices/{meter}", operation_id = "save_price", tag = "operator",
    security(("operator_key" = [])), params(IfMatch), request_body = PriceInput,
    responses((status = 200, description = "The operation as it is now", body = OperationOutput))
)]
pub(crate) async fn put_price(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    NamedTwo(operation, meter): NamedTwo,
    if_match: IfMatch,
    Body(input): Body<PriceInput>,
) -> Answer<Versioned<OperationOutput>> {
    let amount = input.amount.map(|amount| Amount::parse("amount", amount)).transpose();
    let meter = code("meter", &meter).map_err(Error::from)?;
    let prices = [(meter, amount.map_err(Error::from)?)].into();
    let edit = OperationEdit { name: None, prices };
    save(&service, operator, &operation, edit, (if_match, input.version)).await
}

async fn save(
    service: &Service,
    operator: Operator,
    operation: &str,
    edit: OperationEdit,
    (if_match, version): (IfMatch, Option<i64>),
) -> Answer<Versioned<OperationOutput>> {
    let operation = code("code", operation).map_err(Error::from)?;
    let saved = service.save_operation(&operator, &operation, edit, if_match.or(version)).await;
    let saved = saved.map_err(|error| if_match.problem(error))?;
    let version = saved.version;
    Ok(Versioned(saved.into(), version))
}

/// Meters by name.
#[derive(Serialize, ToSchema)]
#[schema(as = MeterList)]
pub(crate) struct MetersOutput {
    meters: Vec<MeterRow>,
}

/// The meters of the installation.
#[utoipa::path(
    get, path = "/meters", operation_id = "list_meters_of_catalogue", tag = "operator",
    security(("operator_key" = [])),
    responses((status = 200, description = "Meters by name", body = MetersOutput))
)]
pub(crate) async fn meters(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
) -> Answer<Json<MetersOutput>> {
    Ok(Json(MetersOutput { meters: service.rate_card(&operator).await?.meters }))
}

/// One meter.
#[utoipa::path(
    get, path = "/meters/{code}", operation_id = "get_meter_of_catalogue", tag = "operator",
    security(("operator_key" = [])),
    responses((status = 200, description = "The meter", body = MeterRow))
)]
pub(crate) async fn get_meter(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(name): Named,
) -> Answer<Versioned<MeterRow>> {
    let mut meters = service.rate_card(&operator).await?.meters.into_iter();
    let found = meters.find(|meter| meter.code.as_str() == name);
    let found = found.ok_or_else(|| Problem::not_found("meter"))?;
    let version = found.version;
    Ok(Versioned(found, version))
}

/// A meter before it is checked.
#[derive(Deserialize, ToSchema)]
#[schema(as = MeterInput)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeterBody {
    name: String,
    unit: String,
    /// Digits after the point: 2 for cents.
    #[schema(minimum = 0, maximum = 9)]
    scale: i64,
    #[schema(value_type = MeterKind)]
    kind: String,
    version: Option<i64>,
}

/// Gives a meter another name or unit, or makes it.
#[utoipa::path(
    put, path = "/meters/{code}", operation_id = "save_meter", tag = "operator",
    security(("operator_key" = [])), params(IfMatch), request_body = MeterBody,
    responses((status = 200, description = "The meter as it is now", body = MeterRow))
)]
pub(crate) async fn put_meter(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(meter): Named,
    if_match: IfMatch,
    Body(input): Body<MeterBody>,
) -> Answer<Versioned<MeterRow>> {
    let meter = code("code", &meter).map_err(Error::from)?;
    let MeterBody { name, unit, scale, kind, version } = input;
    let input = MeterInput::parse(&name, &unit, scale, &kind).map_err(Error::from)?;
    let saved = service.save_meter(&operator, &meter, input, if_match.or(version)).await;
    let saved = saved.map_err(|error| if_match.problem(error))?;
    let version = saved.version;
    Ok(Versioned(saved, version))
}
