//! Lists of requests, and the page to ask for more.

use super::{open_request, reading::Words, standing};
use crate::{
    Caller, Error, Result, Service, cursor, loading::Loaded, operators::one_more_than, reach::Reach,
};
use domain::{
    access::Action,
    ids::MemberId,
    raises::{OwnLimit, RaiseRequest, RaiseStatus},
    views::{Moment, RaiseForm, RaiseRow, RaisesPage},
};
use store::{Connection, raise_requests::Wanted};

/// Requests on one page.
const PAGE: i64 = 50;
/// Requests of one's own that *My Usage* lists.
const OWN: i64 = 5;

/// Which requests are wanted.
#[derive(Clone, Debug)]
pub struct RaiseFilter {
    /// What became of them.
    pub status: Option<RaiseStatus>,
    /// Where the list goes on.
    pub cursor: Option<String>,
    /// How many, at most.
    pub size: usize,
}

/// Requests, open ones first.
#[derive(Clone, Debug)]
pub struct RaiseList {
    /// The requests.
    pub requests: Vec<RaiseRequest>,
    /// Where the next part begins; `None`: this is the last.
    pub next_cursor: Option<String>,
}

impl Service {
    /// Requests that the caller may see: open ones first, and of each kind the latest first.
    pub async fn raise_list(&self, caller: &Caller, filter: &RaiseFilter) -> Result<RaiseList> {
        caller.require(Action::ViewRaiseRequests)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let reach = Reach::of(&mut snapshot, caller, Action::ViewRaiseRequests, now).await?;
        let wanted = Wanted {
            subtenants: reach.subtenants(),
            status: filter.status,
            after: filter.cursor.as_deref().map(cursor::read).transpose()?,
            size: one_more_than(filter.size),
            ..Wanted::default()
        };
        let mut requests = store::raise_requests::list(&mut snapshot, id, &wanted).await?;
        let place = |last: &RaiseRequest| {
            let at = last.answered_at.unwrap_or(last.asked_at);
            (last.status == RaiseStatus::Open, at, last.id)
        };
        let next_cursor = cursor::cut(&mut requests, filter.size, place)?;
        Ok(RaiseList { requests, next_cursor })
    }

    /// One page of them, from 1; past the end is the last.
    pub async fn raise_page(
        &self,
        caller: &Caller,
        status: Option<RaiseStatus>,
        page: i64,
    ) -> Result<RaisesPage> {
        caller.require(Action::ViewRaiseRequests)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let loaded = self.load_unlocked(&mut snapshot, id).await?;
        let action = Action::ViewRaiseRequests;
        let reach = Reach::of(&mut snapshot, caller, action, loaded.now).await?;
        let wanted = Wanted { subtenants: reach.subtenants(), status, ..Wanted::default() };
        let total = store::raise_requests::count(&mut snapshot, id, &wanted).await?;
        let pages = total.div_euclid(PAGE) + i64::from(total % PAGE > 0);
        let page = page.clamp(1, pages.max(1));
        let wanted = Wanted { offset: (page - 1) * PAGE, size: PAGE, ..wanted };
        let rows = rows(&mut snapshot, caller, &loaded, &wanted).await?;
        Ok(RaisesPage { rows, status, total, page, pages })
    }

    /// The page on which the caller asks for more of a limit of theirs.
    pub async fn raise_form(&self, caller: &Caller, own_limit: OwnLimit) -> Result<RaiseForm> {
        caller.require(Action::ViewOwnUsage)?;
        let (id, member) = (caller.organization, caller.member()?);
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let limit = standing(&mut snapshot, &mut loaded, member, &own_limit).await?;
        let limit = limit.ok_or(Error::NotFound("limit of yours"))?;
        let words = Words::new(&mut snapshot, &loaded).await?;
        let open = open_request(&mut snapshot, &loaded, member, &own_limit).await?;
        let zone = loaded.organization.time_zone;
        Ok(RaiseForm {
            what: words.what(&own_limit, limit.period),
            limit: limit.limit.map(|amount| words.counted(&own_limit, amount)),
            taken: words.counted(&own_limit, limit.used + limit.reserved),
            resets: limit.resets_at.map(|at| Moment::new(at, zone, loaded.now)),
            unit: words.unit(&own_limit),
            open: open.map(|request| words.row(caller, &loaded, request)),
            own_limit,
        })
    }
}

/// The latest requests of a member themselves, open ones first.
pub(crate) async fn of_member(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    member: MemberId,
) -> Result<Vec<RaiseRow>> {
    let wanted = Wanted { member: Some(member), size: OWN, ..Wanted::default() };
    rows(connection, caller, loaded, &wanted).await
}

async fn rows(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    wanted: &Wanted,
) -> Result<Vec<RaiseRow>> {
    let words = Words::new(connection, loaded).await?;
    let found = store::raise_requests::list(connection, loaded.state.id, wanted).await?;
    Ok(found.into_iter().map(|request| words.row(caller, loaded, request)).collect())
}
