//! Lists of requests, and the page to ask for more.

use super::{open_request, reading::Words, standing};
use crate::{Caller, Error, Result, Service, loading::Loaded, reach::Reach};
use domain::{
    access::Action,
    ids::MemberId,
    raises::{OwnLimit, RaiseStatus},
    views::{Moment, RaiseForm, RaiseRow, RaisesPage},
};
use store::{Connection, raise_requests::Wanted};

/// Requests on one page.
const PAGE: i64 = 50;
/// Requests of one's own that *My Usage* lists.
const OWN: i64 = 5;

impl Service {
    /// One page of the requests that the caller may see, from 1; past the end is the last.
    pub async fn raise_requests(
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
