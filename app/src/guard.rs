//! Who is signed in, and which pages that opens.

use crate::{
    error::AppError,
    pages::errors::{FailedPage, ForbiddenPage},
    server_fns::{operators::operator_identity, people::identity},
    status,
};
use domain::{
    access::{Action, roles_for},
    console::OperatorIdentity,
    views::Identity,
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::Redirect};

/// The person who is signed in, loaded once for all pages.
#[derive(Clone, Copy)]
pub(crate) struct Who(Resource<Result<Option<Identity>, AppError>>);

impl Who {
    /// Starts loading, and lets every component below find it.
    pub(crate) fn provide() {
        provide_context(Self(Resource::new_blocking(|| (), |()| identity())));
    }

    /// What [`Who::provide`] put into the context.
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// Loads it again, because somebody signed in.
    pub(crate) fn reload(self) {
        self.0.refetch();
    }

    /// The person, whatever they may do.
    pub(crate) async fn anyone(self) -> Result<Identity, Refusal> {
        self.0.await?.ok_or(Refusal::SignIn)
    }

    /// The person, if they may do `action`.
    pub(crate) async fn allowed_to(self, action: Action) -> Result<Identity, Refusal> {
        let identity = self.anyone().await?;
        if identity.rights.allow(action) { Ok(identity) } else { Err(Refusal::Role(action)) }
    }
}

/// Why a control can't be used, and who can use it.
pub(crate) fn needs(action: Action) -> String {
    let roles: Vec<_> = roles_for(action).map(|role| role.to_string()).collect();
    format!("Needs the role {}", roles.join(" or "))
}

/// The operator who is signed in, loaded once for all pages of the console.
#[derive(Clone, Copy)]
pub(crate) struct WhoOperates(Resource<Result<Option<OperatorIdentity>, AppError>>);

impl WhoOperates {
    /// Starts loading, and lets every component below find it.
    pub(crate) fn provide() {
        provide_context(Self(Resource::new_blocking(|| (), |()| operator_identity())));
    }

    /// What [`WhoOperates::provide`] put into the context.
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// Loads it again, because somebody signed in.
    pub(crate) fn reload(self) {
        self.0.refetch();
    }

    /// The operator.
    pub(crate) async fn anyone(self) -> Result<OperatorIdentity, Refusal> {
        self.0.await?.ok_or(Refusal::SignIn)
    }
}

/// Why a page is not shown.
pub(crate) enum Refusal {
    /// Nobody is signed in.
    SignIn,
    /// The roles of the person do not include this.
    Role(Action),
    /// It could not be loaded.
    Failed(AppError),
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        if error.code == AppError::UNAUTHENTICATED { Self::SignIn } else { Self::Failed(error) }
    }
}

/// The page, or what stands in its place.
pub(crate) fn page_or_refusal(page: Result<AnyView, Refusal>) -> AnyView {
    match page {
        Ok(page) => page,
        Err(Refusal::SignIn) => lead_to("/login"),
        Err(Refusal::Role(action)) => view! { <ForbiddenPage action /> }.into_any(),
        Err(Refusal::Failed(error)) => view! { <FailedPage error /> }.into_any(),
    }
}

/// The same for a page of the operator's console.
pub(crate) fn console_page(page: Result<AnyView, Refusal>) -> AnyView {
    match page {
        Err(Refusal::SignIn) => lead_to("/operator/login"),
        page => page_or_refusal(page),
    }
}

/// Leads to another page, and leaves none here to go back to.
pub(crate) fn lead_to(path: &'static str) -> AnyView {
    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
    let redirect = view! { <Redirect path options /> }.into_any();
    // Leptos gives this status only to those who say that they accept HTML.
    status::of_page(302);
    redirect
}
