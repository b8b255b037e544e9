//! Who may do what: one table that the navigation, pages, server functions and API all ask
//! (SPEC section 8).

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::{balances::Holder, ids::SubtenantId, input::Invalid};

/// Something that needs a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Ask for a decision, recorded or not.
    Consume,
    /// See what programs do and what it is held against: jobs, reservations, what a consumption took, where
    /// limits and gauges stand.
    ViewWork,
    /// See the organization's credits, limits and members' usage of credits.
    ViewCredits,
    /// Change cycle, enterprise limit, set-asides and what packs do.
    EditCreditSettings,
    /// Change members' credit limits.
    EditMemberLimits,
    /// See the quotas of the organization and its subtenants.
    ViewUsageQuotas,
    /// Change the quotas of the organization and its subtenants.
    EditUsageQuotas,
    /// See the quotas of members.
    ViewUserQuotas,
    /// Change the quotas of members.
    EditUserQuotas,
    /// See members and subtenants.
    ViewMembers,
    /// Add, change and remove members and subtenants.
    ManageMembers,
    /// See who changed what.
    ViewAudit,
    /// Ask the operator for another plan.
    RequestPlan,
    /// See what others use: usage, its history, reports; how much of it, [`UsageReach`] says.
    ViewUsage,
    /// Decide whether members see what others use.
    ShareUsage,
    /// Record what was used in the past, whatever the limits say.
    ImportUsage,
    /// See one's own limits and what is left of them, and ask for more.
    ViewOwnUsage,
    /// See what members ask for.
    ViewRaiseRequests,
    /// Grant or decline it.
    AnswerRaiseRequests,
    /// See who is told when limits run out, and by which channels.
    ViewAlerts,
    /// Change that.
    ManageAlerts,
    /// See which API keys there are.
    ViewApiKeys,
    /// Make, rotate, change and revoke API keys.
    ManageApiKeys,
}

impl Action {
    /// Every action, for tests and for tables.
    pub const ALL: [Self; 23] = [
        Self::Consume,
        Self::ViewWork,
        Self::ViewCredits,
        Self::EditCreditSettings,
        Self::EditMemberLimits,
        Self::ViewUsageQuotas,
        Self::EditUsageQuotas,
        Self::ViewUserQuotas,
        Self::EditUserQuotas,
        Self::ViewMembers,
        Self::ManageMembers,
        Self::ViewAudit,
        Self::RequestPlan,
        Self::ViewUsage,
        Self::ShareUsage,
        Self::ImportUsage,
        Self::ViewOwnUsage,
        Self::ViewRaiseRequests,
        Self::AnswerRaiseRequests,
        Self::ViewAlerts,
        Self::ManageAlerts,
        Self::ViewApiKeys,
        Self::ManageApiKeys,
    ];
}

impl Action {
    /// What it takes to change the quotas of `holder`.
    pub fn edits_quotas_of(holder: Holder) -> Self {
        match holder {
            Holder::Organization | Holder::Subtenant(_) => Self::EditUsageQuotas,
            Holder::Member(_) => Self::EditUserQuotas,
        }
    }
}

/// A role that a person has in an organization.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything in the organization.
    TenantAdministrator,
    /// Limits and quotas of the whole organization.
    QuotaAdministrator,
    /// The members of one subtenant.
    SubtenantAdministrator,
    /// Quotas of single members.
    UserQuotaAdministrator,
    /// Themselves.
    Member,
}

impl Role {
    /// Every role, from the most to the least powerful.
    pub const ALL: [Self; 5] = [
        Self::TenantAdministrator,
        Self::QuotaAdministrator,
        Self::SubtenantAdministrator,
        Self::UserQuotaAdministrator,
        Self::Member,
    ];

