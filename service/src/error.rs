use domain::{
    access::{Action, roles_for},
    api_keys::KeyState,
    input::Invalid,
    members::InvitationEnd,
    usage_import::RejectedEvents,
    views::WithoutFeature,
};
use serde_json::Value;

/// Why a use case could not be carried out. Nothing was changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A value was refused.
    #[error("{} {}", .0.field, .0.message)]
    Invalid(Invalid),
    /// Nobody is signed in, or the API key is unknown, expired or revoked.
    #[error("Sign in, or send a valid API key as a bearer token.")]
    Unauthenticated,
    /// The email or the password is wrong; which one is not said.
    #[error("Email or password is wrong.")]
    WrongCredentials,
    /// Too many failed tries to sign in.
    #[error("Too many failed sign-ins. Try again in {} minutes.", (.retry_after_seconds + 59) / 60)]
    TooManyAttempts {
        /// When trying again can help.
        retry_after_seconds: i64,
    },
    /// The caller lacks the right.
    #[error("{}", forbidden(*.0))]
    Forbidden(Action),
    /// The caller's organization is suspended.
    #[error("The organization is suspended. Ask the operator of this installation.")]
    Suspended,
    /// There is no such thing in the caller's organization.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The thing was changed since the caller read it.
    #[error("Somebody else changed this in the meantime: {summary}. Check it and save again.")]
    Stale {
        /// How it is now, for people.
        summary: String,
        /// How it is now, for programs.
        current: Value,
    },
    /// All seats of the plan are taken.
    #[error("All {seats} seats of the plan are taken. Remove a member or upgrade the plan.")]
    SeatsTaken {
        /// Seats of the plan.
        seats: i64,
    },
    /// A request for another plan waits for its answer.
    #[error("Your organization has asked for a plan already. Withdraw that request first.")]
    PlanRequested,
    /// The member has asked for more of this limit, and nobody has answered yet.
    #[error("You have asked for more of this already. Withdraw that request to ask anew.")]
    RaiseAsked,
    /// A request for more is not open any more.
    #[error("This request was {0} already.")]
    RaiseAnswered(String),
    /// Nobody answers themselves.
    #[error("This is your own request. Somebody else who may raise this limit has to answer it.")]
    OwnRaiseRequest,
    /// A request for more can't be granted any more.
    #[error("This cannot be granted any more: {0}. Decline the request.")]
    RaiseImpossible(&'static str),
    /// A subtenant can't be archived yet.
    #[error("{}", in_use(*.members))]
    SubtenantInUse {
        /// Its members who are active or invited.
        members: i64,
    },
    /// The link of an invitation does not work any more.
    #[error("This invitation {0}. Ask who invited you for a new one.")]
    InvitationClosed(InvitationEnd),
    /// A reservation was resolved before.
    #[error("This reservation is {0} already. Make a new one for more work.")]
    ReservationClosed(&'static str),
    /// A key that has ended can't be changed.
    #[error("This key is {}. Make a new one instead.", .0.to_string().to_lowercase())]
    ApiKeyEnded(KeyState),
    /// A reservation ends with the job that it is for.
    #[error(
        "This reservation is a job's. Report progress, complete or fail it under /api/v1/jobs."
    )]
    ReservationOfJob,
    /// A job ended before.
    #[error("This job has {0} already. Start a new one for more work.")]
    JobEnded(&'static str),
    /// Only the newest quota of a scope can be changed.
    #[error("This quota is closed. Only the current one can be changed or deleted.")]
    QuotaClosed,
    /// The plan does not include the Usage Quota feature.
    #[error("{}", not_in_plan(.0))]
    NotInPlan(WithoutFeature),
    /// Events of an import were refused, and so it was as a whole.
    #[error("{}", events_rejected(.0))]
    EventsRejected(RejectedEvents),
    /// An idempotency key was used for another request before.
    #[error("This Idempotency-Key was used for another request. Use a new key for a new request.")]
    KeyReused,
    /// More pages follow changes than one server tells.
    #[error("Too many pages follow changes at the moment. Load this one anew to see them.")]
    TooManyFollow,
    /// More requests wait than can be decided in time.
    #[error("Too many requests are waiting for this organization. Try again in a second.")]
    Busy,
    /// The database is away: nothing was decided.
    #[error("The database is not available. Try again in a second, with the same Idempotency-Key.")]
    Unavailable,
    /// A defect; the log says more.
    #[error("Something went wrong on our side. Nothing was changed.")]
    Internal,
}

