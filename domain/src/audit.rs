//! The audit log as people read it: which changes there are, who sees which of them, and how they
//! are looked for (SPEC section 8).

use crate::{
    access::{Action, Rights, Role},
    input::{Invalid, Search},
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What a change is about.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// Cycle, enterprise limit, set-asides and what packs do.
    CreditSettings,
    /// Credit limits of members, and those that new members get.
    Limits,
    /// Who belongs to the organization, where, and with which roles.
    Members,
    /// The parts of the organization.
    Subtenants,
    /// Limits on meters for the organization, subtenants and members.
    Quotas,
    /// Extra credits.
    Packs,
    /// The plan, and the organization itself.
    Plan,
    /// Keys of the API.
    ApiKeys,
    /// Passwords and who signed in.
    SignIn,
    /// Whatever the operator of the installation did.
    Operator,
}

/// Codes of actions by how they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// With one of these.
    pub begin: &'static [&'static str],
    /// And with none of these.
    pub except: &'static [&'static str],
}

impl Codes {
    fn contain(self, action: &str) -> bool {
        let begins = |with: &[&str]| with.iter().any(|begin| action.starts_with(begin));
        begins(self.begin) && !begins(self.except)
    }
}

impl AuditKind {
    /// Every kind, in the order in which forms list them.
    pub const ALL: [Self; 10] = [
        Self::CreditSettings,
        Self::Limits,
        Self::Members,
        Self::Subtenants,
        Self::Quotas,
        Self::Packs,
        Self::Plan,
        Self::ApiKeys,
        Self::SignIn,
        Self::Operator,
    ];

    /// The kinds that the role Quota Administrator is about.
    pub const OF_QUOTAS: [Self; 3] = [Self::CreditSettings, Self::Limits, Self::Quotas];

    /// The codes of its actions; `None` where it is not what was done that counts, but who did it.
    pub fn codes(self) -> Option<Codes> {
        const LIMITS: &[&str] = &["member.credit_limit", "credit_limit", "default_limit", "raise"];
        let (begin, except): (&[&str], &[&str]) = match self {
            Self::CreditSettings => (&["credit_settings."], &[]),
            Self::Limits => (LIMITS, &[]),
            Self::Members => (&["member", "invitation"], &["member.credit_limit"]),
            Self::Subtenants => (&["subtenant."], &[]),
            Self::Quotas => (&["quota."], &[]),
            Self::Packs => (&["pack"], &[]),
            Self::Plan => (&["plan", "organization."], &[]),
            Self::ApiKeys => (&["api_key."], &[]),
            Self::SignIn => (&["user.", "sign_in", "session"], &[]),
            Self::Operator => return None,
        };
        Some(Codes { begin, except })
    }

    /// The kind of an action; `None` for one that is of none.
    pub fn of(action: &str) -> Option<Self> {
        let contains = |kind: &Self| kind.codes().is_some_and(|codes| codes.contain(action));
        Self::ALL.into_iter().find(contains)
    }

    /// The code that addresses and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::CreditSettings => "credit_settings",
            Self::Limits => "limits",
            Self::Members => "members",
            Self::Subtenants => "subtenants",
            Self::Quotas => "quotas",
            Self::Packs => "packs",
            Self::Plan => "plan",
            Self::ApiKeys => "api_keys",
            Self::SignIn => "sign_in",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for AuditKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreditSettings => "Credit settings",
            Self::Limits => "Credit limits",
            Self::Members => "Members",
            Self::Subtenants => "Subtenants",
            Self::Quotas => "Quotas",
            Self::Packs => "Credit packs",
            Self::Plan => "Plan and organization",
            Self::ApiKeys => "API keys",
            Self::SignIn => "Sign-in and passwords",
            Self::Operator => "By the operator",
        })
    }
}

impl FromStr for AuditKind {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or_else(|| Invalid::new("kind", "is not a kind of change"))
    }
}

/// Which changes somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditReach {
    /// All of them.
    Everything,
    /// Some of them.
    Parts(AuditParts),
}

/// Which changes somebody sees who does not see all of them. What is true adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditParts {
    /// Those of quotas, credit settings and limits.
    pub of_quotas: bool,
    /// Those of their own subtenant, of its members, and of quotas on them.
    pub own_subtenant: bool,
    /// Those that they made themselves.
    pub own_changes: bool,
}

