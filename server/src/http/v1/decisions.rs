//! `check`, `consume` and `consume/batch`.

use super::key::Key;
use crate::http::{
    authentication::DecisionCaller,
    json::{Body, LargeBody, from_value},
    limit_headers,
    openapi::QuotaExceeded,
    problem::{Answer, Problem},
};
use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{
    amount::Quantity,
    answer::{Allowance, Charge, Decision, FailedLimit, LimitReport},
    ids::ConsumptionId,
    input::{Code, Invalid, MemberReference},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::{ConsumeRequest, Error, RequestList, Service};
use utoipa::ToSchema;

/// What a metered product asks, before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionInput {
    /// The id, external id or email of a member; left out: the organization itself.
    member: Option<String>,
    /// The code of an operation of the rate card.
    #[schema(min_length = 1)]
    operation: String,
    /// How many units.
    #[schema(minimum = 1)]
    quantity: i64,
    /// Whether fewer units will do, if not all of them fit.
    #[serde(default)]
    allow_partial: bool,
}

impl DecisionInput {
    fn parse(self) -> Result<ConsumeRequest, Invalid> {
        request(self.member, &self.operation, self.quantity, self.allow_partial)
    }
}

/// Checks the fields that every request for a decision has.
pub(super) fn request(
    member: Option<String>,
    operation: &str,
    quantity: i64,
    allow_partial: bool,
) -> Result<ConsumeRequest, Invalid> {
    let operation: Result<Code, Invalid> = operation.parse();
    Ok(ConsumeRequest {
        member: member.map(|member| member.parse::<MemberReference>()).transpose()?,
        operation: operation.map_err(|error| error.at("operation"))?,
        quantity: Quantity::parse("quantity", quantity)?,
        allow_partial,
    })
}

/// What was allowed, as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = Allowed)]
pub(crate) struct AllowedOutput {
    /// `allowed`.
    decision: &'static str,
    /// What a refund names; only of what was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    consumption_id: Option<ConsumptionId>,
    /// How many units; fewer than were asked for only with `allow_partial`.
    granted: Quantity,
    /// What they take from each meter.
    charges: Vec<ChargeOutput>,
    /// Every limit that it counts against, as it is afterwards.
    limits: Vec<LimitReport>,
}

impl AllowedOutput {
    fn of(allowance: Allowance, consumption_id: Option<ConsumptionId>) -> Self {
        let Allowance { granted, charges: paid, limits } = allowance;
        Self { decision: "allowed", consumption_id, granted, charges: charges(paid), limits }
    }
}

/// What would be denied, as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = Denied)]
pub(crate) struct DeniedOutput {
    /// `denied`.
    decision: &'static str,
    /// How many units would still fit.
    would_fit: i64,
    /// The limits that say no.
    failed: Vec<FailedLimit>,
}

/// What would be decided.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Decision)]
pub(crate) enum DecisionOutput {
    Allowed(AllowedOutput),
    Denied(DeniedOutput),
}

/// A charge as clients see it: which packs paid is the ledger's.
#[derive(Serialize, ToSchema)]
#[schema(as = Charge)]
pub(crate) struct ChargeOutput {
    meter: Code,
    amount: i64,
    from_allowance: i64,
    from_packs: i64,
}

impl From<Charge> for ChargeOutput {
    fn from(charge: Charge) -> Self {
        let Charge { meter, amount, from_allowance, from_packs, .. } = charge;
        Self { meter, amount, from_allowance, from_packs }
    }
}

pub(super) fn charges(charges: Vec<Charge>) -> Vec<ChargeOutput> {
    charges.into_iter().map(ChargeOutput::from).collect()
}

/// The decision, with nothing recorded: 200 whether it is allowed or denied.
#[utoipa::path(
    post, path = "/check", operation_id = "check", tag = "decisions",
    security(("key" = ["consume"])), request_body = DecisionInput,
    responses((status = 200, description = "Allowed or denied, and why", body = DecisionOutput))
)]
pub(crate) async fn check(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Body(input): Body<DecisionInput>,
) -> Answer<(HeaderMap, Json<DecisionOutput>)> {
    let answer = service.check(&caller, input.parse().map_err(Error::from)?).await?;
    let (headers, decision) = match answer.decision {
        Decision::Denied(denial) => {
            let headers = limit_headers::of_denial(&denial, answer.decided_at);
            let (would_fit, failed) = (denial.would_fit, denial.failed);
            let denied = DeniedOutput { decision: "denied", would_fit, failed };
            (headers, DecisionOutput::Denied(denied))
        }
        _ => allowed(answer).map(|(headers, output)| (headers, DecisionOutput::Allowed(output)))?,
    };
    Ok((headers, Json(decision)))
}

