//! Whether all members of an organization see what others use (SPEC section 8).

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
};
use domain::access::Action;
use serde_json::json;

impl Service {
    /// Lets all members see usage, history and reports, or no more than their roles do. It counts from
    /// the next page that they open.
    pub async fn share_usage(&self, caller: &Caller, shared: bool) -> Result<()> {
        caller.require(Action::ShareUsage)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let organization = store::organizations::get(&mut transaction, id).await?;
        let before = organization.ok_or(Error::NotFound("organization"))?.usage_shared;
        if before == shared {
            return Ok(());
        }
        store::organizations::share_usage(&mut transaction, id, shared).await?;
        let states = [before, shared].map(|shared| json!({"shared_with_members": shared}));
        let change = Change {
            action: "organization.usage_shared",
            subject: id.0,
            before: Some(&states[0]),
            after: Some(&states[1]),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }
}
