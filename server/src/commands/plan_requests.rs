//! `allot plan-request`: organizations that ask for another plan, and the operator's answer.

use anyhow::Result;
use clap::{Args, Subcommand};
use domain::{ids::OrganizationId, plan_report::PlanRequest};
use service::{Operator, Service};
use std::process::ExitCode;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum PlanRequestCommand {
    /// List the requests that wait for an answer, oldest first.
    List,
    /// Put an organization on the plan that it asked for.
    Grant(Whose),
    /// Say no to an organization.
    Decline(Whose),
}

#[derive(Args, Debug)]
pub(super) struct Whose {
    /// The organization's id.
    #[arg(long)]
    organization: Uuid,
}

impl PlanRequestCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<ExitCode> {
        let (whose, granted) = match self {
            Self::List => return list(service, as_json).await,
            Self::Grant(whose) => (whose, true),
            Self::Decline(whose) => (whose, false),
        };
        let organization = OrganizationId(whose.organization);
        let request =
            service.answer_plan_request(&Operator::command_line(), organization, granted).await?;
        if as_json {
            println!("{}", serde_json::to_string_pretty(&request)?);
        } else {
            let answer = if granted { "granted" } else { "declined" };
            println!("{}: {answer}", sentence(&request));
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(service: &Service, as_json: bool) -> Result<ExitCode> {
    let requests = service.open_plan_requests(&Operator::command_line()).await?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&requests)?);
    } else {
        for request in &requests {
            let note = request.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            println!("{} {}{note}", request.requested_at, sentence(request));
        }
        println!("{} open requests", requests.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn sentence(request: &PlanRequest) -> String {
    let PlanRequest { organization_id, organization_name, from, plan, .. } = request;
    format!("{organization_name} ({organization_id}) asks for {plan} and has {from}")
}