/// The decision, recorded: 200 if it is allowed, 429 if a limit says no.
#[utoipa::path(
    post, path = "/consume", operation_id = "consume", tag = "decisions",
    security(("key" = ["consume"])), params(Key), request_body = DecisionInput,
    responses(
        (status = 200, description = "Allowed and recorded", body = AllowedOutput),
        (status = 429, response = QuotaExceeded),
    )
)]
pub(crate) async fn consume(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Key(key): Key,
    Body(input): Body<DecisionInput>,
) -> Answer<(HeaderMap, Json<AllowedOutput>)> {
    let request = input.parse().map_err(Error::from)?;
    let (headers, output) = allowed(service.consume(&caller, request, key).await?)?;
    Ok((headers, Json(output)))
}

/// What was allowed, with the headers that say where its limits stand.
fn allowed(answer: service::Answer) -> Answer<(HeaderMap, AllowedOutput)> {
    let service::Answer { consumption_id, decision, decided_at } = answer;
    match decision {
        Decision::Allowed(allowance) => {
            let headers = limit_headers::of(allowance.limits.iter(), decided_at);
            Ok((headers, AllowedOutput::of(allowance, consumption_id)))
        }
        decision => Err(not_allowed(decision, decided_at)),
    }
}

/// The problem that a decision other than "allowed" is answered with.
pub(super) fn not_allowed(
    decision: Decision,
    decided_at: chrono::DateTime<chrono::Utc>,
) -> Problem {
    match decision {
        Decision::Refused { reason } => Problem::refused(reason),
        Decision::Denied(denial) => {
            let headers = limit_headers::of_denial(&denial, decided_at);
            Problem::quota_exceeded(&denial).with_headers(headers)
        }
        Decision::Allowed(_) => Error::Internal.into(),
    }
}

/// Up to 1,000 requests. Each item is read on its own, so that one that is wrong spoils no other.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchInput {
    requests: Vec<Value>,
}

/// The answers, in the order of the requests.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchAnswers)]
struct BatchOutput {
    answers: Vec<ItemOutput>,
}

/// One answer. The limits are left out where it was allowed: they are those after the batch.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchAnswer)]
#[serde(untagged)]
enum ItemOutput {
    Allowed {
        status: u16,
        decision: &'static str,
        consumption_id: Option<ConsumptionId>,
        granted: Quantity,
        charges: Vec<ChargeOutput>,
    },
    #[schema(value_type = Problem)]
    Problem(Value),
}

impl ItemOutput {
    fn of(answer: service::Answer) -> Self {
        match answer.decision {
            Decision::Allowed(allowance) => Self::Allowed {
                status: 200,
                decision: "allowed",
                consumption_id: answer.consumption_id,
                granted: allowance.granted,
                charges: charges(allowance.charges),
            },
            decision => Self::Problem(not_allowed(decision, answer.decided_at).into_document()),
        }
    }
}

/// Each request decided on its own, all recorded together: 200 with one answer each.
#[utoipa::path(
    post, path = "/consume/batch", operation_id = "consume_batch", tag = "decisions",
    security(("key" = ["consume"])), params(Key), request_body = BatchInput,
    responses(
        (status = 200, description = "One answer for each request, in their order", body = BatchOutput),
    )
)]
pub(crate) async fn consume_batch(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Key(key): Key,
    LargeBody(input): LargeBody<BatchInput>,
) -> Answer<Response> {
    let mut list = RequestList::default();
    let mut problems = Vec::with_capacity(input.requests.len());
    for (place, item) in input.requests.into_iter().enumerate() {
        match read(&item) {
            Ok(request) => {
                list.requests.push(request);
                problems.push(None);
            }
            Err(problem) => {
                list.refused.push((place, item));
                problems.push(Some(problem));
            }
        }
    }
    let mut decided = service.consume_all(&caller, list, key).await?.into_iter();
    let answers = problems.into_iter().map(|problem| match problem {
        Some(problem) => ItemOutput::Problem(problem.into_document()),
        None => decided.next().map_or_else(
            || ItemOutput::Problem(Problem::from(Error::Internal).into_document()),
            ItemOutput::of,
        ),
    });
    Ok(Json(BatchOutput { answers: answers.collect() }).into_response())
}

/// Reads one item of a list.
fn read(item: &Value) -> Answer<ConsumeRequest> {
    let item = from_value(item).and_then(DecisionInput::parse);
    Ok(item.map_err(Error::from)?)
}
