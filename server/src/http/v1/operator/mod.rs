//! The operator's part of the API, under `/api/v1/operator`: for keys of operators only.

mod log;
mod organizations;
mod packs;
mod plan_requests;
mod plans;
pub(super) mod rate_card;

use service::Service;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(organizations::list, organizations::post))
        .routes(routes!(organizations::get, organizations::patch))
        .routes(routes!(packs::list, packs::post))
        .routes(routes!(plan_requests::put))
        .routes(routes!(plan_requests::list))
        .routes(routes!(plans::list))
        .routes(routes!(plans::get, plans::put))
        .routes(routes!(plans::put_limit))
        .routes(routes!(rate_card::operations))
        .routes(routes!(rate_card::get_operation, rate_card::put_operation))
        .routes(routes!(rate_card::put_price))
        .routes(routes!(rate_card::meters))
        .routes(routes!(rate_card::get_meter, rate_card::put_meter))
        .routes(routes!(log::list))
}
