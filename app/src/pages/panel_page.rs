//! Pages that are read and nothing else: the server renders them, and here they are put in place. All of
//! them load in one way, so that browsers get the code for it once.

use crate::{
    error::AppError,
    guard::{Refusal, Who, page_or_refusal},
    live::refetch_when_changed,
    ui::{Html, Panel},
};
use domain::access::Action;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use serde::{Serialize, de::DeserializeOwned};
use std::pin::Pin;

/// Data that is being loaded.
pub(super) type Loading<T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + Send>>;

/// Data that a page loads by the query of its address, and again when that or what it shows changes.
pub(super) fn by_query<T>(load: fn(String) -> Loading<T>) -> Resource<Result<T, AppError>>
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let data = by_query_alone(load);
    refetch_when_changed(data);
    data
}

/// Data that a page loads by the query of its address alone.
fn by_query_alone<T>(load: fn(String) -> Loading<T>) -> Resource<Result<T, AppError>>
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let search = use_location().search;
    Resource::new_blocking(move || search.get(), load)
}

/// A page for those who may do `needs`, with the content that its data makes.
pub(super) fn page<T>(
    title: &'static str,
    needs: Action,
    data: Resource<Result<T, AppError>>,
    content: fn(T) -> AnyView,
) -> AnyView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let who = Who::here();
    let content = move || {
        Suspend::new(async move {
            let content = async {
                who.allowed_to(needs).await?;
                Ok::<_, Refusal>(content(data.await?))
            };
            page_or_refusal(content.await)
        })
    };
    view! {
        <Title text=title />
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
    }
    .into_any()
}

/// A page that is one panel.
pub(super) fn panel_page(
    title: &'static str,
    needs: Action,
    load: fn(String) -> Loading<Html>,
) -> AnyView {
    page(title, needs, by_query(load), |html| view! { <Panel html /> }.into_any())
}

/// The same with forms in it. It stays as it is while somebody fills them in.
pub(super) fn form_panel_page(
    title: &'static str,
    needs: Action,
    load: fn(String) -> Loading<Html>,
) -> AnyView {
    page(title, needs, by_query_alone(load), |html| view! { <Panel html /> }.into_any())
}
