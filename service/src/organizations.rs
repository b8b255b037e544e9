//! Making organizations.

use crate::{
    Error, NewMember, Operator, Result, Service, SignedIn, accounts, api_keys,
    audit::{self, Change},
    idempotency::Keyed,
    members, restrictions, secrets,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{KeyRights, Role, Scope},
    credits::CreditSettings,
    ids::{MemberId, OrganizationId},
    input::{Code, Currency, Email, IdempotencyKey, Invalid, Name},
    period::TimeZone,
    views::MemberStatus,
};
use serde::Serialize;
use serde_json::json;
use store::Transaction;
use uuid::Uuid;

/// An organization to be made, and its first administrator.
#[derive(Clone, Debug, Serialize)]
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
    /// The whole address of that link.
    pub sign_in_url: String,
}

impl Service {
    /// Makes an organization with its first administrator and an API key. The same key and request
    /// makes none again: it is answered with new secrets, because the first are kept nowhere.
    pub async fn create_organization(
        &self,
        operator: &Operator,
        new: NewOrganization,
        key: Option<IdempotencyKey>,
    ) -> Result<CreatedOrganization> {
        let id = OrganizationId(key.as_ref().map_or_else(Uuid::now_v7, |key| id_of(operator, key)));
        let mut transaction = self.store.begin(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let request = Keyed::of_operator(key, "organizations", &new)?;
        let admin = if let Some(admin) = request.answered(&mut transaction, id).await? {
            admin
        } else {
            let admin = self.insert_organization(&mut transaction, operator, id, new, now).await?;
            request.remember(&mut transaction, id, &admin, now).await?;
            admin
        };
        let user = store::users::by_member(&mut transaction, id, admin).await?;
        let user = user.ok_or(Error::NotFound("user"))?.id;
        let rights = KeyRights { scopes: Scope::ALL.to_vec(), subtenant: None };
        let maker = ("operator", operator.id.map(|id| id.0));
        let first = api_keys::unissued("First key".to_owned(), rights, maker, now);
        let (_, api_key) = api_keys::issue(&mut transaction, id, first).await?;
        let whom = SignedIn { user, organization: id };
        let sign_in_token =
            accounts::issue_link(&mut transaction, whom, now + TimeDelta::days(1)).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        let sign_in_url = format!("{}/sign-in/{sign_in_token}", self.public_url);
        Ok(CreatedOrganization { id, admin, api_key, sign_in_token, sign_in_url })
    }

    /// Adds an organization, its settings and its first administrator.
    async fn insert_organization(
        &self,
        transaction: &mut Transaction,
        operator: &Operator,
        id: OrganizationId,
        new: NewOrganization,
        now: DateTime<Utc>,
    ) -> Result<MemberId> {
        // Nobody changes the plan's terms before the organization is there to be told of it.
        if !store::plans::hold(transaction, &new.plan).await? {
            return Err(Invalid::new("plan", "is not a plan of this installation").into());
        }
        let organization = store::organizations::NewOrganization {
            id,
            name: new.name,
            plan: new.plan,
            currency: new.currency,
            time_zone: new.time_zone,
        };
        store::organizations::insert(transaction, &organization, now).await?;
        let settings = CreditSettings::default();
        store::credit_settings::replace(transaction, id, 1, &settings, now).await?;

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
        let mut loaded = self.load_locked(transaction, id).await?;
        let admin = members::insert(transaction, &mut loaded, &[administrator]).await?;
        if !loaded.organization.usage_quota_feature {
            restrictions::restrict(transaction, operator, id, now).await?;
        }
        let after = json!({"name": organization.name, "plan": organization.plan});
        let action = "organization.created";
        let change = Change { action, subject: id.0, before: None, after: Some(&after) };
        audit::record_operator(transaction, operator, id, change, now).await?;
        admin.into_iter().next().ok_or(Error::Internal)
    }
}

/// The id of the organization that an operator makes under a key: the same again for the same key.
fn id_of(operator: &Operator, key: &IdempotencyKey) -> Uuid {
    let hash = secrets::token_hash(&format!("{:?} {key}", operator.id));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
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
