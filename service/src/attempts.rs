//! Failed sign-ins, which slow down those who guess.

use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::input::Email;
use std::net::IpAddr;
use store::Connection;

/// Failed tries within [`MEMORY`] after which an email has to wait.
const TRIES_PER_EMAIL: i64 = 10;
/// The same for an address, behind which there can be a whole office.
const TRIES_PER_ADDRESS: i64 = 100;
/// How long failed tries count.
const MEMORY: TimeDelta = TimeDelta::minutes(15);

/// One try to sign in: whose failures count against it, each with how many are too many.
pub(crate) struct Attempt(Vec<(String, i64)>);

impl Attempt {
    /// A try with `email` by someone of the kind `who`: customers can't lock an operator out.
    pub(crate) fn new(who: &str, email: &Email, ip: Option<IpAddr>) -> Self {
        let by_email = (format!("{who}:{email}"), TRIES_PER_EMAIL);
        let by_address = ip.map(|ip| (format!("address:{ip}"), TRIES_PER_ADDRESS));
        Self(std::iter::once(by_email).chain(by_address).collect())
    }

    /// Refuses the try while there were too many that failed.
    pub(crate) async fn admit(
        &self,
        connection: &mut Connection,
        now: DateTime<Utc>,
    ) -> Result<()> {
        for (subject, tries) in &self.0 {
            let failed = store::users::failed_sign_ins(connection, subject, now - MEMORY).await?;
            if failed >= *tries {
                let retry_after_seconds = MEMORY.num_seconds();
                return Err(Error::TooManyAttempts { retry_after_seconds });
            }
        }
        Ok(())
    }

    /// Remembers that the try has failed; the error to answer with.
    pub(crate) async fn failed(
        self,
        connection: &mut Connection,
        now: DateTime<Utc>,
    ) -> Result<Error> {
        let subjects: Vec<String> = self.0.into_iter().map(|(subject, _)| subject).collect();
        store::users::record_failed_sign_in(connection, &subjects, now, now - MEMORY).await?;
        Ok(Error::WrongCredentials)
    }
}
