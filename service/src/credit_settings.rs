//! *Edit Credit Settings*: cycle, enterprise limit, set-asides, what packs do.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
};
use domain::{access::Action, credits::CreditSettings, packs};
use serde::Serialize;
use utoipa::ToSchema;

/// Settings as they were saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedSettings {
    /// The settings.
    #[serde(flatten)]
    pub settings: CreditSettings,
    /// Counts saves; send it with the next edit, so that a stale one is noticed.
    pub version: i64,
}

impl Service {
    /// The settings in force.
    pub async fn credit_settings(&self, caller: &Caller) -> Result<SavedSettings> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let current =
            store::credit_settings::current(&mut transaction, caller.organization).await?;
        Ok(SavedSettings { settings: current.settings, version: current.version })
    }

    /// Saves settings; the next request is decided by them. `expected` is the version that the
    /// caller read: if another one is in force by now, nothing is saved.
    pub async fn save_credit_settings(
        &self,
        caller: &Caller,
        settings: CreditSettings,
        expected: Option<i64>,
    ) -> Result<SavedSettings> {
        caller.require(Action::EditCreditSettings)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let id = caller.organization;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let before = loaded.settings;
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(stale(&SavedSettings {
                settings: before.settings,
                version: before.version,
            })?);
        }
        let packs = packs::available(&loaded.state.packs, now);
        settings.check_pool(loaded.organization.allowance, packs)?;

        let version = before.version + 1;
        store::credit_settings::replace(&mut transaction, id, version, &settings, now).await?;
        loaded.state.settings = settings;
        loaded.work_out_set_aside(&mut transaction).await?;
        loaded.save_lock(&mut transaction).await?;
        let change = Change {
            action: "credit_settings.saved",
            subject: id.0,
            before: Some(&before.settings),
            after: Some(&settings),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(SavedSettings { settings, version })
    }
}

fn stale(current: &SavedSettings) -> Result<Error> {
    let limit = current
        .settings
        .limit
        .map_or("there is no limit".to_owned(), |limit| format!("the limit is {limit} credits"));
    Ok(Error::Stale {
        summary: format!("the cycle is {} and {limit}", current.settings.cycle.kind()),
        current: serde_json::to_value(current).map_err(store::Error::from)?,
    })
}
