use super::{answer, columns};
use anyhow::Result;
use chrono::NaiveDate;
use clap::Subcommand;
use domain::{amount::Quantity, ids::OrganizationId, input::Name};
use serde_json::json;
use service::{NewPack, Operator, Service};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum PackCommand {
    /// Give an organization credits on top of its plan's allowance.
    Grant {
        /// The organization's id.
        #[arg(long)]
        organization: Uuid,
        /// How many credits.
        #[arg(long)]
        credits: i64,
        /// The last day on which they can be used, in the organization's time zone; else they
        /// never end.
        #[arg(long)]
        ends: Option<NaiveDate>,
        /// The name of whoever bought them.
        #[arg(long)]
        bought_by: Option<Name>,
    },
    /// List the newest packs of an organization, also those that have ended.
    List {
        /// The organization's id.
        #[arg(long)]
        organization: Uuid,
    },
}

impl PackCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<()> {
        let operator = Operator::command_line();
        match self {
            Self::Grant { organization, credits, ends, bought_by } => {
                let credits = Quantity::parse("credits", credits)?;
                let id = OrganizationId(organization);
                let pack = NewPack { credits, last_day: ends, bought_by };
                let granted = service.grant_pack(&operator, id, pack, None).await?;
                answer(as_json, &granted, || {
                    let end = granted.ends_at;
                    let ends = end.map_or("never ends".to_owned(), |end| format!("ends at {end}"));
                    format!("Pack {} of {} credits, {ends}", granted.pack_id, credits.get())
                })
            }
            Self::List { organization } => {
                let packs = service.packs_of(&operator, OrganizationId(organization)).await?;
                let row = |pack: &domain::console::PackRow| {
                    let left = format!("{} of {} left", pack.remaining, pack.credits);
                    let ends = pack.ends.clone().unwrap_or_else(|| "never ends".to_owned());
                    [pack.pack_id.to_string(), left, pack.granted.clone(), ends]
                };
                let rows: Vec<_> = packs.iter().map(row).collect();
                answer(as_json, &json!({"packs": packs}), || columns(&rows))
            }
        }
    }
}
