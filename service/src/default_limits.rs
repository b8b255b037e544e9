//! The limits that new members start with, by job role.

use crate::{
    Caller, Error, LimitEdit, Result, SavedLimits, Service,
    audit::{self, Change},
    loading::Loaded,
    member_limits::{edit, put_in_force},
};
use domain::{
    access::Action,
    ids::MemberId,
    input::{Code, Invalid},
    member_limits::{DefaultLimits, LimitChange, LimitSchedule},
    views,
};
use serde::Serialize;
use std::collections::HashMap;
use store::{Connection, Transaction};

/// Defaults as they were saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavedDefaults {
    /// The defaults.
    #[serde(flatten)]
    pub defaults: DefaultLimits,
    /// Counts saves; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl Service {
    /// The limits that new members start with.
    pub async fn default_limits(&self, caller: &Caller) -> Result<SavedDefaults> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let id = caller.organization;
        let (defaults, version) = store::default_limits::get(&mut transaction, id).await?;
        Ok(SavedDefaults { defaults, version })
    }

    /// Saves them, and gives theirs to everyone who has one of the job roles `apply_to` now.
    /// `expected` is the version that the caller read: if another one is in force by now, nothing
    /// is saved.
    pub async fn save_default_limits(
        &self,
        caller: &Caller,
        defaults: DefaultLimits,
        apply_to: &[Code],
        expected: Option<i64>,
    ) -> Result<(SavedDefaults, SavedLimits)> {
        let (mut transaction, loaded) = self.begin_limits(caller).await?;
        let (id, now) = (caller.organization, loaded.now);
        let (before, version) = store::default_limits::get(&mut transaction, id).await?;
        if expected.is_some_and(|expected| expected != version) {
            let current = SavedDefaults { defaults: before, version };
            return Err(Error::Stale {
                summary: match current.defaults.default {
                    Some(cap) => format!("new members start with {cap}"),
                    None => "new members share the pool".to_owned(),
                },
                current: serde_json::to_value(current).map_err(store::Error::from)?,
            });
        }
        let known = store::default_limits::job_roles(&mut transaction).await?;
        let mut named = defaults.job_roles.keys().chain(apply_to);
        if let Some(code) = named.find(|code| known.iter().all(|role| role.code != **code)) {
            let message = format!("{code} is not a job role of this installation");
            return Err(Invalid::new("job_roles", message).into());
        }
        store::default_limits::replace(&mut transaction, id, &defaults).await?;
        let change = Change {
            action: "default_limits.saved",
            subject: id.0,
            before: Some(&before),
            after: Some(&defaults),
        };
        audit::record(&mut transaction, caller, change, now).await?;

        let found = store::default_limits::members_with(&mut transaction, id, apply_to).await?;
        let edits = found.into_iter().map(|(member, job_role)| {
            let change = LimitChange::lasting(defaults.of(&job_role));
            LimitEdit { member, change, expected: None }
        });
        let limits = edit(transaction, loaded, caller, &edits.collect::<Vec<_>>()).await?;
        Ok((SavedDefaults { defaults, version: version + 1 }, limits))
    }

    /// The dialog for the defaults.
    pub(crate) async fn defaults_dialog(
        &self,
        connection: &mut Connection,
        caller: &Caller,
    ) -> Result<views::Defaults> {
        let id = caller.organization;
        let (defaults, version) = store::default_limits::get(connection, id).await?;
        let counts: HashMap<Code, i64> =
            store::default_limits::counts(connection, id).await?.into_iter().collect();
        let job_roles = store::default_limits::job_roles(connection).await?.into_iter();
        let job_roles = job_roles.map(|role| views::DefaultOfRole {
            own: defaults.job_roles.contains_key(&role.code),
            limit: defaults.of(&role.code),
            members: counts.get(&role.code).copied().unwrap_or(0),
            suggestion: suggestion(&role),
            code: role.code,
        });
        Ok(views::Defaults { version, default: defaults.default, job_roles: job_roles.collect() })
    }
}

/// What is usual for a job role.
pub(crate) fn suggestion(role: &store::default_limits::JobRole) -> views::Suggestion {
    views::Suggestion {
        job_role: role.name.clone(),
        credits: role.suggested,
        to: role.suggested_to,
    }
}

/// Gives new members the limits that their job roles start with. The set-aside sum has to be worked
/// out afterwards.
pub(crate) async fn give(
    transaction: &mut Transaction,
    loaded: &mut Loaded,
    members: &[(MemberId, Code)],
) -> Result<()> {
    let (defaults, _) = store::default_limits::get(transaction, loaded.state.id).await?;
    let limited = members.iter().filter_map(|(member, job_role)| {
        let cap = defaults.of(job_role)?;
        Some((*member, LimitSchedule::lasting(Some(cap))))
    });
    put_in_force(transaction, loaded, limited).await
}
