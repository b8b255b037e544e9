//! Tables as files, for those who are signed in.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use service::Error;

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
