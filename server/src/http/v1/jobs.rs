//! `jobs`: work on many rows, which are held before it starts. Those that succeed count.

use super::{
    decisions::{ChargeOutput, charges, not_allowed, request},
    id::Named,
    key::Key,
    listed::WorkQuery,
};
use crate::http::{
    authentication::{ApiCaller, DecisionCaller},
    json::Body,
    limit_headers,
    openapi::{Conflict, QuotaExceeded},
    problem::{Answer, Problem},
    query::Query,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use domain::{
    amount::{Amount, Quantity},
    answer::{Decision, LimitReport},
    ids::{ConsumptionId, MemberId, SubtenantId},
    input::{Code, Invalid, Name, Note},
    jobs::{JobFailure, JobState},
    settlement::TimeToLive,
};
use serde::{Deserialize, Serialize};
use service::{Error, JobReport, Service};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A job before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobInput {
    /// An id, an external id or an email; left out, it is the organization itself.
    member: Option<String>,
    /// What is done to each row.
    operation: String,
    rows: i64,
    /// What people call it.
    name: Option<String>,
    /// Takes the rows that fit where not all do.
    #[serde(default)]
    allow_partial: bool,
    /// How long it may go on without a word of its worker: 1 to 3,600, 900 if left out.
    ttl_seconds: Option<i64>,
}

/// A job as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobOutput {
    /// The job; also the `consumption_id` of the rows that it used.
    id: ConsumptionId,
    name: Option<Name>,
    member_id: Option<MemberId>,
    /// The subtenant that the member was in when it began.
    subtenant_id: Option<SubtenantId>,
    operation: Code,
    state: JobState,
    /// Why it failed.
    reason: Option<JobFailure>,
    detail: Option<Note>,
    /// Rows that were asked for.
    rows: i64,
    /// Rows that are held, or were.
    granted: i64,
    /// Rows that have succeeded so far. Those of a completed job count, those of a failed one do not.
    processed: i64,
    /// What it holds while it runs, and what it used once it is completed.
    charges: Vec<ChargeOutput>,
    started_at: DateTime<Utc>,
    /// When it fails by itself if nobody reports progress; `null`: it has ended.
    expires_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<JobReport> for JobOutput {
    fn from(job: JobReport) -> Self {
        Self {
            id: job.id,
            name: job.name,
            member_id: job.member_id,
            subtenant_id: job.subtenant_id,
            operation: job.operation,
            state: job.state,
            reason: job.reason,
            detail: job.detail,
            rows: job.rows,
            granted: job.granted,
            processed: job.processed,
            charges: charges(job.charges),
            started_at: job.started_at,
            expires_at: job.expires_at,
            ended_at: job.ended_at,
        }
    }
}

/// A job that was started, and where its limits stand with its rows held.
#[derive(Serialize, ToSchema)]
#[schema(as = StartedJob)]
pub(crate) struct StartedOutput {
    #[serde(flatten)]
    job: JobOutput,
    limits: Vec<LimitReport>,
}

/// Holds the rows of a job: 201, or 429 if not all of them fit.
#[utoipa::path(
    post, path = "/jobs", operation_id = "start_job", tag = "jobs",
    security(("key" = ["consume"])), params(Key), request_body = JobInput,
    responses(
        (status = 201, description = "The job, and where its limits stand", body = StartedOutput),
        (status = 429, response = QuotaExceeded),
    )
)]
pub(crate) async fn post(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Key(key): Key,
    Body(input): Body<JobInput>,
) -> Answer<Response> {
    let JobInput { member, operation, rows, name, allow_partial, ttl_seconds } = input;
    Quantity::parse("rows", rows).map_err(Error::from)?;
    let request = request(member, &operation, rows, allow_partial).map_err(Error::from)?;
    let name: Option<Name> = name.map(|name| name.parse()).transpose().map_err(Error::from)?;
    let time_to_live = TimeToLive::parse(ttl_seconds).map_err(Error::from)?;
    let started = service.start_job(&caller, request, time_to_live, name, key).await?;
    let service::Answer { decision, decided_at, .. } = started.answer;
    let (Decision::Allowed(allowance), Some(job)) = (&decision, started.job) else {
        return Err(not_allowed(decision, decided_at));
    };
    let mut headers = limit_headers::of(allowance.limits.iter(), decided_at);
    headers.extend(location(job.id));
    let output = StartedOutput { job: job.into(), limits: allowance.limits.clone() };
    Ok((StatusCode::CREATED, headers, Json(output)).into_response())
}

