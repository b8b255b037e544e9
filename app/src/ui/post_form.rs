//! A form that changes something. Without JavaScript the browser posts its fields; hydrated, the
//! same fields go by `fetch`, and the page stays.
//!
//! Leptos has `ActionForm` for this. It takes the fields apart in the browser and puts them together
//! again, by code of its own for every server function: that was a good part of what browsers load.

use crate::error::AppError;
use leptos::{
    ev::SubmitEvent,
    prelude::*,
    server::ServerActionError,
    server_fn::{ServerFn, error::ServerFnUrlError},
};
use leptos_router::hooks::use_query_map;

#[cfg(feature = "hydrate")]
use leptos::server_fn::{
    client::{Client, browser::BrowserClient},
    redirect::call_redirect_hook,
    request::{ClientReq, browser::BrowserRequest},
    response::ClientRes,
};

/// What a form posts to, and what came of it.
#[derive(Clone, Copy)]
pub(crate) struct Posting {
    url: &'static str,
    answer: RwSignal<Option<Result<(), AppError>>>,
    pending: RwSignal<bool>,
}

/// A form that posts to the server function `F`.
pub(crate) fn use_posting<F: ServerFn<Output = (), Error = AppError>>() -> Posting {
    Posting::to(F::PATH)
}

impl Posting {
    /// It starts with the error that a post without JavaScript left in the URL, as long as the URL
    /// still has it: the router remembers the first one for as long as it lives.
    fn to(url: &'static str) -> Self {
        let in_url = use_query_map().with_untracked(|query| query.get_str("__err").is_some());
        let error =
            use_context::<ServerActionError>().filter(|error| in_url && error.path() == url);
        let error = error.map(|error| ServerFnUrlError::<AppError>::decode_err(error.err()));
        Self { url, answer: RwSignal::new(error.map(Err)), pending: RwSignal::new(false) }
    }

    /// The last answer.
    pub(crate) fn answer(self) -> Signal<Option<Result<(), AppError>>> {
        self.answer.into()
    }

    /// Whether an answer is awaited.
    pub(crate) fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// Posts the fields of a form in the place of the browser.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(unused_variables, clippy::unused_self, reason = "only browsers submit forms")
    )]
    fn submit(self, event: &SubmitEvent) {
        #[cfg(feature = "hydrate")]
        {
            // A form without fields that can be read is left to the browser.
            let Ok(fields) = leptos::form::form_data_from_event(event) else { return };
            event.prevent_default();
            self.pending.set(true);
            leptos::task::spawn_local(async move {
                let answer = send(self.url, fields).await;
                // Somebody may have gone to another page meanwhile.
                self.answer.try_set(Some(answer));
                self.pending.try_set(false);
            });
        }
    }
}

/// Posts fields, and goes where the answer leads.
#[cfg(feature = "hydrate")]
async fn send(url: &str, fields: leptos::web_sys::FormData) -> Result<(), AppError> {
    const ACCEPT: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    let request = <BrowserRequest as ClientReq<AppError>>::try_new_post_form_data(
        url,
        ACCEPT,
        FORM,
        fields.into(),
    )?;
    let response = <BrowserClient as Client<AppError>>::send(request).await?;
    answered(response).await
}

#[cfg(feature = "hydrate")]
async fn answered(response: impl ClientRes<AppError>) -> Result<(), AppError> {
    if response.status() >= 400 {
        return Err(AppError::de(response.try_into_bytes().await?));
    }
    if response.has_redirect() {
        call_redirect_hook(&response.location());
    }
    Ok(())
}

/// A form whose fields go to a server function.
#[component]
pub(crate) fn PostForm(
    /// What it posts to.
    posting: Posting,
    /// Its class.
    class: &'static str,
    /// Its fields.
    children: Children,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        if !event.default_prevented() {
            posting.submit(&event);
        }
    };
    view! {
        <form action=posting.url method="post" class=class on:submit=on_submit>
            {children()}
        </form>
    }
}
