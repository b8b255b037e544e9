//! Subtenants: the parts of an organization.

use crate::{
    Caller, Result, Service,
    audit::{self, Change},
    idempotency,
};
use domain::{
    access::Action,
    ids::SubtenantId,
    input::{IdempotencyKey, Name},
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Subtenants that are listed; an organization with more needs a search, not a longer list.
const LISTED: i64 = 1_000;

/// A subtenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subtenant {
    /// Its id.
    pub id: SubtenantId,
    /// Its name.
    pub name: String,
}

impl Service {
    /// Adds a subtenant. The same key and name is answered the same again.
    pub async fn add_subtenant(
        &self,
        caller: &Caller,
        name: Name,
        key: Option<IdempotencyKey>,
    ) -> Result<SubtenantId> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.begin().await?;
        let id = caller.organization;
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let request = idempotency::Keyed::new(key, "subtenants", &name)?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        let subtenant = SubtenantId(Uuid::now_v7());
        store::subtenants::insert(&mut transaction, id, subtenant, &name).await?;
        let after = json!({"name": name});
        let change = Change {
            action: "subtenant.added",
            subject: subtenant.0,
            before: None,
            after: Some(&after),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        request.remember(&mut transaction, id, &subtenant, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(subtenant)
    }

    /// The first thousand subtenants that are not archived, by name.
    pub async fn subtenants(&self, caller: &Caller) -> Result<Vec<Subtenant>> {
        caller.require(Action::ViewQuotas)?;
        let mut connection = self.store.connection().await?;
        let found = store::subtenants::list(&mut connection, caller.organization, LISTED).await?;
        Ok(found.into_iter().map(|found| Subtenant { id: found.id, name: found.name }).collect())
    }
}
