//! What an organization's programs can ask for: meters, the rate card, roles; and who they are.

use crate::{Caller, Error, Result, Service};
use domain::{
    access::{Action, Role},
    console::OperationRow,
    ids::OrganizationId,
    input::{Code, Currency},
    period::TimeZone,
    plan_report::Meter,
};
use serde::Serialize;
use store::default_limits::JobRole;
use utoipa::ToSchema;

/// The organization of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Organization)]
pub struct OwnOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its plan.
    pub plan: Code,
    /// Its currency, in which `spend` counts.
    pub currency: Currency,
    /// Where its days begin.
    pub time_zone: TimeZone,
    /// Whether all members see what others use.
    pub usage_shared: bool,
}

impl Service {
    /// The organization that the caller belongs to.
    pub async fn own_organization(&self, caller: &Caller) -> Result<OwnOrganization> {
        caller.require(Action::ViewWork)?;
        let id = caller.organization;
        let mut transaction = self.store.read(id).await?;
        let found = store::organizations::get(&mut transaction, id).await?;
        let found = found.ok_or(Error::NotFound("organization"))?;
        Ok(OwnOrganization {
            id,
            name: found.name,
            plan: found.plan,
            currency: found.currency,
            time_zone: found.time_zone,
            usage_shared: found.usage_shared,
        })
    }

    /// What the rate card of this installation prices, by name.
    pub async fn operations(&self, caller: &Caller) -> Result<Vec<OperationRow>> {
        caller.require(Action::ViewWork)?;
        let mut transaction = self.store.read(caller.organization).await?;
        Ok(store::rate_card::operations(&mut transaction, None).await?)
    }

    /// The meters of this installation, as pages list them.
    pub async fn meters(&self, caller: &Caller) -> Result<Vec<Meter>> {
        caller.require(Action::ViewWork)?;
        let mut transaction = self.store.read(caller.organization).await?;
        Ok(store::catalogue::meters(&mut transaction).await?)
    }

    /// The roles that members can have, from the most to the least powerful.
    pub fn roles(&self, caller: &Caller) -> Result<&'static [Role]> {
        caller.require(Action::ViewMembers)?;
        Ok(&Role::ALL)
    }

    /// What people do in companies, and the limits that are usual for them.
    pub async fn job_roles(&self, caller: &Caller) -> Result<Vec<JobRole>> {
        caller.require(Action::ViewMembers)?;
        let mut transaction = self.store.read(caller.organization).await?;
        Ok(store::default_limits::job_roles(&mut transaction).await?)
    }
}
