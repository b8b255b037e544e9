//! Whose members a caller reaches: everybody's, or those of their own subtenant.

use crate::{Actor, Caller, Result};
use chrono::{DateTime, Utc};
use domain::{access::Action, ids::SubtenantId};
use store::Connection;
use uuid::Uuid;

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
        if caller.rights().own_subtenant_only(action) {
            own_subtenant(connection, caller, now).await.map(Self::Of)
        } else {
            Ok(Self::Everybody)
        }
    }

    /// Whether members of `subtenant` are within it.
    pub(crate) fn includes(self, subtenant: Option<SubtenantId>) -> bool {
        match self {
            Self::Everybody => true,
            Self::Of(mine) => mine.is_some() && mine == subtenant,
        }
    }

    /// The subtenants that are within it; `None` is all of them.
    pub(crate) fn subtenants(self) -> Option<Vec<Uuid>> {
        match self {
            Self::Everybody => None,
            Self::Of(mine) => Some(mine.into_iter().map(|mine| mine.0).collect()),
        }
    }
}

/// The subtenant that `caller` belongs to: where a person is, or the only one that a key reaches.
pub(crate) async fn own_subtenant(
    connection: &mut Connection,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Option<SubtenantId>> {
    match caller.actor {
        Actor::Member(me) => {
            let me = store::members::get(connection, caller.organization, me, now).await?;
            Ok(me.and_then(|me| me.subtenant))
        }
        Actor::ApiKey(_) => Ok(caller.rights().key_subtenant()),
    }
}
