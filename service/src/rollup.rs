//! Summing the ledger up per quarter of an hour and per day, beside decisions and never in their way.

use crate::{Error, Result, Service};
use domain::ids::OrganizationId;
use store::Whose;

/// Organizations looked at in one go; the next go begins with those that follow.
const ORGANIZATIONS: i64 = 1_000;
/// Chunks of one organization's ledger in one go, so that a long one holds up nobody else.
const CHUNKS: usize = 20;

impl Service {
    /// Sums up what ledgers got since the last time. Several servers can do so at once. How many
    /// organizations there were to sum up.
    pub async fn roll_up(&self) -> Result<usize> {
        let (mut after, mut rolled) = (None, 0);
        loop {
            let behind = {
                let mut transaction = self.store.read(Whose::Everybodys).await?;
                store::usage_history::behind(&mut transaction, after, ORGANIZATIONS).await?
            };
            let Some(last) = behind.last() else { return Ok(rolled) };
            after = Some(*last);
            for id in behind {
                rolled += usize::from(self.roll_up_organization(id).await?);
            }
        }
    }

    async fn roll_up_organization(&self, id: OrganizationId) -> Result<bool> {
        for chunk in 0..CHUNKS {
            let mut transaction = self.store.begin(id).await?;
            let Some(next) = store::usage_history::take(&mut transaction, id).await? else {
                return Ok(chunk > 0);
            };
            let organization = store::organizations::get(&mut transaction, id).await?;
            let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
            store::usage_history::sum_up(&mut transaction, id, next, zone).await?;
            transaction.commit().await.map_err(store::Error::from)?;
        }
        Ok(true)
    }
}
