//! Moving a member to another subtenant.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    batch::Batch,
    loading::Loaded,
    subtenants::require_open,
};
use domain::{
    access::Action,
    balances::Path,
    ids::{MemberId, SubtenantId},
    input::Code,
};
use serde::Serialize;
use serde_json::json;
use store::{Connection, members::Member};
use utoipa::ToSchema;

/// Where a member belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Belonging {
    /// Who.
    pub member_id: MemberId,
    /// The part of the organization that they belong to; `None` is none.
    pub subtenant: Option<SubtenantId>,
    /// Counts edits of the member; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl Service {
    /// Lets a member belong to another subtenant, or to none. What they used stays counted where
    /// it was used, and what is held settles where it is held; their part of a gauge moves along.
    /// No limit denies that. `expected` is the version that the caller read: if the member was
    /// changed since, nothing is saved.
    pub async fn move_member(
        &self,
        caller: &Caller,
        member: MemberId,
        subtenant: Option<SubtenantId>,
        expected: Option<i64>,
    ) -> Result<Belonging> {
        caller.require(Action::ManageMembers)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let found = store::members::get(&mut transaction, id, member, now).await?;
        let found = found.ok_or(Error::NotFound("member"))?;
        let before =
            Belonging { member_id: member, subtenant: found.subtenant, version: found.version };
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(Error::Stale {
                summary: "the member was edited".to_owned(),
                current: serde_json::to_value(before).map_err(store::Error::from)?,
            });
        }
        if before.subtenant == subtenant {
            return Ok(before);
        }
        let version = move_locked(&mut transaction, loaded, &found, subtenant).await?;
        let (was, is) = (json!({"subtenant": before.subtenant}), json!({"subtenant": subtenant}));
        let change = Change {
            action: "member.moved",
            subject: member.0,
            before: Some(&was),
            after: Some(&is),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(Belonging { subtenant, version, ..before })
    }
}

/// Moves a member of an organization that was locked and `loaded`, and writes the locked row; the
/// member's new version. The caller asks for the right, audits, and commits.
pub(crate) async fn move_locked(
    connection: &mut Connection,
    mut loaded: Loaded,
    member: &Member,
    subtenant: Option<SubtenantId>,
) -> Result<i64> {
    let id = loaded.state.id;
    require_open(connection, id, subtenant).await?;
    loaded.add_members(connection, std::slice::from_ref(member)).await?;
    let from = Path { subtenant: member.subtenant, member: Some(member.id) };
    let to = Path { subtenant, ..from };
    let gauges: Vec<Code> = loaded.state.catalogue.gauges().cloned().collect();
    let uses = [from, to].into_iter().flat_map(|path| gauges.iter().map(move |of| (path, of)));
    let uses: Vec<(Path, Code)> = uses.map(|(path, gauge)| (path, gauge.clone())).collect();
    loaded.add_balances(connection, uses).await?;
    let mut batch = Batch::new(loaded);
    for gauge in &gauges {
        batch.move_part(gauge, from, to);
    }
    batch.save(connection).await?;
    Ok(store::members::set_subtenant(connection, id, member.id, subtenant).await?)
}
