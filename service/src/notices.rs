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

    /// What there is to tell of an event to those who run the organization.
    pub(crate) fn notice(&self, event: Event) -> Notice {
        let page = page(&event.news);
        self.leading_to(event, &page)
    }

    /// What there is to tell of it to one member.
    pub(crate) fn notice_for(&self, event: Event, me: MemberId) -> Notice {
        let page = page_for(&event.news, me);
        self.leading_to(event, &page)
    }

    fn leading_to(&self, event: Event, page: &str) -> Notice {
        Notice {
            id: event.id,
            at: event.at,
            organization: self.id,
            organization_name: self.organization.name.clone(),
            currency: self.organization.currency.to_string(),
            time_zone: self.organization.time_zone,
            link: format!("{}{page}", self.public_url),
            news: event.news,
        }
    }
}

/// The page that says more to a member.
pub(crate) fn page_for(news: &News, me: MemberId) -> String {
    match news {
        News::LimitReached(limit) if limit.scope_id == ScopeId::Id(me.0) => "/my-usage".to_owned(),
        _ => page(news),
    }
}

/// The page that says more to those who run the organization.
pub(crate) fn page(news: &News) -> String {
    match news {
        News::LimitReached(limit) => limit_page(limit),
        News::RaiseRequested(asked) => format!("/requests/answer?request={}", asked.request),
        News::RaiseAnswered(_) => "/my-usage".to_owned(),
        News::WeeklyDigest(_) => "/settings/usage".to_owned(),
        News::MonthReport(report) => format!("/reports?month={}", report.first_day.format("%Y-%m")),
        News::ChannelTest { .. } => "/settings/webhooks".to_owned(),
    }
}

fn limit_page(limit: &LimitReached) -> String {
    let credits = limit.meter.code.is_credits();
    match limit.scope {
        LimitScope::Member if !credits => {
            format!("/settings/user-quotas?member={}", limit.scope_id)
        }
        LimitScope::Subtenant => format!("/settings/usage-quotas?subtenant={}", limit.scope_id),
        _ if credits => "/enterprise/quota-management".to_owned(),
        _ if limit.meter.code.is_spend() => "/settings/usage-quotas".to_owned(),
        _ => "/settings/usage".to_owned(),
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
            store::recipients::name(connection, id, MemberId(*member)).await?
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
