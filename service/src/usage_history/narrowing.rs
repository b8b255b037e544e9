//! How much of what others use a caller sees.

use crate::{Caller, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    access::{Action, UsageReach},
    history::Filter,
    input::Invalid,
};
use store::Connection;

/// The filter, narrowed down to what the caller may see.
pub(crate) async fn within_reach(
    connection: &mut Connection,
    caller: &Caller,
    filter: Filter,
    now: DateTime<Utc>,
) -> Result<Filter> {
    let id = caller.organization;
    let reach = UsageReach::of(&caller.rights).ok_or(Error::Forbidden(Action::ViewUsage))?;
    let member = match filter.member.flatten() {
        None => None,
        Some(member) => {
            let found = store::members::get(connection, id, member, now).await?;
            Some(found.ok_or(Error::NotFound("member"))?)
        }
    };
    if let Some(subtenant) = filter.subtenant.flatten() {
        let found = store::subtenants::get(connection, id, subtenant).await?;
        found.ok_or(Error::NotFound("subtenant"))?;
    }
    let UsageReach::Part { each_member, own_subtenant } = reach else { return Ok(filter) };
    if each_member && member.is_some() {
        return Ok(filter);
    }
    if !own_subtenant {
        return Err(Invalid::new("member", "must be chosen: you see one member at a time").into());
    }
    let own = crate::reach::own_subtenant(connection, caller, now).await?;
    let own = own.ok_or(Error::NotFound("subtenant of yours"))?;
    if member.is_some_and(|member| member.subtenant != Some(own)) {
        return Err(Error::NotFound("member"));
    }
    if filter.subtenant.is_some_and(|subtenant| subtenant != Some(own)) {
        return Err(Error::NotFound("subtenant"));
    }
    Ok(Filter { subtenant: Some(Some(own)), ..filter })
}
