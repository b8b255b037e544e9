//! Operators: their sign-in, their keys, and the log of what they did. Keys are
//! `allot_op_<prefix>_<secret>`.

use crate::{
    Error, Operator, Result, Service,
    accounts::{TRIES_PER_EMAIL, by_address, remember_failure, require_patience},
    audit, secrets,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    console::OperatorIdentity,
    ids::OperatorId,
    input::{Email, Invalid, Name},
};
use serde_json::{Value, json};
use std::net::IpAddr;
use store::{Connection, Whose, operators::NewKey};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// How long a one-time link works.
const LINK_LIVES: TimeDelta = TimeDelta::days(1);

impl Service {
    /// Makes an operator; a link that signs them in once, within a day.
    pub async fn create_operator(
        &self,
        operator: &Operator,
        email: &Email,
        name: &Name,
    ) -> Result<String> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let id = OperatorId(Uuid::now_v7());
        store::operators::insert(&mut transaction, id, email, name, now).await?;
        let after = json!({"name": name});
        log(&mut transaction, operator, "operator.created", email, Some(&after), now).await?;
        let link = self.issue_link_for(&mut transaction, id, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(link)
    }

    /// Makes another one-time link for an operator.
    pub async fn issue_operator_link(&self, operator: &Operator, email: &Email) -> Result<String> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let whom = named(&mut transaction, email).await?;
        log(&mut transaction, operator, "operator.link_issued", email, None, now).await?;
        let link = self.issue_link_for(&mut transaction, whom, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(link)
    }

    async fn issue_link_for(
        &self,
        connection: &mut Connection,
        whom: OperatorId,
        now: DateTime<Utc>,
    ) -> Result<String> {
        let token = secrets::random_token::<32>()?;
        let hash = secrets::token_hash(&token);
        store::operators::insert_link(connection, &hash, whom, now + LINK_LIVES).await?;
        Ok(format!("{}/operator/sign-in/{token}", self.public_url))
    }

    /// Makes a key for an operator and returns it: it can't be read again.
    pub async fn issue_operator_key(
        &self,
        operator: &Operator,
        email: &Email,
        name: &Name,
    ) -> Result<String> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let whom = named(&mut transaction, email).await?;
        let (prefix, secret) = secrets::key_parts()?;
        let key = NewKey {
            id: Uuid::now_v7(),
            operator: whom,
            name: name.to_string(),
            prefix,
            secret_hash: secrets::token_hash(&secret),
        };
        store::operators::insert_key(&mut transaction, &key, now).await?;
        let after = json!({"name": name});
        log(&mut transaction, operator, "operator.key_issued", email, Some(&after), now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(format!("allot_op_{}_{secret}", key.prefix))
    }

    /// Keeps an operator out from now on, with their sessions, links and keys.
    pub async fn disable_operator(&self, operator: &Operator, email: &Email) -> Result<()> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let whom = named(&mut transaction, email).await?;
        store::operators::disable(&mut transaction, whom, now).await?;
        log(&mut transaction, operator, "operator.disabled", email, None, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }

