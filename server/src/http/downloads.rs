//! Tables as files, for those who are signed in.

use super::query::Query;
use app::Visitor;
use axum::{
    Router,
    extract::{Extension, FromRef, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{
    audit::AuditFilterInput, history::HistoryInput, members::MemberListInput, reports::month_of,
};
use serde::Deserialize;
use service::{Error, Service};

/// The files.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Service: FromRef<S>,
{
    Router::new()
        .route("/enterprise/members.csv", get(members))
        .route("/audit.csv", get(audit))
        .route("/usage/history.csv", get(usage_history))
        .route("/reports/month.csv", get(month))
}

/// The changes that the page *Audit log* shows for the same query.
async fn audit(
    State(service): State<Service>,
    Extension(visitor): Extension<Visitor>,
    Query(filter): Query<AuditFilterInput>,
) -> Response {
    let table = async {
        let caller = visitor.caller.ok_or(Error::Unauthenticated)?;
        service.audit_csv(&caller, &filter.parse()?).await
    };
    csv("audit-log.csv", table.await)
}

/// What was used on each day, as the page *Usage history* shows it for the same query.
async fn usage_history(
    State(service): State<Service>,
    Extension(visitor): Extension<Visitor>,
    Query(history): Query<HistoryInput>,
) -> Response {
    let table = match &visitor.caller {
        Some(caller) => service.usage_csv(caller, &history).await,
        None => Err(Error::Unauthenticated),
    };
    csv("usage-history.csv", table)
}

/// A month, such as `2026-10`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Month {
    month: String,
}

/// The members of the page *Reports* for the same month.
async fn month(
    State(service): State<Service>,
    Extension(visitor): Extension<Visitor>,
    Query(Month { month }): Query<Month>,
) -> Response {
    let table = async {
        let caller = visitor.caller.ok_or(Error::Unauthenticated)?;
        service.month_csv(&caller, month_of(&month)?).await
    };
    csv("month.csv", table.await)
}

/// The members that the page *Members* lists with the same parameters, all pages of them.
async fn members(
    State(service): State<Service>,
    Extension(visitor): Extension<Visitor>,
    Query(list): Query<MemberListInput>,
) -> Response {
    let table = match &visitor.caller {
        Some(caller) => service.export_members(caller, &list).await,
        None => Err(Error::Unauthenticated),
    };
    csv("members.csv", table)
}

/// A table as a file with this name, or a plain text that says why there is none.
fn csv(name: &str, table: Result<String, Error>) -> Response {
    match table {
        Ok(table) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, disposition),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, table).into_response()
        }
        Err(error) => {
            let status = match &error {
                Error::Unauthenticated => StatusCode::UNAUTHORIZED,
                Error::Forbidden(_) | Error::Suspended => StatusCode::FORBIDDEN,
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::NotFound(_) => StatusCode::NOT_FOUND,
                Error::Busy | Error::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, error.message()).into_response()
        }
    }
}