impl AuditReach {
    /// What `rights` let somebody see.
    pub fn of(rights: &Rights) -> Self {
        let mut parts = AuditParts::default();
        match rights {
            Rights::Key(key) if rights.allow(Action::ViewAudit) => match key.subtenant {
                None => return Self::Everything,
                Some(_) => parts.own_subtenant = true,
            },
            Rights::Key(_) => {}
            Rights::Roles { roles, .. } => {
                for role in roles {
                    match role {
                        Role::TenantAdministrator => return Self::Everything,
                        Role::QuotaAdministrator => parts.of_quotas = true,
                        Role::SubtenantAdministrator => parts.own_subtenant = true,
                        Role::UserQuotaAdministrator => parts.own_changes = true,
                        Role::Member => {}
                    }
                }
            }
        }
        Self::Parts(parts)
    }

    /// The kinds of changes that somebody can come upon.
    pub fn kinds(self) -> &'static [AuditKind] {
        match self {
            Self::Parts(AuditParts { own_subtenant: false, own_changes: false, .. }) => {
                &AuditKind::OF_QUOTAS
            }
            _ => &AuditKind::ALL,
        }
    }

    /// How much somebody sees, as a sentence; `None` for everything.
    pub fn note(self) -> Option<String> {
        let Self::Parts(AuditParts { of_quotas, own_subtenant, own_changes }) = self else {
            return None;
        };
        let parts = [
            (of_quotas, "changes of quotas, credit settings and limits"),
            (own_subtenant, "what concerns your own subtenant and its members"),
            (own_changes, "your own changes"),
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|part| part.0).map(|part| part.1).collect();
        Some(format!("Your roles show {}.", parts.join(", and ")))
    }
}

/// What people look for in the audit log, before it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditFilterInput {
    /// A part of the name or email of who did it or to whom it was done.
    pub search: String,
    /// The code of an [`AuditKind`].
    pub kind: String,
    /// The first day.
    pub from: String,
    /// The last day, included.
    pub to: String,
}

/// What people look for in the audit log. Days are those of the organization's zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A part of the name or email of who did it or to whom it was done.
    pub search: Option<Search>,
    /// What it is about.
    pub kind: Option<AuditKind>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day, included.
    pub to: Option<NaiveDate>,
}

impl AuditFilterInput {
    /// The filter, if it makes sense. What is empty does not filter.
    pub fn parse(&self) -> Result<AuditFilter, Invalid> {
        let kind = Some(self.kind.as_str()).filter(|kind| !kind.is_empty());
        let filter = AuditFilter {
            search: Search::optional(&self.search)?,
            kind: kind.map(str::parse).transpose()?,
            from: day("from", &self.from)?,
            to: day("to", &self.to)?,
        };
        match (filter.from, filter.to) {
            (Some(from), Some(to)) if to < from => {
                Err(Invalid::new("to", "must not be before the first day"))
            }
            _ => Ok(filter),
        }
    }
}

fn day(field: &str, text: &str) -> Result<Option<NaiveDate>, Invalid> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day: Option<NaiveDate> = text.trim().parse().ok();
    let day = day.filter(|day| (1970..9999).contains(&day.year()));
    let wrong = || Invalid::new(field, "must be a date such as 2026-11-30");
    day.map(Some).ok_or_else(wrong)
}

/// The page *Audit log*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// One page of the changes that were found, newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the older ones begin; `None`: there are none.
    pub next_cursor: Option<String>,
    /// The organization's zone.
    pub zone: String,
}

/// One change, in words.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// The same in the organization's zone, such as `1 Dec 2026, 00:00 CET`.
    pub at_text: String,
    /// Who.
    pub actor: AuditActor,
    /// What was done, as programs read it.
    pub action: String,
    /// What it is about.
    pub kind: Option<AuditKind>,
    /// To what it was done.
    pub subject: AuditSubject,
    /// What was done, as people read it.
    pub summary: String,
    /// What is different since then.
    pub changes: Vec<FieldChange>,
    /// From where.
    pub ip: Option<String>,
}

/// Who changed something.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditActor {
    /// `member`, `api_key` or `operator`.
    pub kind: String,
    /// Which one.
    pub id: Option<Uuid>,
    /// Their name.
    pub name: String,
    /// What tells them apart: an email, or what they are.
    pub detail: Option<String>,
}

