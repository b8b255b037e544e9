//! What can be asked of an organization's queue, and what it answers.

use crate::jobs::{JobReport, StartedJob};
use chrono::{DateTime, Utc};
use domain::{
    amount::{Amount, Quantity},
    answer::{Charge, Decision, LimitReport},
    ids::{ApiKeyId, ConsumptionId},
    input::{Code, MemberReference, Name, Note},
    jobs::JobFailure,
    settlement::TimeToLive,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What a metered product asks.
#[derive(Clone, Debug, Serialize)]
pub struct ConsumeRequest {
    /// Who uses, by id, external id or email; `None` is the organization itself.
    pub member: Option<MemberReference>,
    /// What is done.
    pub operation: Code,
    /// How often.
    pub quantity: Quantity,
    /// Whether less may be granted where all of it does not fit.
    pub allow_partial: bool,
}

/// Requests that come in one list. Each is decided on its own; all are recorded together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RequestList {
    /// Those to be decided.
    pub requests: Vec<ConsumeRequest>,
    /// Those that were refused as they were read, by their place in the list: an idempotency key
    /// stands for the whole list.
    pub refused: Vec<(usize, Value)>,
}

/// One thing to be done to an organization's balances.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum Command {
    Consume(ConsumeRequest),
    ConsumeAll(RequestList),
    Reserve {
        request: ConsumeRequest,
        time_to_live: TimeToLive,
    },
    Commit {
        reservation: ConsumptionId,
        quantity: Quantity,
    },
    Release {
        reservation: ConsumptionId,
    },
    Renew {
        reservation: ConsumptionId,
        time_to_live: TimeToLive,
    },
    Refund {
        consumption: ConsumptionId,
        quantity: Quantity,
    },
    SetGauge {
        member: Option<MemberReference>,
        meter: Code,
        level: Amount,
    },
    StartJob {
        request: ConsumeRequest,
        time_to_live: TimeToLive,
        name: Option<Name>,
    },
    ReportProgress {
        job: ConsumptionId,
        processed: Amount,
    },
    CompleteJob {
        job: ConsumptionId,
        succeeded: Amount,
    },
    FailJob {
        job: ConsumptionId,
        failure: JobFailure,
        detail: Option<Note>,
    },
    /// Nothing but what is due: reservations that have expired.
    Expire,
}

impl Command {
    /// What it asks to be decided.
    pub(crate) fn requests(&self) -> &[ConsumeRequest] {
        match self {
            Self::Consume(request)
            | Self::Reserve { request, .. }
            | Self::StartJob { request, .. } => std::slice::from_ref(request),
            Self::ConsumeAll(list) => &list.requests,
            _ => &[],
        }
    }

    /// The reservation that it is about, or the job, which is the same.
    pub(crate) fn reservation(&self) -> Option<ConsumptionId> {
        match self {
            Self::Commit { reservation, .. }
            | Self::Release { reservation }
            | Self::Renew { reservation, .. } => Some(*reservation),
            Self::ReportProgress { job, .. }
            | Self::CompleteJob { job, .. }
            | Self::FailJob { job, .. } => Some(*job),
            _ => None,
        }
    }
}

/// A command that waits for its turn.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub command: Command,
    /// The idempotency key, as it is remembered.
    pub key: Option<String>,
    /// The API key that asks: it must be valid at the moment of the decision.
    pub api_key: Option<ApiKeyId>,
    /// Of which request it is a part.
    pub span: tracing::Span,
}

impl Item {
    /// A command of the request that is answered at the moment.
    pub(crate) fn new(command: Command, key: Option<String>, api_key: Option<ApiKeyId>) -> Self {
        Self { command, key, api_key, span: tracing::Span::current() }
    }
}

/// What a request for a decision is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Names what was recorded; only an allowed request that was recorded has it.
    pub consumption_id: Option<ConsumptionId>,
    /// The decision.
    pub decision: Decision,
    /// When it was made.
    pub decided_at: DateTime<Utc>,
}

impl Answer {
    /// The answer to one of many requests: the limits that matter then are those after the last.
    pub(crate) fn without_limits(mut self) -> Self {
        if let Decision::Allowed(allowance) = &mut self.decision {
            allowance.limits.clear();
        }
        self
    }
}

/// What a request for a reservation is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// The decision; its `consumption_id` names the reservation.
    pub answer: Answer,
    /// When the reservation expires, if nobody renews it.
    pub expires_at: DateTime<Utc>,
}

/// How a reservation was resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The reservation, and the consumption that came of it.
    pub consumption_id: ConsumptionId,
    /// Units that were used.
    pub committed: i64,
    /// Units that were given back.
    pub released: i64,
    /// What the units that were used cost, and what paid.
    pub charges: Vec<Charge>,
}

/// When a reservation expires now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Renewed {
    /// The reservation.
    pub reservation_id: ConsumptionId,
    /// When it expires, if nobody renews it again.
    pub expires_at: DateTime<Utc>,
}

/// What was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// The consumption that gave it back.
    pub consumption_id: ConsumptionId,
    /// Units given back by this.
    pub refunded: i64,
    /// What they had cost, and where it went back to.
    pub charges: Vec<Charge>,
}

/// A gauge at its true level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GaugeSet {
    /// The gauge.
    pub meter: Code,
    /// Its level: the member's part, or that of the whole organization.
    pub level: Amount,
    /// The limits on it, as they stand now.
    pub limits: Vec<LimitReport>,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Decided(Answer),
    AllDecided(Vec<Answer>),
    Reserved(Reserved),
    Settled(Settled),
    Renewed(Renewed),
    Refunded(Refunded),
    GaugeSet(GaugeSet),
    JobStarted(StartedJob),
    Job(JobReport),
    Nothing,
}

/// Takes the answer out of an outcome. A command always has the outcome of its kind.
macro_rules! outcome_into {
    ($($variant:ident => $answer:ty),+ $(,)?) => {$(
        impl TryFrom<Outcome> for $answer {
            type Error = crate::Error;
            fn try_from(outcome: Outcome) -> crate::Result<Self> {
                match outcome {
                    Outcome::$variant(answer) => Ok(answer),
                    _ => Err(crate::Error::Internal),
                }
            }
        }
    )+};
}

outcome_into!(
    Decided => Answer,
    AllDecided => Vec<Answer>,
    Reserved => Reserved,
    Settled => Settled,
    Renewed => Renewed,
    Refunded => Refunded,
    GaugeSet => GaugeSet,
    JobStarted => StartedJob,
    Job => JobReport,
);
