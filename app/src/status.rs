//! The HTTP status of the response that is being written.

/// Gives the page that is being rendered this status. Pages that the browser renders have none.
#[cfg_attr(not(feature = "ssr"), expect(unused_variables, reason = "only responses have a status"))]
pub(crate) fn of_page(status: u16) {
    #[cfg(feature = "ssr")]
    set(status);
}

/// Gives the answer to a server function this status, if the browser's own code called it. A form
/// that was posted without JavaScript is answered with a redirect, which must stay one, and a page
/// that is being rendered decides itself.
#[cfg(feature = "ssr")]
pub(crate) fn of_call(status: u16) {
    use http::{Method, header::ACCEPT, request::Parts};

    let called = leptos::context::use_context::<Parts>().is_some_and(|request| {
        let accept = request.headers.get(ACCEPT);
        let accepts_html = accept
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"));
        request.method == Method::POST && !accepts_html
    });
    if called {
        set(status);
    }
}

#[cfg(feature = "ssr")]
fn set(status: u16) {
    let response = leptos::context::use_context::<leptos_axum::ResponseOptions>();
    if let (Some(response), Ok(status)) = (response, http::StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}
