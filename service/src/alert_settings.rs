//! What an organization sets for its alerts (SPEC section 10).

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    names::Names,
    notices::scope_name,
};
use domain::{
    access::Action,
    alerts::{AlertSettings, LimitThresholds},
    answer::{LimitScope, ScopeId},
    ids::{MemberId, OrganizationId},
    input::{Invalid, MemberReference},
    views::MemberStatus,
};
use serde::Serialize;
use store::Connection;
use utoipa::ToSchema;

/// Alert settings as they are saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedAlertSettings {
    /// The settings.
    #[serde(flatten)]
    pub settings: AlertSettings,
    /// Counts edits; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl Service {
    /// What the organization has set.
    pub async fn alert_settings(&self, caller: &Caller) -> Result<SavedAlertSettings> {
        caller.require(Action::ViewAlerts)?;
        let mut transaction = self.store.read(caller.organization).await?;
        current(&mut transaction, caller.organization).await
    }

    /// Saves what the organization sets. It counts from the next decision on.
    pub async fn save_alert_settings(
        &self,
        caller: &Caller,
        settings: AlertSettings,
        expected: Option<i64>,
    ) -> Result<SavedAlertSettings> {
        caller.require(Action::ManageAlerts)?;
        settings.check()?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let now = self.lock_at(&mut transaction, id).await?;
        let before = current(&mut transaction, id).await?;
        if expected.is_some_and(|expected| expected != before.version) {
            let current = serde_json::to_value(&before).map_err(store::Error::from)?;
            let summary = "somebody else has changed the alerts".to_owned();
            return Err(Error::Stale { summary, current });
        }
        if before.settings == settings {
            return Ok(before);
        }
        require_people(&mut transaction, id, &settings).await?;
        require_limits(&mut transaction, id, &settings).await?;
        let saved = SavedAlertSettings { settings, version: before.version + 1 };
        store::alerts::save_settings(&mut transaction, id, &saved.settings, saved.version).await?;
        let change = Change {
            action: "alert_settings.saved",
            subject: id.0,
            before: Some(&before.settings),
            after: Some(&saved.settings),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(saved)
    }

    /// The members that `names` name by email, id or external id, in their order.
    pub async fn people_named(
        &self,
        caller: &Caller,
        field: &str,
        names: &[MemberReference],
    ) -> Result<Vec<MemberId>> {
        caller.require(Action::ManageAlerts)?;
        let id = caller.organization;
        let mut transaction = self.store.read(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
        let found = store::members::find(&mut transaction, id, &texts, now).await?;
        let known = Names::of(&found);
        let ids = names.iter().map(|name| {
            let member = known.find(name).filter(|of| of.status == MemberStatus::Active);
            let unknown = || Invalid::new(field, format!("names {name}, who is no active member"));
            member.map(|member| member.id).ok_or_else(unknown)
        });
        Ok(ids.collect::<Result<_, Invalid>>()?)
    }
}

async fn current(connection: &mut Connection, id: OrganizationId) -> Result<SavedAlertSettings> {
    let found = store::alerts::settings(connection, id).await?;
    let (settings, version) = found.unwrap_or_default();
    Ok(SavedAlertSettings { settings, version })
}

/// Refuses people who are not active members.
async fn require_people(
    connection: &mut Connection,
    id: OrganizationId,
    settings: &AlertSettings,
) -> Result<()> {
    let levels = [
        ("organization.people", &settings.organization.people),
        ("subtenants.people", &settings.subtenants.people),
        ("members.people", &settings.members.people),
    ];
    for (field, people) in levels {
        let active = store::recipients::active_of(connection, id, people).await?;
        if active.len() < people.len() {
            return Err(Invalid::new(field, "must be active members").into());
        }
    }
    Ok(())
}

/// Refuses limits of what is not there.
async fn require_limits(
    connection: &mut Connection,
    id: OrganizationId,
    settings: &AlertSettings,
) -> Result<()> {
    let meters = store::audit_log::units(connection, id).await?.meters;
    for (place, own) in settings.overrides.iter().enumerate() {
        if !meters.contains_key(&own.meter) {
            let field = format!("overrides.{place}.meter");
            return Err(Invalid::new(field, "is no meter").into());
        }
        if whose(connection, id, own).await?.is_none() {
            let holder = if own.member.is_some() { "member" } else { "subtenant" };
            return Err(Invalid::new(format!("overrides.{place}.{holder}"), "is not there").into());
        }
    }
    Ok(())
}

/// Whose limits have thresholds of their own, by name; `None`: they are not there.
pub(crate) async fn whose(
    connection: &mut Connection,
    id: OrganizationId,
    own: &LimitThresholds,
) -> Result<Option<String>> {
    let (scope, scope_id) = match (own.subtenant, own.member) {
        (_, Some(member)) => (LimitScope::Member, member.0),
        (Some(subtenant), None) => (LimitScope::Subtenant, subtenant.0),
        (None, None) => (LimitScope::Organization, id.0),
    };
    scope_name(connection, id, scope, &ScopeId::Id(scope_id)).await
}
