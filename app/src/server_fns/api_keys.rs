//! Keys of the API: making, changing, replacing and revoking them.

use super::json::Json;
use crate::{error::AppError, ui::Html};
use domain::ids::ApiKeyId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, caller, service, session, session_failed},
    crate::{
        navigation::API_KEYS,
        pages::api_keys::content,
        session::{show_once, shown_once},
        usage_address::{cursor, field},
    },
    chrono::NaiveDate,
    domain::{
        api_keys::{KeyState, Overlap, Scopes},
        ids::SubtenantId,
        input::Invalid,
    },
    service::{ApiKeyEdit, CreatedApiKey, KeyEnd, NewApiKey, Rotation},
    uuid::Uuid,
};

/// The page *API keys*, by the query of its address.
#[server(prefix = "/actions", endpoint = "api_keys", output = Json)]
pub async fn api_keys(#[server(default)] query: String) -> Result<Html, AppError> {
    let state = field(&query, "state").and_then(|state| state.parse().ok());
    let state = state.unwrap_or(KeyState::Active);
    let open = field(&query, "key").and_then(|id| id.parse().ok()).map(ApiKeyId);
    let (service, caller, cursor) = (service()?, caller()?, cursor(&query));
    let page = service.api_keys_page(&caller, state, cursor.as_deref(), open).await;
    let page = page.map_err(answer_error)?;
    let made = if field(&query, "made").is_some() {
        shown_once(&session().await?).await.map_err(session_failed)?
    } else {
        None
    };
    Ok(content::page(&page, &query, made))
}

/// The end that a form says: a day, or none.
#[cfg(feature = "ssr")]
fn end(last_day: &str) -> Result<KeyEnd, Invalid> {
    if last_day.trim().is_empty() {
        return Ok(KeyEnd::Never);
    }
    let day: Result<NaiveDate, _> = last_day.trim().parse();
    let wrong = |_| Invalid::new("last_day", "must be a date such as 2027-01-31");
    day.map(KeyEnd::LastDay).map_err(wrong)
}

/// Makes a key. The page that follows shows it, once.
#[server(prefix = "/actions", endpoint = "create_api_key")]
pub async fn create_api_key(
    #[server(default)] name: String,
    #[server(default)] consume: bool,
    #[server(default)] read: bool,
    #[server(default)] admin: bool,
    #[server(default)] subtenant: String,
    #[server(default)] last_day: String,
) -> Result<(), AppError> {
    let typed = [
        ("name", name.clone()),
        ("consume", consume.to_string()),
        ("read", read.to_string()),
        ("admin", admin.to_string()),
        ("subtenant", subtenant.clone()),
        ("last_day", last_day.clone()),
    ];
    let create = async {
        let scopes = [("consume", consume), ("read", read), ("admin", admin)];
        let scopes = scopes.into_iter().filter(|(_, chosen)| *chosen).map(|(code, _)| code);
        let subtenant: Option<Uuid> = match subtenant.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Invalid::new("subtenant", "must be one of these"))?),
        };
        let new = NewApiKey {
            name: name.parse()?,
            scopes: Scopes::parse(&scopes.collect::<Vec<&str>>())?,
            subtenant: subtenant.map(SubtenantId),
            end: end(&last_day)?,
        };
        Ok::<_, AppError>(service()?.create_api_key(&caller()?, new, None).await?)
    };
    let created = create.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    lead_to_key(created, "key-made").await
}

/// Leads to the list, with a key that was made.
#[cfg(feature = "ssr")]
async fn lead_to_key(created: CreatedApiKey, saved: &str) -> Result<(), AppError> {
    show_once(&session().await?, &created.key).await.map_err(session_failed)?;
    leptos_axum::redirect(&format!("{API_KEYS}?saved={saved}&made"));
    Ok(())
}

/// Renames a key, or changes when it ends.
#[server(prefix = "/actions", endpoint = "edit_api_key")]
pub async fn edit_api_key(
    key: ApiKeyId,
    version: i64,
    #[server(default)] name: String,
    #[server(default)] last_day: String,
    #[server(default)] last_day_before: String,
) -> Result<(), AppError> {
    let typed = [("name", name.clone()), ("last_day", last_day.clone())];
    let save = async {
        // A key can end within a day: a form that leaves the day as it was keeps that.
        let end = if last_day == last_day_before { None } else { Some(end(&last_day)?) };
        let edit = ApiKeyEdit { name: Some(name.parse()?), end };
        service()?.edit_api_key(&caller()?, key, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("{API_KEYS}?saved=person"));
    Ok(())
}

/// Replaces a key, which still works for `overlap` seconds. The page that follows shows the new one.
#[server(prefix = "/actions", endpoint = "rotate_api_key")]
pub async fn rotate_api_key(
    key: ApiKeyId,
    version: i64,
    #[server(default)] overlap: i64,
) -> Result<(), AppError> {
    let rotate = async {
        let overlap = Overlap::parse(overlap).map_err(|invalid| invalid.at("overlap"))?;
        let (rotation, version) = (Rotation { overlap, end: None }, Some(version));
        let made = service()?.rotate_api_key(&caller()?, key, rotation, version, None).await?;
        Ok::<_, AppError>(made)
    };
    let typed = [("overlap", overlap.to_string())];
    let created = rotate.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    lead_to_key(created, "key-made").await
}

/// Ends a key at once.
#[server(prefix = "/actions", endpoint = "revoke_api_key")]
pub async fn revoke_api_key(key: ApiKeyId, version: i64) -> Result<(), AppError> {
    let revoked = service()?.revoke_api_key(&caller()?, key, Some(version)).await;
    revoked.map_err(answer_error)?;
    leptos_axum::redirect(&format!("{API_KEYS}?saved=key-revoked"));
    Ok(())
}
