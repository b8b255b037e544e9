//! The API under `/api/v1`, one file per resource.

mod alerts;
mod api_keys;
mod audit;
mod catalogue;
mod channels;
mod consumptions;
mod credit_limits;
mod credit_settings;
mod decisions;
mod deliveries;
mod id;
mod jobs;
mod key;
mod limits;
mod listed;
mod members;
mod memberships;
mod operator;
mod packs;
mod plan;
mod quotas;
mod raise_requests;
mod reports;
mod reservations;
mod subtenants;
mod usage;
mod usage_import;
mod version;

use super::json::{HUGE, LARGE};
use axum::extract::DefaultBodyLimit;
use service::Service;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt as _},
    routes,
};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .nest("/operator", operator::router())
        .routes(routes!(decisions::check))
        .routes(routes!(decisions::consume))
        .routes(routes!(decisions::consume_batch).layer(DefaultBodyLimit::max(LARGE)))
        .routes(routes!(consumptions::get))
        .routes(routes!(consumptions::list_reservations, reservations::post))
        .routes(routes!(consumptions::get_reservation))
        .routes(routes!(reservations::commit))
        .routes(routes!(reservations::release))
        .routes(routes!(reservations::renew))
        .routes(routes!(jobs::list, jobs::post))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::post_progress))
        .routes(routes!(jobs::post_complete))
        .routes(routes!(jobs::post_fail))
        .routes(routes!(reservations::refund))
        .routes(routes!(limits::list))
        .routes(routes!(limits::gauges))
        .routes(routes!(reservations::put_gauge))
        .routes(routes!(usage_import::post).layer(DefaultBodyLimit::max(HUGE)))
        .routes(routes!(credit_settings::get, credit_settings::put))
        .routes(routes!(quotas::list, quotas::post))
        .routes(routes!(quotas::get, quotas::patch, quotas::delete))
        .routes(routes!(raise_requests::list, raise_requests::post))
        .routes(routes!(raise_requests::get))
        .routes(routes!(raise_requests::approve))
        .routes(routes!(raise_requests::decline))
        .routes(routes!(raise_requests::withdraw))
        .routes(routes!(packs::list))
        .routes(routes!(packs::get))
        .routes(routes!(packs::ledger))
        .routes(routes!(catalogue::organization))
        .routes(routes!(catalogue::operations))
        .routes(routes!(catalogue::meters))
        .routes(routes!(catalogue::roles))
        .routes(routes!(catalogue::job_roles))
        .routes(routes!(catalogue::put_usage_sharing))
        .routes(routes!(plan::get))
        .routes(routes!(plan::request, plan::withdraw))
        .routes(routes!(subtenants::list, subtenants::post))
        .routes(routes!(subtenants::get, subtenants::patch))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::get_settings, alerts::put_settings))
        .routes(routes!(channels::list, channels::post))
        .routes(routes!(channels::get, channels::patch, channels::delete))
        .routes(routes!(channels::post_secret))
        .routes(routes!(channels::post_test))
        .routes(routes!(api_keys::list, api_keys::post))
        .routes(routes!(api_keys::get, api_keys::patch, api_keys::delete))
        .routes(routes!(api_keys::rotate))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::get))
        .routes(routes!(deliveries::send_again))
        .routes(routes!(audit::list))
        .routes(routes!(usage::history))
        .routes(routes!(usage::ledger))
        .routes(routes!(reports::month))
        .routes(routes!(reports::reallocation))
        .routes(routes!(memberships::list))
        .routes(routes!(members::post))
        .routes(routes!(memberships::get, memberships::patch, memberships::delete))
        .routes(routes!(memberships::post_invitation, memberships::delete_invitation))
        .routes(routes!(credit_limits::get, credit_limits::put))
        .routes(routes!(credit_limits::put_several).layer(DefaultBodyLimit::max(LARGE)))
        .routes(routes!(credit_limits::put_evenly))
        .routes(routes!(credit_limits::undo))
        .routes(routes!(credit_limits::get_defaults, credit_limits::put_defaults))
        .routes(routes!(subtenants::put_member))
}
