//! Whose members a caller reaches: everybody's, or those of their own subtenant.

use crate::{Actor, Caller, Result};
use chrono::{DateTime, Utc};
use domain::{access::Action, ids::SubtenantId};
use store::Connection;

/// Whose members a caller reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All members of the organization.
    Everybody,
    /// The members of this subtenant; `None`: they administer a subtenant and belong to none.
    Of(Option<SubtenantId>),
}

impl Reach {
    /// How far `caller` reaches with `action`.
    pub(crate) async fn of(
        connection: &mut Connection,
        caller: &Caller,
        action: Action,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        match caller.actor {
            Actor::Member(me) if caller.rights().own_subtenant_only(action) => {
                let me = store::members::get(connection, caller.organization, me, now).await?;
                Ok(Self::Of(me.and_then(|me| me.subtenant)))
            }
            Actor::Member(_) | Actor::ApiKey(_) => Ok(Self::Everybody),
        }
    }

    /// Whether members of `subtenant` are within it.
    pub(crate) fn includes(self, subtenant: Option<SubtenantId>) -> bool {
        match self {
            Self::Everybody => true,
            Self::Of(mine) => mine.is_some() && mine == subtenant,
        }
    }
}