    /// Signs an operator in by email and password. Slows down those who guess.
    pub async fn sign_in_operator(
        &self,
        email: &str,
        password: &str,
        ip: Option<IpAddr>,
    ) -> Result<OperatorId> {
        let email: Email = email.parse().map_err(|_| Error::WrongCredentials)?;
        let mut transaction = self.store.read(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        // Counted apart from the tries of customers: they can't lock an operator out.
        let by_email = (format!("operator:{email}"), TRIES_PER_EMAIL);
        let tries: Vec<(String, i64)> = std::iter::once(by_email).chain(by_address(ip)).collect();
        require_patience(&mut transaction, &tries, now).await?;
        let found = store::operators::by_email(&mut transaction, &email).await?;
        // Hashing takes long: others can use the connection meanwhile.
        drop(transaction);
        let hash = found.as_ref().and_then(|found| found.password_hash.clone());
        let verified = self.hasher.verify(password, hash).await?;
        if let Some(found) = found.filter(|_| verified) {
            return Ok(found.id);
        }
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        remember_failure(&mut transaction, tries, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Err(Error::WrongCredentials)
    }

    /// Signs an operator in by a one-time link; it works once.
    pub async fn sign_in_operator_by_link(&self, token: &str) -> Result<OperatorId> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let hash = secrets::token_hash(token);
        let id = store::operators::take_link(&mut transaction, &hash, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        id.ok_or(Error::NotFound("sign-in link, or it was used already"))
    }

    /// The operator of a session, if they still may sign in.
    pub async fn operator_of_session(&self, id: OperatorId) -> Result<Option<Operator>> {
        let mut transaction = self.store.read(Whose::Nobodys).await?;
        let found = store::operators::get(&mut transaction, id).await?;
        Ok(found.map(|found| Operator::new(found.id)))
    }

    /// The operator who calls with `key`.
    pub async fn operator_of_key(&self, key: &str) -> Result<Operator> {
        let parts = key.strip_prefix("allot_op_").and_then(|rest| rest.split_once('_'));
        let (prefix, secret) = parts.ok_or(Error::Unauthenticated)?;
        let mut transaction = self.store.read(Whose::Nobodys).await?;
        let hash = secrets::token_hash(secret);
        let found = store::operators::keys(&mut transaction, prefix).await?;
        let found = found.into_iter().find(|(_, of_key)| of_key.ct_eq(&hash).into());
        found.map(|(id, _)| Operator::new(id)).ok_or(Error::Unauthenticated)
    }

    /// Who the operator is, for the shell of the console.
    pub async fn operator_identity(&self, operator: &Operator) -> Result<OperatorIdentity> {
        let mut transaction = self.store.read(Whose::Nobodys).await?;
        let found = person(&mut transaction, operator).await?;
        let has_password = found.password_hash.is_some();
        Ok(OperatorIdentity { name: found.name, email: found.email, has_password })
    }

    /// Sets the operator's own password. `current` is not needed by those who have none yet.
    pub async fn set_operator_password(
        &self,
        operator: &Operator,
        current: Option<&str>,
        new: &str,
    ) -> Result<()> {
        let found = {
            let mut transaction = self.store.read(Whose::Nobodys).await?;
            person(&mut transaction, operator).await?
        };
        let id = found.id;
        if found.password_hash.is_some()
            && !self.hasher.verify(current.unwrap_or_default(), found.password_hash).await?
        {
            return Err(Invalid::new("current", "is not your current password").into());
        }
        let hash = self.hasher.hash(new).await?;
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        store::operators::set_password(&mut transaction, id, &hash).await?;
        let email = found.email.parse()?;
        log(&mut transaction, operator, "operator.password_set", &email, None, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }
}

/// One more than a list shows, which tells whether there is another part of it.
pub(crate) fn one_more_than(listed: usize) -> i64 {
    i64::try_from(listed + 1).unwrap_or(i64::MAX)
}

async fn named(connection: &mut Connection, email: &Email) -> Result<OperatorId> {
    let found = store::operators::by_email(connection, email).await?;
    Ok(found.ok_or(Error::NotFound("operator"))?.id)
}

/// The person who operates; the command line is none.
async fn person(
    connection: &mut Connection,
    operator: &Operator,
) -> Result<store::operators::Operator> {
    let id = operator.id.ok_or(Error::NotFound("operator"))?;
    store::operators::get(connection, id).await?.ok_or(Error::NotFound("operator"))
}

async fn log(
    connection: &mut Connection,
    operator: &Operator,
    action: &str,
    whom: &Email,
    after: Option<&Value>,
    now: DateTime<Utc>,
) -> Result<()> {
    audit::log_operator(connection, operator, whom.as_str(), action, (None, after), now).await
}
