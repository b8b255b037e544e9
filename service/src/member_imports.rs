//! Adding members by the thousand, from a list as CSV: first a look at what would be done, then all
//! of it or nothing.

mod rows;

use crate::{Caller, Error, Result, Service, loading::Loaded, member_lists::job_roles, members};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Action,
    ids::MemberImportId,
    input::Invalid,
    views::{
        MemberStatus, Moment,
        members::{ImportDraft, ImportRow},
    },
};
use rows::{Checked, Known};
use store::Connection;
use uuid::Uuid;

/// How long a list is kept for the one who looks through it.
const KEPT: TimeDelta = TimeDelta::days(1);
/// Lists of one organization that are kept at the same time.
const LISTS: i64 = 20;
/// Rows and errors that the page shows.
const SHOWN_ROWS: usize = 20;
const SHOWN_ERRORS: usize = 200;

impl Service {
    /// Keeps a list of members for a day, to be looked through. Nobody is added yet.
    pub async fn draft_member_import(
        &self,
        caller: &Caller,
        content: &str,
    ) -> Result<MemberImportId> {
        caller.require(Action::ManageMembers)?;
        rows::read(content)?;
        let id = MemberImportId(Uuid::now_v7());
        let organization = caller.organization;
        let mut transaction = self.store.begin(organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        store::member_imports::insert(&mut transaction, organization, id, content, LISTS - 1, now)
            .await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(id)
    }

    /// What importing a list would do.
    pub async fn member_import(&self, caller: &Caller, id: MemberImportId) -> Result<ImportDraft> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.snapshot(caller.organization).await?;
        let loaded = self.load_unlocked(&mut transaction, caller.organization).await?;
        let now = loaded.now;
        let (known, checked, made_at) = check(&mut transaction, &loaded, id).await?;
        let taken = store::members::seats_used(&mut transaction, caller.organization).await?;
        let rows = &checked.members;
        let active =
            rows.iter().filter(|(_, member)| member.status == MemberStatus::Active).count();
        let seats_free = loaded.organization.seats.map(|seats| (seats - taken).max(0));
        Ok(ImportDraft {
            id,
            rows: count(checked.rows),
            active: count(active),
            seats_free,
            first: rows
                .iter()
                .take(SHOWN_ROWS)
                .map(|(line, member)| ImportRow {
                    line: *line,
                    name: member.name.to_string(),
                    email: member.email.to_string(),
                    status: member.status,
                    job_role: known.job_role_name(&member.job_role),
                    subtenant: member
                        .subtenant
                        .map(|id| known.subtenant_name(id))
                        .unwrap_or_default(),
                    roles: member.roles.clone(),
                    limit: member.limit.map(|limit| limit.to_string()).unwrap_or_default(),
                })
                .collect(),
            errors_total: count(checked.errors.len()),
            errors: checked.errors.into_iter().take(SHOWN_ERRORS).collect(),
            until: Moment::new(made_at + KEPT, loaded.organization.time_zone, now),
        })
    }

    /// Adds all members of a list; how many. Where anything is wrong by now, none is added.
    pub async fn import_members(&self, caller: &Caller, id: MemberImportId) -> Result<i64> {
        caller.require(Action::ManageMembers)?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let organization = caller.organization;
        let mut loaded = self.load_locked(&mut transaction, organization).await?;
        let (_, checked, _) = check(&mut transaction, &loaded, id).await?;
        if let Some(error) = checked.errors.first() {
            let message = format!(
                "can't be imported as it is. Line {}, {}: {}",
                error.line, error.column, error.message
            );
            return Err(Invalid::new("draft", message).into());
        }
        let added = count(checked.members.len());
        members::require_seats(&mut transaction, &loaded, added).await?;
        let new: Vec<_> = checked.members.into_iter().map(|(_, member)| member).collect();
        let ids = members::insert(&mut transaction, &mut loaded, &new).await?;
        members::record(&mut transaction, caller, &loaded, &new, &ids).await?;
        store::member_imports::delete(&mut transaction, organization, id).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(added)
    }
}

/// Holds a list against what the organization has now; also says when the list was kept.
async fn check(
    connection: &mut Connection,
    loaded: &Loaded,
    id: MemberImportId,
) -> Result<(Known, Checked, DateTime<Utc>)> {
    let organization = loaded.state.id;
    let since = loaded.now - KEPT;
    let content = store::member_imports::get(connection, organization, id, since).await?;
    let (content, made_at) = content.ok_or(Error::NotFound(
        "list: it was imported already, or is older than a day. Paste it once more",
    ))?;
    let records = rows::read(&content)?;
    let (emails, external_ids) = rows::names(&records);
    let taken = store::members::taken(connection, organization, &emails, &external_ids).await?;
    let known = Known::new(
        job_roles(connection).await?,
        store::subtenants::list(
            connection,
            organization,
            rows::MOST.try_into().unwrap_or(i64::MAX),
        )
        .await?,
        taken,
    );
    let checked = rows::check(&records, &known);
    Ok((known, checked, made_at))
}

fn count(of: usize) -> i64 {
    of.try_into().unwrap_or(i64::MAX)
}
