//! Changing members, and letting them go.

use crate::{
    BudgetEdit, Caller, Error, Result, Service,
    audit::{self, Change},
    budgets,
    invitations::require_invited,
    loading::Loaded,
    members::require_seats,
    moving::move_locked,
    subtenants::require_open,
};
use chrono::{DateTime, Utc};
use domain::{
    access::{Action, Role},
    ids::{MemberId, OrganizationId, SubtenantId},
    input::{Code, ExternalId, Name},
    members::{InvitationEnd, keep_an_administrator, status_changes},
    views::MemberStatus,
};
use serde::Serialize;
use store::{Connection, Transaction, member_lists::Details};
use utoipa::ToSchema;

/// A member as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedMember {
    /// Who.
    pub id: MemberId,
    /// Their email.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The name that another system has for them.
    pub external_id: Option<String>,
    /// The part of the organization that they belong to.
    pub subtenant: Option<SubtenantId>,
    /// What they do in the company.
    pub job_role: Code,
    /// Their roles, from the most to the least powerful.
    pub roles: Vec<Role>,
    /// Whether they may use anything.
    pub status: MemberStatus,
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// When they joined; `None`: not yet.
    pub joined_at: Option<DateTime<Utc>>,
    /// Counts edits; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl From<Details> for SavedMember {
    fn from(details: Details) -> Self {
        Self {
            id: details.id,
            email: details.email,
            name: details.name,
            external_id: details.external_id,
            subtenant: details.subtenant.map(|(id, _)| id),
            job_role: details.job_role.code,
            roles: details.roles,
            status: details.status,
            created_at: details.created_at,
            joined_at: details.joined_at,
            version: details.version,
        }
    }
}

impl SavedMember {
    /// A member who was not removed. `expected` is the version that the caller read: if the member
    /// was changed since, that is an error with the current values.
    pub(crate) async fn find(
        connection: &mut Connection,
        organization: OrganizationId,
        member: MemberId,
        expected: Option<i64>,
    ) -> Result<Self> {
        let found = store::member_lists::details(connection, organization, &[member]).await?;
        let found = found.into_iter().next().ok_or(Error::NotFound("member"))?;
        let summary = summary(&found);
        let found = Self::from(found);
        if expected.is_some_and(|expected| expected != found.version) {
            let current = serde_json::to_value(&found).map_err(store::Error::from)?;
            return Err(Error::Stale { summary, current });
        }
        Ok(found)
    }
}

/// A member as they are now, for the one whose edit is refused.
fn summary(member: &Details) -> String {
    let roles: Vec<String> = member.roles.iter().map(ToString::to_string).collect();
    let subtenant = member.subtenant.as_ref().map_or("no subtenant", |(_, name)| name);
    let external_id = member.external_id.as_deref().unwrap_or("none");
    format!(
        "name {}, status {}, roles {}, job role {}, subtenant {subtenant}, external id {external_id}",
        member.name,
        member.status.code(),
        roles.join(" and "),
        member.job_role.name,
    )
}

/// What is to become of a member; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct MemberEdit {
    /// Their name.
    pub name: Option<Name>,
    /// Their roles.
    pub roles: Option<Vec<Role>>,
    /// What they do in the company.
    pub job_role: Option<Code>,
    /// The part of the organization that they belong to; `Some(None)` for none.
    pub subtenant: Option<Option<SubtenantId>>,
    /// The name that another system has for them; `Some(None)` for none.
    pub external_id: Option<Option<ExternalId>>,
    /// `active` or `inactive`.
    pub status: Option<MemberStatus>,
    /// Their personal budgets, for which it takes a right of its own.
    pub budgets: Vec<BudgetEdit>,
}

impl Service {
    /// Changes a member. `expected` is the version that the caller read: if the member was changed
    /// since, nothing is saved.
    pub async fn edit_member(
        &self,
        caller: &Caller,
        member: MemberId,
        edit: MemberEdit,
        expected: Option<i64>,
    ) -> Result<SavedMember> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let id = caller.organization;
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let now = loaded.now;
        let before = SavedMember::find(&mut transaction, id, member, expected).await?;
        let roles = edit.roles.clone().unwrap_or_else(|| before.roles.clone());
        if let Some(status) = edit.status {
            set_status(&mut transaction, &mut loaded, &before, status).await?;
        }
        let field = if edit.roles.is_some() { "roles" } else { "status" };
        let after = (edit.status.unwrap_or(before.status), roles.as_slice());
        require_administrator(&mut transaction, &loaded, &before, after, field).await?;
        write(&mut transaction, &before, &edit, &roles, id).await?;
        if !edit.budgets.is_empty() {
            budgets::save(&mut transaction, caller, &loaded, member, &edit.budgets).await?;
        }
        if let Some(subtenant) = edit.subtenant.filter(|to| *to != before.subtenant) {
            let found = store::members::get(&mut transaction, id, member, now).await?;
            let found = found.ok_or(Error::NotFound("member"))?;
            // Counts the edit.
            move_locked(&mut transaction, loaded, &found, subtenant).await?;
        } else {
            store::members::touch(&mut transaction, id, &[member]).await?;
        }
        let after = SavedMember::find(&mut transaction, id, member, None).await?;
        let change = Change {
            action: "member.edited",
            subject: member.0,
            before: Some(&before),
            after: Some(&after),
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }

