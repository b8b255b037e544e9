//! Plans, operations, prices and meters.

use super::{OrUnlimited, answer, columns, or_unlimited};
use anyhow::Result;
use clap::{Args, Subcommand};
use domain::{
    amount::Amount,
    catalogue::CapKind,
    console::{MeterRow, OperationRow, PlanDetail, PlanRow},
    input::{Code, Name},
    plans::{MeterInput, OperationEdit, PlanEdit, PlanMeterLimit, parse_seats},
};
use serde_json::json;
use service::{Operator, Service};

#[derive(Debug, Subcommand)]
pub(super) enum PlanCommand {
    /// List plans.
    List,
    /// Show a plan with its limits.
    Show {
        /// Its code.
        #[arg(long)]
        code: Code,
    },
    /// Make a plan, or change one for all organizations that have it.
    Set(SetPlan),
    /// Limit a meter for all organizations on a plan.
    Limit {
        /// The plan's code.
        #[arg(long)]
        plan: Code,
        /// The meter's code.
        #[arg(long)]
        meter: Code,
        /// The limit per billing month, in the meter's smallest unit, or `unlimited`.
        #[arg(long)]
        limit: OrUnlimited,
        /// What happens when it is reached: `hard` denies, `soft` allows a tenth more.
        #[arg(long)]
        cap: CapKind,
    },
}

#[derive(Args, Debug)]
pub(super) struct SetPlan {
    /// Its code.
    #[arg(long)]
    code: Code,
    /// Its name.
    #[arg(long)]
    name: Option<Name>,
    /// Credits that it grants each billing month.
    #[arg(long)]
    monthly_credits: Option<i64>,
    /// Its seats, or `unlimited`.
    #[arg(long)]
    seats: Option<OrUnlimited>,
    /// Whether it includes the Usage Quota feature.
    #[arg(long)]
    usage_quota_feature: Option<bool>,
}

impl PlanCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<()> {
        let operator = Operator::command_line();
        match self {
            Self::List => {
                let plans = service.plans(&operator).await?;
                let rows: Vec<_> = plans.iter().map(plan_row).collect();
                answer(as_json, &json!({"plans": plans}), || columns(&rows))
            }
            Self::Show { code } => show(&service.plan(&operator, &code).await?, as_json),
            Self::Set(set) => {
                let credits = set.monthly_credits;
                let credits = credits.map(|credits| Amount::parse("monthly_credits", credits));
                let edit = PlanEdit {
                    name: set.name,
                    monthly_credits: credits.transpose()?,
                    seats: set.seats.map(|seats| parse_seats(seats.0)).transpose()?,
                    usage_quota_feature: set.usage_quota_feature,
                    limits: [].into(),
                };
                show(&service.save_plan(&operator, &set.code, edit, None).await?, as_json)
            }
            Self::Limit { plan, meter, limit, cap } => {
                service.plan(&operator, &plan).await?;
                let limit = limit.0.map(|limit| Amount::parse("limit", limit)).transpose()?;
                let limits = [(meter, PlanMeterLimit { limit, cap })].into();
                let edit = PlanEdit { limits, ..PlanEdit::default() };
                show(&service.save_plan(&operator, &plan, edit, None).await?, as_json)
            }
        }
    }
}

fn plan_row(plan: &PlanRow) -> [String; 6] {
    [
        plan.code.to_string(),
        plan.name.clone(),
        format!("{} credits a month", plan.monthly_credits),
        format!("{} seats", or_unlimited(plan.seats)),
        if plan.usage_quota_feature { "Usage Quota" } else { "" }.to_owned(),
        format!("{} organizations", plan.organizations),
    ]
}

