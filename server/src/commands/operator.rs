use super::{Address, answer};
use anyhow::Result;
use clap::{Args, Subcommand};
use domain::input::{Email, Name};
use serde_json::json;
use service::{Operator, Service};

#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Make an operator, and print a link that signs them in once.
    Create {
        /// Their name.
        #[arg(long)]
        name: Name,
        #[command(flatten)]
        whom: Whom,
        #[command(flatten)]
        address: Address,
    },
    /// Print another link that signs an operator in once.
    Link {
        #[command(flatten)]
        whom: Whom,
        #[command(flatten)]
        address: Address,
    },
    /// Make a key of the operator's API, and print it: it can't be read again.
    Key {
        #[command(flatten)]
        whom: Whom,
        /// What the key is for.
        #[arg(long)]
        name: Name,
    },
    /// Keep an operator out from now on, with their sessions, links and keys.
    Disable {
        #[command(flatten)]
        whom: Whom,
    },
}

#[derive(Args, Debug)]
pub(super) struct Whom {
    /// The operator's email.
    #[arg(long)]
    email: Email,
}

impl OperatorCommand {
    pub(super) async fn run(self, service: &Service, as_json: bool) -> Result<()> {
        let operator = Operator::command_line();
        match self {
            Self::Create { name, whom, address } => {
                let service = service.clone().reached_at(&address.url());
                print_link(as_json, &service.create_operator(&operator, &whom.email, &name).await?)
            }
            Self::Link { whom, address } => {
                let service = service.clone().reached_at(&address.url());
                print_link(as_json, &service.issue_operator_link(&operator, &whom.email).await?)
            }
            Self::Key { whom, name } => {
                let key = service.issue_operator_key(&operator, &whom.email, &name).await?;
                let text = || format!("Operator key {key} (shown only now)");
                answer(as_json, &json!({"operator_key": key}), text)
            }
            Self::Disable { whom } => {
                service.disable_operator(&operator, &whom.email).await?;
                let text = || format!("{} is no operator any more", whom.email);
                answer(as_json, &json!({"disabled": whom.email}), text)
            }
        }
    }
}

fn print_link(as_json: bool, url: &str) -> Result<()> {
    let text = || format!("Sign in {url} (once, within a day)");
    answer(as_json, &json!({"sign_in_url": url}), text)
}
