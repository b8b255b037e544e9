use crate::{Error, Result};
use domain::{
    access::{Action, Rights},
    ids::{ApiKeyId, MemberId, OrganizationId},
};
use std::net::IpAddr;

/// Who calls a use case, for which organization, and what they may do there. Only this crate
/// makes one, from a session or a key.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(crate) organization: OrganizationId,
    pub(crate) actor: Actor,
    pub(crate) rights: Rights,
    pub(crate) ip: Option<IpAddr>,
}

/// A person or a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member who signed in.
    Member(MemberId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
}

impl Caller {
    /// What the caller may do.
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The organization that everything the caller does is about.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The same caller, calling from `ip`.
    #[must_use]
    pub fn from_ip(self, ip: Option<IpAddr>) -> Self {
        Self { ip, ..self }
    }

    /// Refuses a caller who may not do `action`.
    pub(crate) fn require(&self, action: Action) -> Result<()> {
        if self.rights.allow(action) { Ok(()) } else { Err(Error::Forbidden(action)) }
    }

    /// The member who calls; programs have none.
    pub(crate) fn member(&self) -> Result<MemberId> {
        match self.actor {
            Actor::Member(member) => Ok(member),
            Actor::ApiKey(_) => Err(Error::NotFound("member")),
        }
    }
}
