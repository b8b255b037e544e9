//! Forms in panels. The server renders them and the browser posts them as it does without scripts, so they
//! cost the app that browsers download nothing. What was wrong comes back in the address of the page.

use super::form::FormError;
use crate::error::AppError;
use leptos::{
    prelude::*,
    server_fn::{ServerFn, error::ServerFnUrlError},
};

/// What was wrong with a form that posted to `F`, by the query of the page that shows it again.
pub(crate) fn served_error<F: ServerFn<Error = AppError>>(query: &str) -> FormError {
    let fields: Vec<(String, String)> =
        form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect();
    // A page that was shown again for an error before has that in its address as well: the last one counts.
    let last = |name: &str| fields.iter().rfind(|(of, _)| of == name).map(|(_, value)| value);
    match (last("__path"), last("__err")) {
        (Some(path), Some(error)) if path == F::PATH => {
            FormError::given(ServerFnUrlError::<AppError>::decode_err(error))
        }
        _ => FormError::none(),
    }
}

/// A form of a panel whose fields go to the server function `F`.
pub(crate) fn served_form<F: ServerFn>(
    class: &'static str,
    fields: impl IntoView,
) -> impl IntoView {
    view! {
        <form action=F::PATH method="post" class=class>
            {fields}
        </form>
    }
}
