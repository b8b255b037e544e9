//! Organizations, as the operator's console shows and changes them.

use super::json::Json;
use crate::error::AppError;
use domain::{console, ids::OrganizationId, input::Code};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{answer_error, operator, service, session, session_failed},
    domain::{amount::Quantity, input::Invalid, plans::parse_whole},
    service::{NewOrganization, NewPack, OrganizationEdit},
};

/// Organizations by name, those that the filter wants.
#[server(prefix = "/actions", endpoint = "operator_organizations", output = Json)]
pub async fn operator_organizations(
    #[server(default)] filter: console::OrganizationFilter,
) -> Result<console::OrganizationList, AppError> {
    service()?.organizations(&operator()?, &filter).await.map_err(answer_error)
}

/// An organization's page, with what another plan would change.
#[server(prefix = "/actions", endpoint = "operator_organization", output = Json)]
pub async fn operator_organization(
    id: OrganizationId,
    #[server(default)] plan: Option<Code>,
) -> Result<console::OrganizationPage, AppError> {
    service()?.organization_page(&operator()?, id, plan.as_ref()).await.map_err(answer_error)
}

/// Makes an organization. Its secrets are kept for the page that follows, and for that one only.
#[server(prefix = "/actions", endpoint = "operator_create_organization")]
pub async fn operator_create_organization(
    name: String,
    plan: String,
    time_zone: String,
    currency: String,
    admin: String,
) -> Result<(), AppError> {
    let typed = [
        ("name", name.clone()),
        ("plan", plan.clone()),
        ("time_zone", time_zone.clone()),
        ("currency", currency.clone()),
        ("admin", admin.clone()),
    ];
    let create = async {
        let operator = operator()?;
        let new = NewOrganization {
            name: name.parse()?,
            plan: plan.parse().map_err(|invalid: Invalid| invalid.at("plan"))?,
            time_zone: time_zone.parse()?,
            currency: currency.trim().to_uppercase().parse()?,
            admin: admin.parse().map_err(|invalid: Invalid| invalid.at("admin"))?,
        };
        Ok::<_, AppError>(service()?.create_organization(&operator, new, None).await?)
    };
    let created = create.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    let secrets = format!("{} {}", created.sign_in_url, created.api_key);
    crate::session::show_once(&session().await?, &secrets).await.map_err(session_failed)?;
    leptos_axum::redirect(&format!("/operator/organizations/{}?created", created.id));
    Ok(())
}

/// The sign-in link and the API key of the organization that was made just now; once.
#[server(prefix = "/actions", endpoint = "operator_created", output = Json)]
pub async fn operator_created() -> Result<Option<(String, String)>, AppError> {
    operator()?;
    let kept = crate::session::shown_once(&session().await?).await.map_err(session_failed)?;
    let parts = kept.as_deref().and_then(|kept| kept.split_once(' '));
    Ok(parts.map(|(link, key)| (link.to_owned(), key.to_owned())))
}

/// Changes an organization's name, plan or status: what is empty stays.
#[server(prefix = "/actions", endpoint = "operator_edit_organization")]
pub async fn operator_edit_organization(
    id: OrganizationId,
    version: i64,
    #[server(default)] name: Option<String>,
    #[server(default)] plan: Option<String>,
    #[server(default)] status: Option<String>,
) -> Result<(), AppError> {
    let typed = name.clone().map(|name| ("name", name));
    let edit = async {
        let operator = operator()?;
        let plan = plan.map(|plan| plan.parse::<Code>());
        let edit = OrganizationEdit {
            name: name.map(|name| name.parse()).transpose()?,
            plan: plan.transpose().map_err(|invalid| invalid.at("plan"))?,
            status: status.map(|status| status.parse()).transpose()?,
        };
        service()?.edit_organization(&operator, id, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    edit.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("/operator/organizations/{id}?saved=organization"));
    Ok(())
}

/// Grants an organization the plan that it asks for, or declines.
#[server(prefix = "/actions", endpoint = "operator_answer_plan_request")]
pub async fn operator_answer_plan_request(
    id: OrganizationId,
    granted: bool,
) -> Result<(), AppError> {
    let (service, operator) = (service()?, operator()?);
    service.answer_plan_request(&operator, id, granted).await.map_err(answer_error)?;
    leptos_axum::redirect(&format!("/operator/organizations/{id}?saved=plan-request"));
    Ok(())
}

/// Grants an organization a pack; without a last day it never ends.
#[server(prefix = "/actions", endpoint = "operator_grant_pack")]
pub async fn operator_grant_pack(
    id: OrganizationId,
    credits: String,
    #[server(default)] ends: String,
    #[server(default)] bought_by: String,
) -> Result<(), AppError> {
    let typed =
        [("credits", credits.clone()), ("ends", ends.clone()), ("bought_by", bought_by.clone())];
    let grant = async {
        let operator = operator()?;
        let credits = Quantity::parse("credits", parse_whole("credits", &credits)?)?;
        let ends = Some(ends.as_str()).filter(|ends| !ends.is_empty()).map(str::parse);
        let ends = ends.transpose();
        let ends = ends.map_err(|_| Invalid::new("ends", "must be a date such as 2027-01-31"))?;
        let bought_by = Some(bought_by.as_str()).filter(|name| !name.trim().is_empty());
        let bought_by = bought_by.map(str::parse).transpose();
        let bought_by = bought_by.map_err(|invalid: Invalid| invalid.at("bought_by"))?;
        let pack = NewPack { credits, last_day: ends, bought_by };
        service()?.grant_pack(&operator, id, pack, None).await?;
        Ok::<_, AppError>(())
    };
    grant.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&format!("/operator/organizations/{id}?saved=pack"));
    Ok(())
}
