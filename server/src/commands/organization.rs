use super::{Address, answer, columns, or_unlimited};
use anyhow::Result;
use clap::{Args, Subcommand};
use domain::{
    console::{OrganizationDetail, OrganizationFilter, OrganizationStatus},
    ids::OrganizationId,
    input::{Code, Currency, Email, Name},
    period::TimeZone,
};
use serde_json::json;
use service::{NewOrganization, Operator, OrganizationEdit, Service};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum OrganizationCommand {
    /// Make an organization with its first administrator and an API key.
    Create(CreateOrganization),
    /// List organizations by name, fifty at a time.
    List {
        /// Only those with this in their name, with this member's email, or with this id.
        #[arg(long)]
        search: Option<String>,
        /// Only those on this plan.
        #[arg(long)]
        plan: Option<Code>,
        /// Only active or suspended ones.
        #[arg(long)]
        status: Option<OrganizationStatus>,
        /// Where to go on: what the list before gave.
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Show an organization.
    Show(Which),
    /// Let nobody of an organization sign in or use anything.
    Suspend(Which),
    /// Let an organization go on.
    Resume(Which),
    /// Put an organization on another plan, from its next request on.
    SetPlan {
        #[command(flatten)]
        which: Which,
        /// The plan.
        #[arg(long)]
        plan: Code,
    },
}

#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Which {
    /// The organization's id.
    #[arg(long)]
    organization: Uuid,
}

#[derive(Args, Debug)]
pub(super) struct CreateOrganization {
    /// Its name.
    #[arg(long)]
    name: Name,
    /// Its plan, such as starter, team or enterprise.
    #[arg(long)]
    plan: Code,
    /// The IANA time zone in which its days begin.
    #[arg(long, default_value = "UTC")]
    time_zone: TimeZone,
    /// Its currency as an ISO 4217 code.
    #[arg(long, default_value = "EUR")]
    currency: Currency,
    /// The email of its first tenant administrator.
    #[arg(long)]
    admin: Email,
    #[command(flatten)]
    address: Address,
}

impl OrganizationCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<()> {
        let operator = Operator::command_line();
        match self {
            Self::Create(new) => create(service, new, as_json).await,
            Self::List { search, plan, status, cursor } => {
                let filter = OrganizationFilter { search, status, plan, cursor };
                list(service, &filter, as_json).await
            }
            Self::Show(which) => {
                let id = OrganizationId(which.organization);
                show(&service.organization(&operator, id).await?, as_json)
            }
            Self::Suspend(which) => {
                let status = Some(OrganizationStatus::Suspended);
                let edit = OrganizationEdit { status, ..OrganizationEdit::default() };
                change(service, which, edit, as_json).await
            }
            Self::Resume(which) => {
                let status = Some(OrganizationStatus::Active);
                let edit = OrganizationEdit { status, ..OrganizationEdit::default() };
                change(service, which, edit, as_json).await
            }
            Self::SetPlan { which, plan } => {
                let edit = OrganizationEdit { plan: Some(plan), ..OrganizationEdit::default() };
                change(service, which, edit, as_json).await
            }
        }
    }
}

async fn change(
    service: &Service,
    which: Which,
    edit: OrganizationEdit,
    as_json: bool,
) -> Result<()> {
    let id = OrganizationId(which.organization);
    let saved = service.edit_organization(&Operator::command_line(), id, edit, None).await?;
    show(&saved, as_json)
}

fn show(organization: &OrganizationDetail, as_json: bool) -> Result<()> {
    answer(as_json, organization, || {
        let row = &organization.row;
        let seats = or_unlimited(organization.seats);
        let limit = organization.enterprise_limit;
        let limit = limit.map_or("none".to_owned(), |limit| limit.to_string());
        columns(&[
            ["Organization".to_owned(), format!("{} ({})", row.name, row.id)],
            ["Status".to_owned(), row.status.code().to_owned()],
            ["Plan".to_owned(), row.plan.to_string()],
            ["Credits used".to_owned(), format!("{} of {}", row.allowance_used, row.allowance)],
            ["Extra credits".to_owned(), organization.extra_credits.to_string()],
            ["Own limit".to_owned(), limit],
            ["Seats used".to_owned(), format!("{} of {seats}", organization.seats_used)],
            ["Time zone".to_owned(), organization.time_zone.clone()],
            ["Currency".to_owned(), organization.currency.clone()],
            ["Made".to_owned(), organization.created.clone()],
        ])
    })
}

async fn list(service: &Service, filter: &OrganizationFilter, as_json: bool) -> Result<()> {
    let list = service.organizations(&Operator::command_line(), filter).await?;
    answer(as_json, &list, || {
        let row = |row: &domain::console::OrganizationRow| {
            let used = format!("{} of {} credits", row.allowance_used, row.allowance);
            let (id, status) = (row.id.to_string(), row.status.code().to_owned());
            [id, row.name.clone(), status, row.plan.to_string(), used]
        };
        let rows: Vec<_> = list.organizations.iter().map(row).collect();
        let more = list.next_cursor.as_ref();
        let more = more.map_or(String::new(), |cursor| format!("\nmore with --cursor {cursor}"));
        format!("{}{more}", columns(&rows))
    })
}

async fn create(service: &Service, new: CreateOrganization, as_json: bool) -> Result<()> {
    let CreateOrganization { name, plan, time_zone, currency, admin, address } = new;
    let new = NewOrganization { name, plan, currency, time_zone, admin };
    let service = service.clone().reached_at(&address.url());
    let created = service.create_organization(&Operator::command_line(), new, None).await?;
    let sign_in_url = &created.sign_in_url;
    let printed = json!({
        "organization_id": created.id,
        "api_key": created.api_key,
        "sign_in_url": sign_in_url,
    });
    answer(as_json, &printed, || {
        format!(
            "Organization {}\nAPI key      {} (shown only now)\nSign in      {sign_in_url} (once, \
             within a day)",
            created.id, created.api_key
        )
    })
}
