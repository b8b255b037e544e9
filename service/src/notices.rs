//! What there is to tell of an event: with names, and with the address of the page that says more.

use crate::{Error, Result, Service};
use domain::{
    answer::{LimitScope, ScopeId},
    ids::{MemberId, OrganizationId, SubtenantId},
    notices::{LimitReached, News, Notice},
};
use std::sync::Arc;
use store::{Connection, events::Event, organizations::Organization};

/// What all notices of an organization have in common.
pub(crate) struct About {
    id: OrganizationId,
    organization: Organization,
    public_url: Arc<str>,
}

impl About {
    /// What it is for one organization.
    pub(crate) async fn of(
        service: &Service,
        connection: &mut Connection,
        id: OrganizationId,
    ) -> Result<Self> {
        let organization = store::organizations::get(connection, id).await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        Ok(Self { id, organization, public_url: Arc::clone(&service.public_url) })
    }

    /// What there is to tell of an event.
    pub(crate) fn notice(&self, event: Event) -> Notice {
        Notice {
            id: event.id,
            at: event.at,
            organization: self.id,
            organization_name: self.organization.name.clone(),
            currency: self.organization.currency.to_string(),
            time_zone: self.organization.time_zone,
            link: format!("{}{}", self.public_url, page(&event.news)),
            news: event.news,
        }
    }
}

/// The page that says more.
fn page(news: &News) -> String {
    match news {
        News::LimitReached(limit) => limit_page(limit).to_owned(),
        News::RaiseRequested(asked) => format!("/requests?request={}", asked.request),
        News::RaiseAnswered(_) => "/my-usage".to_owned(),
        News::WeeklyDigest(_) => "/settings/usage".to_owned(),
        News::MonthReport(report) => format!("/reports?month={}", report.first_day.format("%Y-%m")),
        News::ChannelTest { .. } => "/settings/webhooks".to_owned(),
    }
}

fn limit_page(limit: &LimitReached) -> &'static str {
    match limit.scope {
        LimitScope::Member => "/my-usage",
        LimitScope::Subtenant => "/settings/usage-quotas",
        _ if limit.meter.code.is_spend() => "/settings/usage-quotas",
        _ if limit.meter.code.is_credits() => "/enterprise/quota-management",
        _ => "/settings/usage",
    }
}

/// The name of whom a limit belongs to; `None` if they are not there any more.
pub(crate) async fn scope_name(
    connection: &mut Connection,
    id: OrganizationId,
    scope: LimitScope,
    scope_id: &ScopeId,
) -> Result<Option<String>> {
    Ok(match (scope, scope_id) {
        (LimitScope::Member, ScopeId::Id(member)) => {
            store::members::name(connection, id, MemberId(*member)).await?
        }
        (LimitScope::Subtenant, ScopeId::Id(subtenant)) => {
            let subtenant = SubtenantId(*subtenant);
            let subtenant = store::subtenants::get(connection, id, subtenant).await?;
            subtenant.map(|subtenant| subtenant.name)
        }
        (LimitScope::Organization, ScopeId::Id(organization)) if *organization == id.0 => {
            let organization = store::organizations::get(connection, id).await?;
            organization.map(|organization| organization.name)
        }
        (LimitScope::Plan, ScopeId::Plan(plan)) => {
            let plans = store::plans::list(connection, Some(plan)).await?;
            plans.into_iter().next().map(|plan| plan.name)
        }
        _ => None,
    })
}
