//! `check` and `consume`.

use super::key::Key;
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    limit_headers,
    problem::{Answer, Problem},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    amount::Quantity,
    answer::{Charge, Decision, FailedLimit, LimitReport},
    ids::ConsumptionId,
    input::{Code, MemberReference},
};
use serde::{Deserialize, Serialize};
use service::{ConsumeRequest, Service};

/// What a metered product asks, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionInput {
    member: Option<String>,
    operation: String,
    quantity: i64,
}

impl DecisionInput {
    fn parse(self) -> Answer<ConsumeRequest> {
        let operation: Result<Code, _> = self.operation.parse();
        Ok(ConsumeRequest {
            member: self
                .member
                .map(|member| member.parse::<MemberReference>())
                .transpose()
                .map_err(service::Error::from)?,
            operation: operation.map_err(|error| service::Error::from(error.at("operation")))?,
            quantity: Quantity::parse("quantity", self.quantity).map_err(service::Error::from)?,
        })
    }
}

/// A decision as clients see it.
#[derive(Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
enum DecisionOutput {
    Allowed {
        #[serde(skip_serializing_if = "Option::is_none")]
        consumption_id: Option<ConsumptionId>,
        granted: Quantity,
        charges: Vec<ChargeOutput>,
        limits: Vec<LimitReport>,
    },
    Denied {
        would_fit: i64,
        failed: Vec<FailedLimit>,
    },
}

/// A charge as clients see it: which packs paid is the ledger's.
#[derive(Serialize)]
struct ChargeOutput {
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

/// The decision, with nothing recorded: 200 whether it is allowed or denied.
pub(crate) async fn check(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Body(input): Body<DecisionInput>,
) -> Answer<Response> {
    let answer = service.check(&caller, input.parse()?).await?;
    match answer.decision {
        Decision::Denied(denial) => {
            let headers = limit_headers::of_denial(&denial, answer.decided_at);
            let (would_fit, failed) = (denial.would_fit, denial.failed);
            Ok((headers, Json(DecisionOutput::Denied { would_fit, failed })).into_response())
        }
        _ => respond(answer),
    }
}

/// The decision, recorded: 200 if it is allowed, 429 if a limit says no.
pub(crate) async fn consume(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<DecisionInput>,
) -> Answer<Response> {
    respond(service.consume(&caller, input.parse()?, key).await?)
}

fn respond(answer: service::Answer) -> Answer<Response> {
    let service::Answer { consumption_id, decision, decided_at } = answer;
    match decision {
        Decision::Allowed(allowance) => {
            let headers = limit_headers::of(allowance.limits.iter(), decided_at);
            let output = DecisionOutput::Allowed {
                consumption_id,
                granted: allowance.granted,
                charges: allowance.charges.into_iter().map(ChargeOutput::from).collect(),
                limits: allowance.limits,
            };
            Ok((headers, Json(output)).into_response())
        }
        Decision::Denied(denial) => {
            let headers = limit_headers::of_denial(&denial, decided_at);
            Ok((headers, Problem::quota_exceeded(&denial)).into_response())
        }
        Decision::Refused { reason } => Err(Problem::refused(reason)),
    }
}
