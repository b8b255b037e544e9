//! Members of an organization.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    default_limits, idempotency,
    subtenants::require_open,
};
use domain::{
    access::{Action, Role},
    ids::{MemberId, SubtenantId, UserId},
    input::{Code, Email, ExternalId, IdempotencyKey, Name},
    views::MemberStatus,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// A member to be added.
#[derive(Clone, Debug, Serialize)]
pub struct NewMember {
    /// Their email.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// The name that another system has for them.
    pub external_id: Option<ExternalId>,
    /// The part of the organization that they belong to.
    pub subtenant: Option<SubtenantId>,
    /// What they do in the company: a job role of the catalogue.
    pub job_role: Code,
    /// `active` or `invited`.
    pub status: MemberStatus,
}

impl Service {
    /// Adds a member; refuses one more than the plan has seats. The same key and member is answered
    /// the same again.
    pub async fn add_member(
        &self,
        caller: &Caller,
        member: NewMember,
        key: Option<IdempotencyKey>,
    ) -> Result<MemberId> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.begin().await?;
        let id = caller.organization;
        // Under the lock, so that two callers can't take the last seat.
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let request = idempotency::Keyed::new(key, "members", &member)?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        let seats = loaded.organization.seats;
        let taken = store::members::seats_used(&mut transaction, id).await?;
        if let Some(seats) = seats.filter(|seats| taken >= *seats) {
            return Err(Error::SeatsTaken { seats });
        }
        require_open(&mut transaction, id, member.subtenant).await?;

        let user =
            store::users::find_or_insert(&mut transaction, UserId(Uuid::now_v7()), &member.email)
                .await?;
        let new = store::members::NewMember {
            id: MemberId(Uuid::now_v7()),
            user: Some(user),
            email: member.email,
            name: member.name,
            external_id: member.external_id,
            subtenant: member.subtenant,
            status: member.status,
            job_role: member.job_role,
        };
        store::members::insert(&mut transaction, id, &new, &[Role::Member], now).await?;
        let limited = [(new.id, new.job_role.clone())];
        default_limits::give(&mut transaction, &mut loaded, &limited).await?;
        loaded.work_out_set_aside(&mut transaction).await?;
        loaded.save_lock(&mut transaction).await?;
        let after = json!({"email": new.email, "name": new.name, "status": new.status});
        let change =
            Change { action: "member.added", subject: new.id.0, before: None, after: Some(&after) };
        audit::record(&mut transaction, caller, change, now).await?;
        request.remember(&mut transaction, id, &new.id, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(new.id)
    }
}
