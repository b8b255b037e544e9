//! The parts of the organization.

use super::json::Json;
use crate::error::AppError;
use domain::{ids::SubtenantId, subtenants::SubtenantsPage};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service},
    crate::pages::subtenants::Place,
    domain::{input::Name, subtenants::SubtenantFilter},
    service::SubtenantEdit,
};

/// The page *Subtenants*: what is looked for, which page of the table, and the one that is being
/// changed.
#[server(prefix = "/actions", endpoint = "subtenants", output = Json)]
pub async fn subtenants(
    #[server(default)] search: String,
    #[server(default)] archived: bool,
    #[server(default)] page: Option<i64>,
    #[server(default)] open: Option<SubtenantId>,
) -> Result<SubtenantsPage, AppError> {
    let load = async {
        let filter = SubtenantFilter::parse(&search, archived)?;
        Ok(service()?.subtenants_page(&caller()?, filter, page.unwrap_or(1), open).await?)
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// Adds a subtenant, and shows the table from its beginning.
#[server(prefix = "/actions", endpoint = "add_subtenant")]
pub async fn add_subtenant(#[server(default)] name: String) -> Result<(), AppError> {
    let typed = [("name", name.clone())];
    let save = async {
        let caller = caller()?;
        service()?.add_subtenant(&caller, name.parse::<Name>()?, None).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&Place::default().with("saved", "subtenant-added"));
    Ok(())
}

/// Renames a subtenant, and returns to the same place in the table.
#[server(prefix = "/actions", endpoint = "rename_subtenant")]
pub async fn rename_subtenant(
    subtenant: SubtenantId,
    version: i64,
    #[server(default)] name: String,
    #[server(default)] search: String,
    #[server(default)] archived: bool,
    #[server(default)] page: Option<i64>,
) -> Result<(), AppError> {
    let typed = [("name", name.clone())];
    let save = async {
        let caller = caller()?;
        let edit = SubtenantEdit { name: Some(name.parse()?), archived: None };
        service()?.edit_subtenant(&caller, subtenant, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    let place = Place { search, archived, page: page.unwrap_or(1) };
    leptos_axum::redirect(&place.with("saved", "subtenant-renamed"));
    Ok(())
}

/// Archives a subtenant or restores it, and returns to the same place in the table.
#[server(prefix = "/actions", endpoint = "archive_subtenant")]
pub async fn archive_subtenant(
    subtenant: SubtenantId,
    version: i64,
    archive: bool,
    #[server(default)] search: String,
    #[server(default)] archived: bool,
    #[server(default)] page: Option<i64>,
) -> Result<(), AppError> {
    let save = async {
        let caller = caller()?;
        let edit = SubtenantEdit { name: None, archived: Some(archive) };
        service()?.edit_subtenant(&caller, subtenant, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(answer_error)?;
    let place = Place { search, archived, page: page.unwrap_or(1) };
    let saved = if archive { "subtenant-archived" } else { "subtenant-restored" };
    leptos_axum::redirect(&place.with("saved", saved));
    Ok(())
}
