//! Identifiers, one type each, so that a member can't be passed where an organization is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A customer of the installation: everything else belongs to one.
    OrganizationId
);
id!(
    /// A part of an organization with members and quotas of its own.
    SubtenantId
);
id!(
    /// A person in an organization.
    MemberId
);
id!(
    /// A person who can sign in. The same user can be a member of several organizations.
    UserId
);
id!(
    /// A link that lets somebody join.
    InvitationId
);
id!(
    /// A list of members that are to be added.
    MemberImportId
);
id!(
    /// A key of the HTTP API.
    ApiKeyId
);
id!(
    /// A purchase of extra credits.
    PackId
);
id!(
    /// One recorded consumption: all its ledger entries carry this id. A reservation and the
    /// consumption that comes of it are one thing, with one id.
    ConsumptionId
);
id!(
    /// One change of the limits of one or several members.
    ChangeId
);
id!(
    /// Limits on one meter for one scope.
    QuotaId
);
id!(
    /// A request for another plan.
    PlanRequestId
);
id!(
    /// Someone who runs the installation.
    OperatorId
);
id!(
    /// Something that people and programs are told of.
    EventId
);
id!(
    /// A channel by which teams and programs are told.
    ChannelId
);
id!(
    /// One attempt after the other to tell one recipient of one event.
    DeliveryId
);
id!(
    /// A member's request for more.
    RaiseRequestId
);
