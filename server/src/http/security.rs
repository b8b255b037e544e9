//! What browsers are told, and which requests of theirs are believed.

use super::problem::Problem;
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tower::layer::util::{Identity, Stack};
use tower_http::set_header::SetResponseHeaderLayer;

type Set = SetResponseHeaderLayer<HeaderValue>;

/// Headers that every response carries.
pub(crate) fn headers() -> Stack<Set, Stack<Set, Stack<Set, Identity>>> {
    let set = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    tower::ServiceBuilder::new()
        .layer(set("x-content-type-options", "nosniff"))
        .layer(set("referrer-policy", "same-origin"))
        .layer(set("x-frame-options", "DENY"))
        .into_inner()
}

/// The policy of the page that shows the API: its script is ours, and writes styles into the page.
pub(crate) fn documentation() -> Set {
    let policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                  object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let policy = HeaderValue::from_static(policy);
    SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, policy)
}

/// The policy of a page whose own inline script carries `nonce`. WASM needs an exception of its
/// own to be compiled.
pub(crate) fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Refuses requests that another site made a browser send: whatever changes something and comes
/// with cookies must come from our own pages. Programs that send neither header can't be misled
/// by a site.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if harmless || comes_from_us(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    let detail = "This request came from another site. Open the page and try again.";
    Problem::new(StatusCode::FORBIDDEN, "FOREIGN_ORIGIN", detail).into_response()
}

/// Whether a browser sends a request for one of our own pages.
pub(crate) fn comes_from_us(headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else {
        return !headers.contains_key(header::ORIGIN);
    };
    let host = text(header::HOST.as_str()).or_else(|| uri.authority().map(Authority::as_str));
    origin.split_once("://").is_some_and(|(_, origin)| Some(origin) == host)
}
