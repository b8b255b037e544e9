//! Making organizations: what the operator does on the command line.

use crate::{Error, NewMember, Result, Service, SignedIn, accounts, api_keys, audit, members};
use chrono::TimeDelta;
use domain::{
    access::{Role, Scope},
    credits::CreditSettings,
    ids::{MemberId, OrganizationId},
    input::{Code, Currency, Email, Invalid, Name},
    period::TimeZone,
    views::MemberStatus,
};
use serde_json::json;
use uuid::Uuid;

/// An organization to be made, and its first administrator.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Its name.
    pub name: Name,
    /// Its plan.
    pub plan: Code,
    /// Its currency.
    pub currency: Currency,
    /// Where its days begin.
    pub time_zone: TimeZone,
    /// The email of its first tenant administrator.
    pub admin: Email,
}

/// What the operator hands over to the customer. The secrets are shown only here.
#[derive(Clone, Debug)]
pub struct CreatedOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its first tenant administrator.
    pub admin: MemberId,
    /// A key with every scope.
    pub api_key: String,
    /// Signs the administrator in once, within a day, at `/sign-in/{token}`.
    pub sign_in_token: String,
}

impl Service {
    /// Makes an organization with its first administrator and an API key. For operators: the
    /// command line asks no rights.
    pub async fn create_organization(&self, new: NewOrganization) -> Result<CreatedOrganization> {
        let mut transaction = self.store.begin().await?;
        let now = self.clock.now(&mut transaction).await?;
        if !store::catalogue::plan_exists(&mut transaction, &new.plan).await? {
            return Err(Invalid::new("plan", "is not a plan of this installation").into());
        }
        let id = OrganizationId(Uuid::now_v7());
        let organization = store::organizations::NewOrganization {
            id,
            name: new.name,
            plan: new.plan,
            currency: new.currency,
            time_zone: new.time_zone,
        };
        store::organizations::insert(&mut transaction, &organization, now).await?;
        let settings = CreditSettings::default();
        store::credit_settings::replace(&mut transaction, id, 1, &settings, now).await?;

        let administrator = NewMember {
            name: name_from(&new.admin)?,
            email: new.admin,
            external_id: None,
            subtenant: None,
            job_role: Code::no_job_role(),
            status: MemberStatus::Active,
            roles: vec![Role::TenantAdministrator, Role::Member],
            limit: None,
        };
        let mut loaded = self.load_locked(&mut transaction, id).await?;
        let admin = members::insert(&mut transaction, &mut loaded, &[administrator]).await?;
        let admin = admin.into_iter().next().ok_or(Error::Internal)?;
        let user = store::users::by_member(&mut transaction, id, admin).await?;
        let user = user.ok_or(Error::Internal)?.id;
        let api_key = api_keys::issue(&mut transaction, id, "First key", &Scope::ALL, now).await?;
        let whom = SignedIn { user, organization: id };
        let sign_in_token =
            accounts::issue_link(&mut transaction, whom, now + TimeDelta::days(1)).await?;
        let after = json!({"name": organization.name, "plan": organization.plan});
        let action = "organization.created";
        audit::record_operator(&mut transaction, id, action, id.0, after, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(CreatedOrganization { id, admin, api_key, sign_in_token })
    }
}

/// A name to begin with: `ann.smith@acme.test` is Ann Smith.
fn name_from(email: &Email) -> Result<Name, Error> {
    let local = email.as_str().split('@').next().unwrap_or_default();
    let words = local.split(['.', '_', '-', '+']).filter(|word| !word.is_empty());
    let capitalized = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    });
    let name = capitalized.collect::<Vec<String>>().join(" ");
    Ok(if name.is_empty() { "Administrator".parse()? } else { name.parse()? })
}
