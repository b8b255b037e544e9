//! Signing in, one-time links and passwords.

use crate::{
    Actor, Caller, Error, Result, Service,
    attempts::Attempt,
    audit::{self, Change},
    secrets,
};
use chrono::{DateTime, Utc};
use domain::{
    access::{Action, Rights},
    ids::{OrganizationId, UserId},
    input::{Email, Invalid},
    views::Identity,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::Connection;

/// What a session remembers: who signed in to which organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// To what.
    pub organization: OrganizationId,
}

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

impl Service {
    /// Signs in by email and password, to the organization that the user joined first. Slows down
    /// those who guess.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        ip: Option<IpAddr>,
    ) -> Result<SignedIn> {
        let email: Email = email.parse().map_err(|_| Error::WrongCredentials)?;
        let mut connection = self.store.connection().await?;
        let now = self.clock.now(&mut connection).await?;
        let attempt = Attempt::new("email", &email, ip);
        attempt.admit(&mut connection, now).await?;
        let user = store::users::by_email(&mut connection, &email).await?;
        // Hashing takes long: others can use the connection meanwhile.
        drop(connection);
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        let verified = self.hasher.verify(password, hash).await?;
        let mut connection = self.store.connection().await?;
        if let Some(user) = user.filter(|_| verified) {
            let membership = store::members::membership(&mut connection, user.id, None).await?;
            let organization = membership.ok_or(Error::NotFound("active membership"))?.organization;
            return Ok(SignedIn { user: user.id, organization });
        }
        Err(attempt.failed(&mut connection, now).await?)
    }

    /// Signs in by a one-time link; it works once.
    pub async fn sign_in_by_link(&self, token: &str) -> Result<SignedIn> {
        let mut connection = self.store.connection().await?;
        let now = self.clock.now(&mut connection).await?;
        let hash = secrets::token_hash(token);
        let link = store::users::take_link(&mut connection, &hash, now).await?;
        let (user, organization) =
            link.ok_or(Error::NotFound("sign-in link, or it was used already"))?;
        Ok(SignedIn { user, organization })
    }

    /// Who calls with a session: a member of the organization, if they still are.
    pub async fn caller_of_session(&self, session: SignedIn) -> Result<Option<Caller>> {
        let mut connection = self.store.connection().await?;
        let organization = Some(session.organization);
        let membership =
            store::members::membership(&mut connection, session.user, organization).await?;
        Ok(membership.map(|membership| Caller {
            organization: membership.organization,
            actor: Actor::Member(membership.member),
            rights: Rights::Roles(membership.roles),
            ip: None,
        }))
    }

    /// Who the caller is, for the shell of every page.
    pub async fn identity(&self, caller: &Caller) -> Result<Identity> {
        caller.require(Action::ViewOwnUsage)?;
        let mut connection = self.store.connection().await?;
        let now = self.clock.now(&mut connection).await?;
        let (id, member) = (caller.organization, caller.member()?);
        let organization = store::organizations::get(&mut connection, id).await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let user = store::users::by_member(&mut connection, id, member).await?;
        let member = store::members::get(&mut connection, id, member, now).await?;
        let member = member.ok_or(Error::NotFound("member"))?;
        Ok(Identity {
            name: member.name,
            email: member.email,
            organization: organization.name,
            rights: caller.rights.clone(),
            has_password: user.is_some_and(|user| user.password_hash.is_some()),
        })
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
            let mut connection = self.store.connection().await?;
            store::users::by_member(&mut connection, caller.organization, member).await?
        };
        let user = user.ok_or(Error::NotFound("user"))?;
        if user.password_hash.is_some()
            && !self.hasher.verify(current.unwrap_or_default(), user.password_hash).await?
        {
            return Err(Invalid::new("current", "is not your current password").into());
        }
        let hash = self.hasher.hash(new).await?;
        let mut transaction = self.store.begin().await?;
        let now = self.clock.now(&mut transaction).await?;
        store::users::set_password(&mut transaction, user.id, &hash).await?;
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