    /// The row of the table: what this role may do.
    pub fn allows(self, action: Action) -> bool {
        use Action::{
            AnswerRaiseRequests, Consume, EditCreditSettings, EditMemberLimits, EditUsageQuotas,
            EditUserQuotas, ImportUsage, ViewAudit, ViewCredits, ViewMembers, ViewOwnUsage,
            ViewRaiseRequests, ViewUsage, ViewUsageQuotas, ViewUserQuotas, ViewWork,
        };
        match self {
            // What programs do.
            Self::TenantAdministrator => !matches!(action, Consume | ViewWork | ImportUsage),
            Self::QuotaAdministrator => matches!(
                action,
                ViewCredits
                    | EditCreditSettings
                    | EditMemberLimits
                    | ViewUsageQuotas
                    | EditUsageQuotas
                    | ViewAudit
                    | ViewUsage
                    | ViewOwnUsage
            ),
            Self::SubtenantAdministrator => {
                matches!(
                    action,
                    ViewUserQuotas
                        | EditUserQuotas
                        | ViewMembers
                        | ViewAudit
                        | ViewUsage
                        | ViewOwnUsage
                        | ViewRaiseRequests
                        | AnswerRaiseRequests
                )
            }
            Self::UserQuotaAdministrator => {
                matches!(
                    action,
                    ViewUserQuotas
                        | EditUserQuotas
                        | ViewAudit
                        | ViewUsage
                        | ViewOwnUsage
                        | ViewRaiseRequests
                        | AnswerRaiseRequests
                )
            }
            Self::Member => action == ViewOwnUsage,
        }
    }

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::TenantAdministrator => "tenant_administrator",
            Self::QuotaAdministrator => "quota_administrator",
            Self::SubtenantAdministrator => "subtenant_administrator",
            Self::UserQuotaAdministrator => "user_quota_administrator",
            Self::Member => "member",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TenantAdministrator => "Tenant Administrator",
            Self::QuotaAdministrator => "Quota Administrator",
            Self::SubtenantAdministrator => "Subtenant Administrator",
            Self::UserQuotaAdministrator => "User Quota Administrator",
            Self::Member => "Member",
        })
    }
}

impl FromStr for Role {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|role| role.code() == code)
            .ok_or_else(|| Invalid::new("role", "is not a role"))
    }
}

/// What an API key may do (SPEC section 11).
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Ask for decisions.
    Consume,
    /// Read usage and limits.
    Read,
    /// Administer limits and members.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Consume, Self::Read, Self::Admin];

    /// The row of the table: what a key of this scope may do.
    pub fn allows(self, action: Action) -> bool {
        match self {
            Self::Consume => matches!(action, Action::Consume | Action::ViewWork),
            Self::Read => matches!(
                action,
                Action::ViewWork
                    | Action::ViewCredits
                    | Action::ViewUsageQuotas
                    | Action::ViewUserQuotas
                    | Action::ViewMembers
                    | Action::ViewAudit
                    | Action::ViewUsage
                    | Action::ViewRaiseRequests
                    | Action::ViewAlerts
                    | Action::ViewApiKeys
            ),
            Self::Admin => matches!(
                action,
                Action::EditCreditSettings
                    | Action::EditMemberLimits
                    | Action::EditUsageQuotas
                    | Action::EditUserQuotas
                    | Action::ManageMembers
                    | Action::RequestPlan
                    | Action::ShareUsage
                    | Action::ImportUsage
                    | Action::AnswerRaiseRequests
                    | Action::ManageAlerts
                    | Action::ManageApiKeys
            ),
        }
    }

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Consume => "consume",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.code() == code)
            .ok_or_else(|| Invalid::new("scope", "is not a scope"))
    }
}

/// Everything that a caller holds. Rights add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rights {
    /// Of a person who signed in.
    Roles {
        /// Their roles.
        roles: Vec<Role>,
        /// Whether the organization lets all members see what others use.
        usage_shared: bool,
    },
    /// Of a program with an API key. Browsers are never sent any.
    #[serde(skip)]
    Key(KeyRights),
}

/// What an API key lets a program do, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRights {
    /// What.
    pub scopes: Vec<Scope>,
    /// The only part of the organization that it reaches; `None` reaches all of it.
    pub subtenant: Option<SubtenantId>,
}

