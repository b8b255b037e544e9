//! Signing in, one-time links and passwords.

use crate::{
    Actor, Caller, Error, Result, Service,
    audit::{self, Change},
    secrets,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Action, Rights},
    ids::{OrganizationId, UserId},
    input::{Email, Invalid},
    notices::Language,
    views::Identity,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::{Connection, Whose};

/// What a session remembers: who signed in to which organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// To what.
    pub organization: OrganizationId,
}

/// Failed tries within [`MEMORY`] after which an email has to wait.
pub(crate) const TRIES_PER_EMAIL: i64 = 10;
/// The same for an address, behind which there can be a whole office.
const TRIES_PER_ADDRESS: i64 = 100;
/// How long failed tries count.
const MEMORY: TimeDelta = TimeDelta::minutes(15);

/// Makes a link for one sign-in; the token that the link ends with.
pub(crate) async fn issue_link(
    connection: &mut Connection,
    whom: SignedIn,
    expires_at: DateTime<Utc>,
) -> Result<String> {
    let token = secrets::random_token::<32>()?;
    let (hash, user, organization) = (secrets::token_hash(&token), whom.user, whom.organization);
    store::users::insert_link(connection, &hash, user, organization, expires_at).await?;
    Ok(token)
}

/// How many tries an address has that is known.
pub(crate) fn by_address(ip: Option<IpAddr>) -> Option<(String, i64)> {
    ip.map(|ip| (format!("address:{ip}"), TRIES_PER_ADDRESS))
}

/// Refuses those who failed too often of late.
pub(crate) async fn require_patience(
    connection: &mut Connection,
    tries: &[(String, i64)],
    now: DateTime<Utc>,
) -> Result<()> {
    for (subject, tries) in tries {
        let since = now - MEMORY;
        if store::users::failed_sign_ins(connection, subject, since).await? >= *tries {
            let retry_after_seconds = MEMORY.num_seconds();
            return Err(Error::TooManyAttempts { retry_after_seconds });
        }
    }
    Ok(())
}

/// Counts a failure against everyone whose try it was.
pub(crate) async fn remember_failure(
    connection: &mut Connection,
    tries: Vec<(String, i64)>,
    now: DateTime<Utc>,
) -> Result<()> {
    let subjects: Vec<String> = tries.into_iter().map(|(subject, _)| subject).collect();
    Ok(store::users::record_failed_sign_in(connection, &subjects, now, now - MEMORY).await?)
}

impl Service {
    /// Signs in by email and password, to the first organization that the password opens. Slows down
    /// those who guess.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        ip: Option<IpAddr>,
    ) -> Result<SignedIn> {
        let email: Email = email.parse().map_err(|_| Error::WrongCredentials)?;
        let mut transaction = self.store.read(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let by_email = (format!("email:{email}"), TRIES_PER_EMAIL);
        let tries: Vec<(String, i64)> = std::iter::once(by_email).chain(by_address(ip)).collect();
        require_patience(&mut transaction, &tries, now).await?;
        let user = store::users::by_email(&mut transaction, &email).await?;
        // Hashing takes long: others can use the connection meanwhile.
        drop(transaction);
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        let verified = self.hasher.verify(password, hash).await?;
        if let Some(user) = user.filter(|_| verified) {
            let mut transaction = self.store.read(Whose::Everybodys).await?;
            let membership = store::members::membership(&mut transaction, user.id, None).await?;
            let organization = membership.ok_or(Error::NotFound("active membership"))?.organization;
            return Ok(SignedIn { user: user.id, organization });
        }
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        remember_failure(&mut transaction, tries, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Err(Error::WrongCredentials)
    }

    /// Signs in by a one-time link; it works once.
    pub async fn sign_in_by_link(&self, token: &str) -> Result<SignedIn> {
        let mut transaction = self.store.begin(Whose::Everybodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let hash = secrets::token_hash(token);
        let link = store::users::take_link(&mut transaction, &hash, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        let (user, organization) =
            link.ok_or(Error::NotFound("sign-in link, or it was used already"))?;
        Ok(SignedIn { user, organization })
    }

    /// Who calls with a session: a member of the organization, if they still are.
    pub async fn caller_of_session(&self, session: SignedIn) -> Result<Option<Caller>> {
        let mut transaction = self.store.read(session.organization).await?;
        let organization = Some(session.organization);
        let membership =
            store::members::membership(&mut transaction, session.user, organization).await?;
        Ok(membership.map(|membership| Caller {
            organization: membership.organization,
            actor: Actor::Member(membership.member),
            rights: Rights::Roles {
                roles: membership.roles,
                usage_shared: membership.usage_shared,
            },
            ip: None,
        }))
    }

    /// Who the caller is, for the shell of every page.
    pub async fn identity(&self, caller: &Caller) -> Result<Identity> {
        caller.require(Action::ViewOwnUsage)?;
        let (id, member) = (caller.organization, caller.member()?);
        let mut transaction = self.store.read(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let organization = store::organizations::get(&mut transaction, id).await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let user = store::users::by_member(&mut transaction, id, member).await?;
        let member = store::members::get(&mut transaction, id, member, now).await?;
        let member = member.ok_or(Error::NotFound("member"))?;
        Ok(Identity {
            name: member.name,
            email: member.email,
            organization: organization.name,
            rights: caller.rights.clone(),
            has_password: user.is_some_and(|user| user.password_hash.is_some()),
        })
    }

    /// In which language the caller is written to.
    pub async fn language(&self, caller: &Caller) -> Result<Language> {
        caller.require(Action::ViewOwnUsage)?;
        let member = caller.member()?;
        let mut transaction = self.store.read(caller.organization).await?;
        let language =
            store::users::language(&mut transaction, caller.organization, member).await?;
        language.ok_or(Error::NotFound("user"))
    }

    /// Changes that. It concerns nobody else, so the audit log does not tell of it.
    pub async fn set_language(&self, caller: &Caller, language: Language) -> Result<()> {
        caller.require(Action::ViewOwnUsage)?;
        let member = caller.member()?;
        let mut transaction = self.store.begin(caller.organization).await?;
        store::users::set_language(&mut transaction, caller.organization, member, language).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }

    /// Sets the caller's password. `current` is not needed by those who have none yet.
    pub async fn set_password(
        &self,
        caller: &Caller,
        current: Option<&str>,
        new: &str,
    ) -> Result<()> {
        caller.require(Action::ViewOwnUsage)?;
        let member = caller.member()?;
        let user = {
            let mut transaction = self.store.read(caller.organization).await?;
            store::users::by_member(&mut transaction, caller.organization, member).await?
        };
        let user = user.ok_or(Error::NotFound("user"))?;
        if user.password_hash.is_some()
            && !self.hasher.verify(current.unwrap_or_default(), user.password_hash).await?
        {
            return Err(Invalid::new("current", "is not your current password").into());
        }
        let hash = self.hasher.hash(new).await?;
        let mut transaction = self.store.begin(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        store::users::set_password(&mut transaction, caller.organization, user.id, &hash).await?;
        let change = Change::<()> {
            action: "user.password.set",
            subject: member.0,
            before: None,
            after: None,
        };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }
}