/// The result of every use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "INVALID",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::WrongCredentials => "WRONG_CREDENTIALS",
            Self::TooManyAttempts { .. } => "TOO_MANY_ATTEMPTS",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::Suspended => "ORGANIZATION_SUSPENDED",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Stale { .. } => "STALE",
            Self::SeatsTaken { .. } => "SEATS_TAKEN",
            Self::PlanRequested => "PLAN_REQUESTED",
            Self::RaiseAsked => "RAISE_ASKED",
            Self::RaiseAnswered(_) => "RAISE_ANSWERED",
            Self::OwnRaiseRequest => "OWN_RAISE_REQUEST",
            Self::RaiseImpossible(_) => "RAISE_IMPOSSIBLE",
            Self::SubtenantInUse { .. } => "SUBTENANT_IN_USE",
            Self::InvitationClosed(_) => "INVITATION_CLOSED",
            Self::ReservationClosed(_) => "RESERVATION_CLOSED",
            Self::ApiKeyEnded(_) => "API_KEY_ENDED",
            Self::ReservationOfJob => "RESERVATION_OF_JOB",
            Self::JobEnded(_) => "JOB_ENDED",
            Self::QuotaClosed => "QUOTA_CLOSED",
            Self::NotInPlan(_) => "NOT_IN_PLAN",
            Self::EventsRejected(_) => "EVENTS_REJECTED",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::TooManyFollow => "TOO_MANY_FOLLOW",
            Self::Busy => "BUSY",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// What happened and what to do, as a sentence for people.
    pub fn message(&self) -> String {
        let text = self.to_string();
        match self {
            Self::Invalid(invalid) => invalid.message.clone(),
            _ => text,
        }
    }

    /// The field that was refused.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(invalid) => Some(&invalid.field),
            _ => None,
        }
    }
}

fn forbidden(action: Action) -> String {
    let roles: Vec<String> = roles_for(action).map(|role| role.to_string()).collect();
    if roles.is_empty() {
        "Your API key's scopes do not allow this.".to_owned()
    } else {
        format!("This needs the role {}.", roles.join(" or "))
    }
}

fn in_use(members: i64) -> String {
    let have = if members == 1 { "1 member has" } else { &format!("{members} members have") };
    format!(
        "{have} to move to another subtenant, or to be deactivated, before this one can be archived."
    )
}

fn events_rejected(events: &RejectedEvents) -> String {
    let total = events.rejected_total;
    let were = if total == 1 { "1 event was" } else { &format!("{total} events were") };
    let first = events.rejected.first();
    let first = first.map(|event| format!(" Number {}: {}", event.number, event.detail));
    format!("{were} refused, so nothing was recorded.{}", first.unwrap_or_default())
}

fn not_in_plan(lack: &WithoutFeature) -> String {
    let WithoutFeature { plan, plans_with } = lack;
    let with = if plans_with.is_empty() {
        "No plan of this installation has them.".to_owned()
    } else {
        format!("Plans with them: {}.", plans_with.join(", "))
    };
    format!(
        "The plan {plan} does not include usage quotas: its restriction can be lowered, and nothing \
         else. {with}"
    )
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Constraints that people can run into, by their names in the schema.
const CONSTRAINTS: &[(&str, &str, &str)] = &[
    ("members_email_key", "email", "belongs to a member already"),
    ("members_external_id_key", "external_id", "belongs to a member already"),
    ("subtenants_name_key", "name", "belongs to a subtenant already, which may be archived"),
    ("channels_name_key", "name", "belongs to a channel already"),
    ("operators_email_key", "email", "belongs to an operator already"),
    ("members_job_role_fkey", "job_role", "is not a job role of this installation"),
    ("members_subtenant_fkey", "subtenant", "is not a subtenant of this organization"),
];

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        if let store::Error::Constraint(name) = &error
            && let Some((_, field, message)) = CONSTRAINTS.iter().find(|entry| entry.0 == name)
        {
            return Self::Invalid(Invalid::new(*field, *message));
        }
        if matches!(&error, store::Error::Constraint(name) if name == "organizations_pkey") {
            // The same request under the same key is made at this moment.
            return Self::Unavailable;
        }
        if let store::Error::Unavailable(source) = &error {
            tracing::warn!(error = %source, "the database is not available");
            return Self::Unavailable;
        }
        tracing::error!(%error, "the database refused");
        Self::Internal
    }
}