fn show(plan: &PlanDetail, as_json: bool) -> Result<()> {
    answer(as_json, plan, || {
        let limit = |meter: &domain::console::PlanMeter| {
            let limit = meter.limit.limit.map(Amount::get);
            let cap = if limit.is_some() { meter.limit.cap.code() } else { "" };
            [format!("  {}", meter.meter), or_unlimited(limit), cap.to_owned()]
        };
        let limits: Vec<_> = plan.limits.iter().map(limit).collect();
        format!("{}\n{}", columns(&[plan_row(&plan.row)]), columns(&limits))
    })
}

#[derive(Debug, Subcommand)]
pub(super) enum OperationCommand {
    /// List operations with their prices.
    List,
    /// Make an operation, or give it another name.
    Set {
        /// Its code.
        #[arg(long)]
        code: Code,
        /// Its name.
        #[arg(long)]
        name: Name,
    },
}

impl OperationCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<()> {
        let operator = Operator::command_line();
        match self {
            Self::List => {
                let operations = service.rate_card(&operator).await?.operations;
                let rows: Vec<_> = operations.iter().map(operation_row).collect();
                answer(as_json, &json!({"operations": operations}), || columns(&rows))
            }
            Self::Set { code, name } => {
                let edit = OperationEdit { name: Some(name), prices: [].into() };
                let saved = service.save_operation(&operator, &code, edit, None).await?;
                answer(as_json, &saved, || columns(&[operation_row(&saved)]))
            }
        }
    }
}

fn operation_row(operation: &OperationRow) -> [String; 3] {
    let prices = operation.prices.iter().map(|(meter, amount)| format!("{amount} {meter}"));
    let prices: Vec<String> = prices.collect();
    let prices = if prices.is_empty() { "free".to_owned() } else { prices.join(" + ") };
    [operation.code.to_string(), operation.name.clone(), prices]
}

#[derive(Debug, Subcommand)]
pub(super) enum PriceCommand {
    /// Say what one unit of an operation takes from a meter.
    Set {
        /// The operation's code.
        #[arg(long)]
        operation: Code,
        /// The meter's code.
        #[arg(long)]
        meter: Code,
        /// How much, in the meter's smallest unit; 0 takes nothing.
        #[arg(long)]
        amount: i64,
    },
}

impl PriceCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<()> {
        let Self::Set { operation, meter, amount } = self;
        let prices = [(meter, Some(Amount::parse("amount", amount)?))].into();
        let edit = OperationEdit { name: None, prices };
        let operator = Operator::command_line();
        let saved = service.save_operation(&operator, &operation, edit, None).await?;
        answer(as_json, &saved, || columns(&[operation_row(&saved)]))
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum MeterCommand {
    /// List meters.
    List,
    /// Make a meter, or give it another name or unit. How one counts stays as it was made.
    Set {
        /// Its code.
        #[arg(long)]
        code: Code,
        /// Its name.
        #[arg(long)]
        name: String,
        /// What one of it is called.
        #[arg(long)]
        unit: String,
        /// Decimal places of its unit.
        #[arg(long, default_value = "0")]
        scale: i64,
        /// `counter` starts anew each period; `gauge` goes up and down.
        #[arg(long, default_value = "counter")]
        kind: String,
    },
}

impl MeterCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<()> {
        let operator = Operator::command_line();
        match self {
            Self::List => {
                let meters = service.rate_card(&operator).await?.meters;
                let rows: Vec<_> = meters.iter().map(meter_row).collect();
                answer(as_json, &json!({"meters": meters}), || columns(&rows))
            }
            Self::Set { code, name, unit, scale, kind } => {
                let meter = MeterInput::parse(&name, &unit, scale, &kind)?;
                let saved = service.save_meter(&operator, &code, meter, None).await?;
                answer(as_json, &saved, || columns(&[meter_row(&saved)]))
            }
        }
    }
}

fn meter_row(meter: &MeterRow) -> [String; 4] {
    let unit = format!("in {} with {} decimal places", meter.unit, meter.scale);
    [meter.code.to_string(), meter.name.clone(), meter.kind.to_string(), unit]
}