impl KeyRights {
    /// A key of one subtenant asks for decisions on its members, and sees what became of them. Beyond
    /// that it may do what its scopes let it and somebody who administers the subtenant may.
    fn allow(&self, action: Action) -> bool {
        let there = self.subtenant.is_none()
            || matches!(action, Action::Consume | Action::ViewWork)
            || Role::SubtenantAdministrator.allows(action);
        there && self.scopes.iter().any(|scope| scope.allows(action))
    }

    /// Whether all that `other` lets a program do is a part of this.
    fn include(&self, other: &Self) -> bool {
        let there = self.subtenant.is_none() || self.subtenant == other.subtenant;
        there && other.scopes.iter().all(|scope| self.scopes.contains(scope))
    }
}

impl Rights {
    /// Those of somebody with these roles, where usage is not shared.
    pub fn of(roles: Vec<Role>) -> Self {
        Self::Roles { roles, usage_shared: false }
    }

    /// Those of a key of the whole organization.
    pub fn of_key(scopes: Vec<Scope>) -> Self {
        Self::Key(KeyRights { scopes, subtenant: None })
    }

    /// The one question that everything asks.
    pub fn allow(&self, action: Action) -> bool {
        match self {
            Self::Roles { roles, usage_shared } => {
                let shared = *usage_shared && action == Action::ViewUsage && !roles.is_empty();
                shared || roles.iter().any(|role| role.allows(action))
            }
            Self::Key(key) => key.allow(action),
        }
    }

    /// The subtenant that is all a program reaches; `None` for people, whose subtenant is known where
    /// they are, and for keys of the whole organization.
    pub fn key_subtenant(&self) -> Option<SubtenantId> {
        match self {
            Self::Roles { .. } => None,
            Self::Key(key) => key.subtenant,
        }
    }

    /// Whether somebody may hand out a key with these rights: a program only a part of its own.
    pub fn may_issue(&self, key: &KeyRights) -> bool {
        self.allow(Action::ManageApiKeys)
            && match self {
                Self::Roles { .. } => true,
                Self::Key(own) => own.include(key),
            }
    }
}

impl Rights {
    /// Whether all that lets someone do `action` is that they administer a subtenant, or have a key of
    /// one: then only to the members of that.
    pub fn own_subtenant_only(&self, action: Action) -> bool {
        match self {
            Self::Roles { usage_shared: true, .. } if action == Action::ViewUsage => false,
            Self::Roles { roles, .. } => {
                let mut allowing = roles.iter().filter(|role| role.allows(action));
                allowing.all(|role| *role == Role::SubtenantAdministrator)
            }
            Self::Key(key) => key.subtenant.is_some(),
        }
    }
}

/// How much of what others use somebody sees (SPEC section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageReach {
    /// Everything.
    Everything,
    /// A part.
    Part {
        /// Any member's, but one at a time: not what all use together.
        each_member: bool,
        /// What the members of their own subtenant use, and what those use together.
        own_subtenant: bool,
    },
}

impl UsageReach {
    /// What `rights` let see; `None` is nothing. Rights add up.
    pub fn of(rights: &Rights) -> Option<Self> {
        if !rights.allow(Action::ViewUsage) {
            return None;
        }
        let roles = match rights {
            Rights::Key(KeyRights { subtenant: Some(_), .. }) => {
                return Some(Self::Part { each_member: false, own_subtenant: true });
            }
            Rights::Roles { roles, usage_shared: false } => roles,
            Rights::Roles { .. } | Rights::Key(_) => return Some(Self::Everything),
        };
        let has = |role| roles.contains(&role);
        if has(Role::TenantAdministrator) || has(Role::QuotaAdministrator) {
            return Some(Self::Everything);
        }
        Some(Self::Part {
            each_member: has(Role::UserQuotaAdministrator),
            own_subtenant: has(Role::SubtenantAdministrator),
        })
    }
}

/// The roles that may do `action`: named when someone without them is refused.
pub fn roles_for(action: Action) -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().filter(move |role| role.allows(action))
}

#[cfg(test)]
mod tests;