    /// Lets a member go: what they used stays, their seat is free, and an open invitation ends.
    pub async fn remove_member(
        &self,
        caller: &Caller,
        member: MemberId,
        expected: Option<i64>,
    ) -> Result<()> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let loaded = self.load_locked(&mut transaction, caller.organization).await?;
        let before =
            SavedMember::find(&mut transaction, caller.organization, member, expected).await?;
        remove(transaction, loaded, caller, before).await
    }

    /// Takes an invitation back: whoever was invited is removed.
    pub async fn revoke_invitation(
        &self,
        caller: &Caller,
        member: MemberId,
        expected: Option<i64>,
    ) -> Result<()> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let loaded = self.load_locked(&mut transaction, caller.organization).await?;
        let before =
            SavedMember::find(&mut transaction, caller.organization, member, expected).await?;
        require_invited(before.status)?;
        remove(transaction, loaded, caller, before).await
    }
}

/// Lets a member go, and commits.
async fn remove(
    mut transaction: Transaction,
    mut loaded: Loaded,
    caller: &Caller,
    before: SavedMember,
) -> Result<()> {
    let (id, now) = (caller.organization, loaded.now);
    let after = (MemberStatus::Removed, before.roles.as_slice());
    require_administrator(&mut transaction, &loaded, &before, after, "status").await?;
    change_status(&mut transaction, &mut loaded, before.id, MemberStatus::Removed).await?;
    let end = InvitationEnd::Revoked;
    store::invitations::end(&mut transaction, id, before.id, end, now).await?;
    store::members::touch(&mut transaction, id, &[before.id]).await?;
    let change = Change {
        action: "member.removed",
        subject: before.id.0,
        before: Some(&before),
        after: None,
    };
    audit::record(&mut transaction, caller, change, now).await?;
    transaction.commit().await.map_err(store::Error::from)?;
    Ok(())
}

/// Deactivates or reactivates a member, which takes a free seat.
async fn set_status(
    connection: &mut Connection,
    loaded: &mut Loaded,
    before: &SavedMember,
    status: MemberStatus,
) -> Result<()> {
    if !status_changes(before.status, status)? {
        return Ok(());
    }
    if status == MemberStatus::Active {
        require_seats(connection, loaded, 1).await?;
        require_open(connection, loaded.state.id, before.subtenant).await?;
    }
    change_status(connection, loaded, before.id, status).await
}

/// Writes another status and what follows from it: custom limits promise to active members only.
pub(crate) async fn change_status(
    connection: &mut Connection,
    loaded: &mut Loaded,
    member: MemberId,
    status: MemberStatus,
) -> Result<()> {
    let (id, now) = (loaded.state.id, loaded.now);
    store::members::set_status(connection, id, member, status, now).await?;
    loaded.work_out_set_aside(connection).await?;
    loaded.save_lock(connection).await
}

async fn require_administrator(
    connection: &mut Connection,
    loaded: &Loaded,
    before: &SavedMember,
    after: (MemberStatus, &[Role]),
    field: &str,
) -> Result<()> {
    let others =
        store::members::other_administrators(connection, loaded.state.id, before.id).await?;
    let before = (before.status, before.roles.as_slice());
    Ok(keep_an_administrator(before, after, others, field)?)
}

async fn write(
    connection: &mut Connection,
    before: &SavedMember,
    edit: &MemberEdit,
    roles: &[Role],
    id: OrganizationId,
) -> Result<()> {
    let member = before.id;
    if let Some(name) = &edit.name {
        store::members::rename(connection, id, member, name).await?;
    }
    if roles != before.roles {
        store::members::set_roles(connection, id, member, roles).await?;
    }
    let job_role = edit.job_role.as_ref().unwrap_or(&before.job_role);
    let external_id = match &edit.external_id {
        Some(external_id) => external_id.as_ref().map(ExternalId::as_str),
        None => before.external_id.as_deref(),
    };
    Ok(store::members::describe(connection, id, member, job_role, external_id).await?)
}
