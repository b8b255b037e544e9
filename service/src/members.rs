//! New members of an organization.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    default_limits, idempotency,
    invitations::Invited,
    loading::Loaded,
    member_limits::put_in_force,
    subtenants::require_open,
};
use domain::{
    access::{Action, Role},
    credits::CreditCap,
    ids::{ChangeId, MemberId, SubtenantId, UserId},
    input::{Code, Email, ExternalId, IdempotencyKey, Name},
    member_limits::LimitSchedule,
    members::seats_suffice,
    views::MemberStatus,
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use store::{Connection, Transaction};
use utoipa::ToSchema;
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
    /// Their roles.
    pub roles: Vec<Role>,
    /// Their own credit limit; `None` leaves it to the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<CreditCap>,
}

/// A member that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddedMember {
    /// Their id.
    pub id: MemberId,
    /// How they can join, if they are invited.
    #[serde(flatten)]
    pub invitation: Option<Invited>,
}

impl Service {
    /// Adds a member; refuses one more than the plan has seats. The same key and member is answered
    /// the same again, with the same link: that is why it is kept along with the answer.
    pub async fn add_member(
        &self,
        caller: &Caller,
        member: NewMember,
        key: Option<IdempotencyKey>,
    ) -> Result<AddedMember> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let id = caller.organization;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let request = idempotency::Keyed::new(caller, key, "members", &member)?;
        if let Some(answer) = request.answered(&mut transaction, id).await? {
            return Ok(answer);
        }
        require_seats(&mut transaction, &loaded, 1).await?;
        let new = std::slice::from_ref(&member);
        let ids = insert(&mut transaction, &mut loaded, new).await?;
        let added = *ids.first().ok_or(Error::Internal)?;
        let invitation = match member.status {
            MemberStatus::Invited => Some(self.invite(&mut transaction, caller, added, now).await?),
            _ => None,
        };
        record(&mut transaction, caller, &loaded, new, &ids).await?;
        let answer = AddedMember { id: added, invitation };
        request.remember(&mut transaction, id, &answer, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(answer)
    }
}

/// Adds members: every new member comes through here, whoever adds them. Who is given no limit of
/// their own starts with that of their job role. The organization must be locked, and have the
/// seats.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    loaded: &mut Loaded,
    members: &[NewMember],
) -> Result<Vec<MemberId>> {
    let (id, now) = (loaded.state.id, loaded.now);
    let subtenants: HashSet<_> = members.iter().filter_map(|member| member.subtenant).collect();
    for subtenant in subtenants {
        require_open(transaction, id, Some(subtenant)).await?;
    }
    let users: Vec<(UserId, Email)> =
        members.iter().map(|member| (UserId(Uuid::now_v7()), member.email.clone())).collect();
    let users = store::users::find_or_insert(transaction, &users).await?;
    let new: Vec<_> = members.iter().zip(users).map(|(member, user)| row(member, user)).collect();
    store::members::insert(transaction, id, &new, now).await?;

    let ids: Vec<MemberId> = new.iter().map(|member| member.id).collect();
    let each = || ids.iter().zip(members);
    let own =
        each().filter_map(|(id, member)| Some((*id, LimitSchedule::lasting(Some(member.limit?)))));
    put_in_force(transaction, loaded, own).await?;
    let others: Vec<(MemberId, Code)> = each()
        .filter(|(_, member)| member.limit.is_none())
        .map(|(id, member)| (*id, member.job_role.clone()))
        .collect();
    default_limits::give(transaction, loaded, &others).await?;
    loaded.work_out_set_aside(transaction).await?;
    loaded.save_lock(transaction).await?;
    Ok(ids)
}

fn row(member: &NewMember, user: UserId) -> store::members::NewMember {
    let member = member.clone();
    store::members::NewMember {
        id: MemberId(Uuid::now_v7()),
        user: Some(user),
        email: member.email,
        name: member.name,
        external_id: member.external_id,
        subtenant: member.subtenant,
        status: member.status,
        job_role: member.job_role,
        roles: member.roles,
    }
}

/// Says in the audit log that `members` were added.
pub(crate) async fn record(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    members: &[NewMember],
    ids: &[MemberId],
) -> Result<()> {
    let changes = ids.iter().zip(members).map(|(id, after)| Change {
        action: "member.added",
        subject: id.0,
        before: None,
        after: Some(after),
    });
    let together = ChangeId(Uuid::now_v7());
    audit::record_together(connection, caller, together, changes, loaded.now).await
}

/// Refuses `needed` more members than the plan has seats for. The organization must be locked, so
/// that two callers can't take the last seat.
pub(crate) async fn require_seats(
    connection: &mut Connection,
    loaded: &Loaded,
    needed: i64,
) -> Result<()> {
    let taken = store::members::seats_used(connection, loaded.state.id).await?;
    match loaded.organization.seats {
        Some(seats) if !seats_suffice(seats, taken, needed) => Err(Error::SeatsTaken { seats }),
        _ => Ok(()),
    }
}