fn location(id: ConsumptionId) -> HeaderMap {
    let value = HeaderValue::from_str(&format!("/api/v1/jobs/{id}")).ok();
    value.map(|value| (header::LOCATION, value)).into_iter().collect()
}

/// How far a job has come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgressInput {
    /// Rows that have succeeded so far, in all.
    processed: i64,
}

/// Takes note of the rows that have succeeded so far, and holds the others on.
#[utoipa::path(
    post, path = "/jobs/{id}/progress", operation_id = "report_job_progress", tag = "jobs",
    security(("key" = ["consume"])), params(Key), request_body = ProgressInput,
    responses(
        (status = 200, description = "The job", body = JobOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn post_progress(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<ProgressInput>,
) -> Answer<Json<JobOutput>> {
    let processed = Amount::parse("processed", input.processed).map_err(Error::from)?;
    Ok(Json(service.report_progress(&caller, job(&id)?, processed, key).await?.into()))
}

/// How a job went.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompletionInput {
    /// Rows that have succeeded, in all: these count.
    succeeded: i64,
}

/// Ends a job: the rows that succeeded count, one each, and the others are given back.
#[utoipa::path(
    post, path = "/jobs/{id}/complete", operation_id = "complete_job", tag = "jobs",
    security(("key" = ["consume"])), params(Key), request_body = CompletionInput,
    responses(
        (status = 200, description = "The job, and what it used", body = JobOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn post_complete(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<CompletionInput>,
) -> Answer<Json<JobOutput>> {
    let succeeded = Amount::parse("succeeded", input.succeeded).map_err(Error::from)?;
    Ok(Json(service.complete_job(&caller, job(&id)?, succeeded, key).await?.into()))
}

/// Why a job failed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureInput {
    /// `validation`, before any row is processed, or `server_error`.
    reason: String,
    /// What went wrong: up to 500 characters.
    detail: Option<String>,
}

impl FailureInput {
    fn parse(self) -> Result<(JobFailure, Option<Note>), Invalid> {
        let reason: JobFailure = self.reason.parse()?;
        if reason == JobFailure::Expired {
            return Err(Invalid::new("reason", "must be validation or server_error"));
        }
        let detail = self.detail.map(|detail| detail.parse()).transpose();
        Ok((reason, detail.map_err(|invalid: Invalid| invalid.at("detail"))?))
    }
}

/// Ends a job that failed: all its rows are given back at once, also those that had succeeded.
#[utoipa::path(
    post, path = "/jobs/{id}/fail", operation_id = "fail_job", tag = "jobs",
    security(("key" = ["consume"])), params(Key), request_body = FailureInput,
    responses(
        (status = 200, description = "The job, with nothing used", body = JobOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn post_fail(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<FailureInput>,
) -> Answer<Json<JobOutput>> {
    let (reason, detail) = input.parse().map_err(Error::from)?;
    Ok(Json(service.fail_job(&caller, job(&id)?, reason, detail, key).await?.into()))
}

/// Which jobs are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobsQuery {
    /// `running`, `completed` or `failed`.
    state: Option<String>,
    /// A member's id.
    member: Option<String>,
    operation: Option<String>,
    /// The `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200, 50 if left out.
    limit: Option<String>,
}

/// A part of the jobs, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = JobList)]
pub(crate) struct JobsOutput {
    jobs: Vec<JobOutput>,
    /// Where the next part begins; `null`: this is the last.
    next_cursor: Option<String>,
}

/// Jobs, newest first.
#[utoipa::path(
    get, path = "/jobs", operation_id = "list_jobs", tag = "jobs",
    security(("key" = ["consume"]), ("key" = ["read"])), params(JobsQuery),
    responses((status = 200, description = "A page, newest first", body = JobsOutput))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<JobsQuery>,
) -> Answer<Json<JobsOutput>> {
    let JobsQuery { state, member, operation, cursor, limit } = query;
    let query = WorkQuery { state, member, operation, cursor, limit };
    let list = service.jobs(&caller, &query.parse().map_err(Error::from)?).await?;
    let jobs = list.jobs.into_iter().map(JobOutput::from).collect();
    Ok(Json(JobsOutput { jobs, next_cursor: list.next_cursor }))
}

/// One job.
#[utoipa::path(
    get, path = "/jobs/{id}", operation_id = "get_job", tag = "jobs",
    security(("key" = ["consume"]), ("key" = ["read"])),
    responses((status = 200, description = "The job", body = JobOutput))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<JobOutput>> {
    Ok(Json(service.job(&caller, job(&id)?).await?.into()))
}

/// An id that can't be one names nothing.
fn job(text: &str) -> Answer<ConsumptionId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(ConsumptionId).map_err(|_| Problem::not_found("job"))
}
