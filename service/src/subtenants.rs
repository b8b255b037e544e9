//! Subtenants: the parts of an organization.

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    cursor, idempotency,
    loading::Loaded,
    reach::Reach,
};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    balances::{Holder, Path},
    ids::{OrganizationId, SubtenantId},
    input::{Code, IdempotencyKey, Invalid, Name},
    subtenants::{SubtenantFilter, SubtenantRow, SubtenantsPage},
    views::Period,
};
use serde::Serialize;
use serde_json::json;
use store::{
    Connection,
    subtenants::{Listed, Wanted},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Subtenants on one page of the table.
const PAGE: i64 = 50;
/// Subtenants in one answer of the API.
const LISTED: i64 = 200;

/// A subtenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Subtenant {
    /// Its id.
    pub id: SubtenantId,
    /// Its name.
    pub name: String,
    /// Since when it takes no members; `None` takes some.
    pub archived_at: Option<DateTime<Utc>>,
    /// Its members, whatever their status.
    pub members: i64,
    /// Those of them who may use something.
    pub active_members: i64,
    /// Counts edits; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl From<Listed> for Subtenant {
    fn from(listed: Listed) -> Self {
        let store::subtenants::Subtenant { id, name, archived_at, version } = listed.subtenant;
        let (members, active_members) = (listed.members, listed.active);
        Self { id, name, archived_at, members, active_members, version }
    }
}

/// Some subtenants by name, and where the list goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubtenantList {
    /// The subtenants.
    pub subtenants: Vec<Subtenant>,
    /// Send it to get those that follow; `None`: these are the last.
    pub next_cursor: Option<String>,
}

/// What is to be changed of a subtenant; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct SubtenantEdit {
    /// Its name.
    pub name: Option<Name>,
    /// Whether it is archived: it takes no members then, and stays in everything that was recorded.
    pub archived: Option<bool>,
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
        let mut transaction = self.store.begin(caller.organization).await?;
        let id = caller.organization;
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let request = idempotency::Keyed::new(caller, key, "subtenants", &name)?;
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

    /// Renames, archives or restores a subtenant. `expected` is the version that the caller read:
    /// if it was changed since, nothing is saved.
    pub async fn edit_subtenant(
        &self,
        caller: &Caller,
        subtenant: SubtenantId,
        edit: SubtenantEdit,
        expected: Option<i64>,
    ) -> Result<Subtenant> {
        caller.require(Action::ManageMembers)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        // Under the lock, so that nobody joins one that is archived at this moment.
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let found = listed(&mut transaction, id, subtenant, now).await?;
        let found = found.ok_or(Error::NotFound("subtenant"))?;
        let in_use = found.in_use;
        let before = Subtenant::from(found);
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(stale(&before)?);
        }
        let archived_at = match edit.archived {
            Some(true) => before.archived_at.or(Some(now)),
            Some(false) => None,
            None => before.archived_at,
        };
        let name = edit.name.map_or_else(|| before.name.clone(), String::from);
        let action = match (before.archived_at.is_some(), archived_at.is_some()) {
            (false, true) => "subtenant.archived",
            (true, false) => "subtenant.restored",
            _ if name == before.name => return Ok(before),
            _ => "subtenant.renamed",
        };
        if action == "subtenant.archived" && in_use > 0 {
            return Err(Error::SubtenantInUse { members: in_use });
        }
        let saved = store::subtenants::Subtenant { id: subtenant, name, archived_at, version: 0 };
        store::subtenants::save(&mut transaction, id, &saved).await?;
        let after = find(&mut transaction, id, subtenant, now).await?;
        let what = |of: &Subtenant| json!({"name": of.name, "archived_at": of.archived_at});
        let (was, is) = (what(&before), what(&after));
        let change = Change { action, subject: subtenant.0, before: Some(&was), after: Some(&is) };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }

    /// One subtenant.
    pub async fn subtenant(&self, caller: &Caller, subtenant: SubtenantId) -> Result<Subtenant> {
        caller.require(Action::ViewMembers)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        let reach = Reach::of(&mut transaction, caller, Action::ViewMembers, now).await?;
        if !reach.includes(Some(subtenant)) {
            return Err(Error::NotFound("subtenant"));
        }
        find(&mut transaction, caller.organization, subtenant, now).await
    }

    /// Subtenants by name, up to 200 of them, from `cursor` on.
    pub async fn subtenants(
        &self,
        caller: &Caller,
        filter: &SubtenantFilter,
        cursor: Option<&str>,
    ) -> Result<SubtenantList> {
        caller.require(Action::ViewMembers)?;
        let after: Option<String> = cursor.map(cursor::read).transpose()?;
        let mut transaction = self.store.read(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        let reach = Reach::of(&mut transaction, caller, Action::ViewMembers, now).await?;
        let only = reach.subtenants();
        let (only, after) = (only.as_deref(), after.as_deref());
        // One more than is shown says whether there are more.
        let wanted = Wanted { filter, only, after, offset: 0, size: LISTED + 1 };
        let found =
            store::subtenants::page(&mut transaction, caller.organization, wanted, now).await?;
        let mut subtenants: Vec<Subtenant> = found.into_iter().map(Subtenant::from).collect();
        let listed = usize::try_from(LISTED).unwrap_or(usize::MAX);
        let more = subtenants.len() > listed;
        subtenants.truncate(listed);
        let last = subtenants.last().filter(|_| more);
        let next_cursor = last.map(|last| cursor::write(&last.name)).transpose()?;
        Ok(SubtenantList { subtenants, next_cursor })
    }

    /// The page *Subtenants*: `page` from 1, and the one that is being changed.
    pub async fn subtenants_page(
        &self,
        caller: &Caller,
        filter: SubtenantFilter,
        page: i64,
        open: Option<SubtenantId>,
    ) -> Result<SubtenantsPage> {
        caller.require(Action::ViewMembers)?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut transaction, id).await?;
        let now = loaded.now;
        let reach = Reach::of(&mut transaction, caller, Action::ViewMembers, now).await?;
        let only = reach.subtenants();
        let only = only.as_deref();
        let total = store::subtenants::count(&mut transaction, id, &filter, only).await?;
        let pages = total.div_euclid(PAGE) + i64::from(total % PAGE > 0);
        let page = page.clamp(1, pages.max(1));
        let offset = (page - 1) * PAGE;
        let wanted = Wanted { filter: &filter, only, after: None, offset, size: PAGE };
        let found = store::subtenants::page(&mut transaction, id, wanted, now).await?;
        let open = match open.filter(|open| reach.includes(Some(*open))) {
            Some(open) => listed(&mut transaction, id, open, now).await?,
            None => None,
        };
        let shown = found.iter().chain(&open).map(|listed| credits_of(listed.subtenant.id));
        loaded.add_balances(&mut transaction, shown.collect::<Vec<_>>()).await?;
        let state = &loaded.state;
        Ok(SubtenantsPage {
            usage_window: Period::new(state.credit_window(now), state.credit_zone(now), now),
            rows: found.into_iter().map(|found| row(&loaded, found)).collect(),
            open: open.map(|open| row(&loaded, open)),
            filter,
            total,
            page,
            pages,
            own_only: reach != Reach::Everybody,
        })
    }
}

