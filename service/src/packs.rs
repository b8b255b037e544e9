//! Credit packs: bought once, on top of the plan's allowance. The operator grants them.

use crate::{
    Error, Operator, Result, Service,
    audit::{self, Change},
    idempotency::Keyed,
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    amount::Quantity,
    ids::{OrganizationId, PackId},
    input::IdempotencyKey,
    packs::Pack,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Connection;
use uuid::Uuid;

/// A pack that was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedPack {
    /// Its id.
    pub pack_id: PackId,
    /// Credits in it.
    pub credits: Quantity,
    /// When what is left of it is lost; `None` has no end.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Service {
    /// Grants `credits` to an organization, until the end of `last_day` in its zone, or without
    /// an end. The same key and request is answered the same again.
    pub async fn grant_pack(
        &self,
        operator: &Operator,
        id: OrganizationId,
        credits: Quantity,
        last_day: Option<NaiveDate>,
        key: Option<IdempotencyKey>,
    ) -> Result<GrantedPack> {
        let mut transaction = self.store.begin().await?;
        let lock = store::organizations::lock(&mut transaction, id).await?;
        lock.ok_or(Error::NotFound("organization"))?;
        let now = self.clock.now(&mut transaction).await?;
        let request = Keyed::of_operator(key, "packs", &(credits, last_day))?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        let organization = store::organizations::get(&mut transaction, id).await?;
        let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
        let ends_at = last_day.map(|day| zone.end_of(day, now)).transpose();
        let ends_at = ends_at.map_err(|invalid| invalid.at("ends"))?;
        let pack =
            Pack { id: PackId(Uuid::now_v7()), remaining: credits.get(), granted_at: now, ends_at };
        grant(&mut transaction, operator, id, &pack).await?;
        let granted = GrantedPack { pack_id: pack.id, credits, ends_at };
        request.remember(&mut transaction, id, &granted, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(granted)
    }
}

/// Adds a pack and says so in the audit log.
pub(crate) async fn grant(
    connection: &mut Connection,
    operator: &Operator,
    id: OrganizationId,
    pack: &Pack,
) -> Result<()> {
    store::packs::insert(connection, id, pack).await?;
    let after = json!({"credits": pack.remaining, "ends_at": pack.ends_at});
    let change =
        Change { action: "pack.granted", subject: pack.id.0, before: None, after: Some(&after) };
    audit::record_operator(connection, operator, id, change, pack.granted_at).await
}