/// To what something was done.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSubject {
    /// Which.
    pub id: Uuid,
    /// Its name, if it has one.
    pub name: Option<String>,
}

/// A field before and after a change.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// How it was; `None`: it was not there.
    pub before: Option<String>,
    /// How it is; `None`: it is gone.
    pub after: Option<String>,
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.field)?;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{before} → {after}"),
            (Some(before), None) => write!(f, "{before} → none"),
            (None, Some(after)) => f.write_str(after),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{KeyRights, Scope},
        ids::SubtenantId,
    };

    #[test]
    fn every_action_is_of_the_kind_that_people_look_for() {
        for (action, kind) in [
            ("credit_settings.saved", Some(AuditKind::CreditSettings)),
            ("member.credit_limit.saved", Some(AuditKind::Limits)),
            ("default_limits.saved", Some(AuditKind::Limits)),
            ("member.added", Some(AuditKind::Members)),
            ("member.moved", Some(AuditKind::Members)),
            ("members.imported", Some(AuditKind::Members)),
            ("subtenant.archived", Some(AuditKind::Subtenants)),
            ("quota.created", Some(AuditKind::Quotas)),
            ("pack.granted", Some(AuditKind::Packs)),
            ("plan.requested", Some(AuditKind::Plan)),
            ("organization.created", Some(AuditKind::Plan)),
            ("api_key.rotated", Some(AuditKind::ApiKeys)),
            ("user.password.set", Some(AuditKind::SignIn)),
            ("something.new", None),
        ] {
            assert_eq!(AuditKind::of(action), kind, "{action}");
        }
    }

    #[test]
    fn each_role_sees_its_own_part() {
        let reach = |roles: &[Role]| AuditReach::of(&Rights::of(roles.to_vec()));
        let nothing = AuditParts::default();
        let both = [Role::QuotaAdministrator, Role::TenantAdministrator];
        assert_eq!(reach(&both), AuditReach::Everything);
        let quotas = reach(&[Role::QuotaAdministrator, Role::Member]);
        assert_eq!(quotas, AuditReach::Parts(AuditParts { of_quotas: true, ..nothing }));
        assert_eq!(quotas.kinds(), AuditKind::OF_QUOTAS);
        let own = AuditParts { own_subtenant: true, own_changes: true, ..nothing };
        let both = [Role::SubtenantAdministrator, Role::UserQuotaAdministrator];
        assert_eq!(reach(&both), AuditReach::Parts(own), "rights add up");
        assert_eq!(reach(&[Role::Member]), AuditReach::Parts(nothing));
        let scopes = |scope| AuditReach::of(&Rights::of_key(vec![scope]));
        assert_eq!(scopes(Scope::Read), AuditReach::Everything);
        assert_eq!(scopes(Scope::Admin), AuditReach::Parts(nothing));
        let subtenant = Some(SubtenantId(Uuid::nil()));
        let of_part =
            |scope| AuditReach::of(&Rights::Key(KeyRights { scopes: vec![scope], subtenant }));
        let own = AuditReach::Parts(AuditParts { own_subtenant: true, ..nothing });
        assert_eq!(of_part(Scope::Read), own);
        assert_eq!(of_part(Scope::Admin), AuditReach::Parts(nothing));
    }

    #[test]
    fn filters_that_make_no_sense_are_refused_at_their_field() {
        let input = |search: &str, kind: &str, from: &str, to: &str| {
            let [search, kind, from, to] = [search, kind, from, to].map(str::to_owned);
            AuditFilterInput { search, kind, from, to }.parse()
        };
        assert_eq!(input("", "", " ", ""), Ok(AuditFilter::default()));
        assert!(input("bob", "limits", "2026-11-01", "2026-11-01").is_ok());
        for (search, kind, from, to, field) in [
            (&*"x".repeat(101), "", "", "", "search"),
            ("a\nb", "", "", "", "search"),
            ("", "nothing", "", "", "kind"),
            ("", "", "2026-02-30", "", "from"),
            ("", "", "+99999-01-01", "", "from"),
            ("", "", "", "yesterday", "to"),
            ("", "", "2026-11-02", "2026-11-01", "to"),
        ] {
            assert_eq!(input(search, kind, from, to).unwrap_err().field, field);
        }
    }

    #[test]
    fn kinds_read_back() {
        for kind in AuditKind::ALL {
            assert_eq!(kind.code().parse(), Ok(kind));
        }
    }
}