/// Refuses a subtenant that takes no members: one that is archived, or not of this organization.
pub(crate) async fn require_open(
    connection: &mut Connection,
    id: OrganizationId,
    subtenant: Option<SubtenantId>,
) -> Result<()> {
    let Some(subtenant) = subtenant else { return Ok(()) };
    let found = store::subtenants::get(connection, id, subtenant).await?;
    let why = match found.map(|found| found.archived_at) {
        Some(None) => return Ok(()),
        Some(Some(_)) => "is archived, and takes no members until it is restored",
        None => "is not a subtenant of this organization",
    };
    Err(Invalid::new("subtenant", why).into())
}

async fn listed(
    connection: &mut Connection,
    id: OrganizationId,
    subtenant: SubtenantId,
    now: DateTime<Utc>,
) -> Result<Option<Listed>> {
    let filter = SubtenantFilter { search: None, archived: true };
    let only = [subtenant.0];
    let wanted = Wanted { filter: &filter, only: Some(&only), after: None, offset: 0, size: 1 };
    Ok(store::subtenants::page(connection, id, wanted, now).await?.pop())
}

async fn find(
    connection: &mut Connection,
    id: OrganizationId,
    subtenant: SubtenantId,
    now: DateTime<Utc>,
) -> Result<Subtenant> {
    let found = listed(connection, id, subtenant, now).await?;
    found.map(Subtenant::from).ok_or(Error::NotFound("subtenant"))
}

/// Where the credits count that members of a subtenant use.
fn credits_of(subtenant: SubtenantId) -> (Path, Code) {
    (Path { subtenant: Some(subtenant), member: None }, Code::credits())
}

fn row(loaded: &Loaded, listed: Listed) -> SubtenantRow {
    let (state, subtenant) = (&loaded.state, listed.subtenant);
    let zone = state.calendar.zone();
    let window = state.credit_window(loaded.now);
    SubtenantRow {
        id: subtenant.id,
        name: subtenant.name,
        archived: subtenant.archived_at.map(|at| zone.local_text(at)),
        members: listed.members,
        active: listed.active,
        in_use: listed.in_use,
        used: state.credits(Holder::Subtenant(subtenant.id), window).used,
        quotas: listed.quotas,
        version: subtenant.version,
    }
}

fn stale(current: &Subtenant) -> Result<Error> {
    let state = if current.archived_at.is_some() { " and is archived" } else { "" };
    Ok(Error::Stale {
        summary: format!("the subtenant is called {}{state}", current.name),
        current: serde_json::to_value(current).map_err(store::Error::from)?,
    })
}
