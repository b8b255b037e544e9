//! The demo organization: something to look at, with one login per role.

mod past;

use crate::{
    Actor, Caller, Error, MemberEdit, NewMember, NewOrganization, NewPack, NewQuota, Operator,
    Result, Service,
    command::{Command, Item},
};
use domain::{
    access::{Rights, Role},
    amount::{Amount, BasisPoints, Quantity},
    balances::Holder,
    credits::{CreditCap, CreditSettings},
    ids::OrganizationId,
    input::{Code, Email},
    member_limits::LimitChange,
    quotas::QuotaLimitsInput,
    views::MemberStatus,
};
use std::collections::HashMap;
use store::Whose;

/// The password of every demo login. Demo organizations are for looking around only.
pub const DEMO_PASSWORD: &str = "allot-demo";

/// Who operates the demo.
const DEMO_OPERATOR: &str = "operator@demo.test";

/// The people of the demo: name, email, roles, custom limit, credits used.
const PEOPLE: &[(&str, &str, &[Role], Cap, i64)] = &[
    ("Ada Moreau", "admin@demo.test", &[Role::TenantAdministrator, Role::Member], Cap::Pool, 310),
    ("Quentin Ito", "quota@demo.test", &[Role::QuotaAdministrator, Role::Member], Cap::Pool, 45),
    (
        "Sara Lindqvist",
        "subtenant@demo.test",
        &[Role::SubtenantAdministrator, Role::Member],
        Cap::Pool,
        0,
    ),
    (
        "Uma Castillo",
        "users@demo.test",
        &[Role::UserQuotaAdministrator, Role::Member],
        Cap::Pool,
        12,
    ),
    ("Ivo Brandt", "member@demo.test", &[Role::Member], Cap::Credits(500), 500),
    ("Lea Okafor", "lea.okafor@demo.test", &[Role::Member], Cap::Percent(3_000), 2_640),
    ("Marc Duval", "marc.duval@demo.test", &[Role::Member], Cap::Percent(2_000), 1_880),
    ("Nina Petrov", "nina.petrov@demo.test", &[Role::Member], Cap::Credits(1_500), 905),
    ("Omar Haddad", "omar.haddad@demo.test", &[Role::Member], Cap::Credits(500), 120),
    ("Pia Rossi", "pia.rossi@demo.test", &[Role::Member], Cap::Pool, 233),
    ("Rosa Jensen", "rosa.jensen@demo.test", &[Role::Member], Cap::Pool, 78),
    ("Tom Becker", "tom.becker@demo.test", &[Role::Member], Cap::Pool, 0),
];

/// Where those who are not at the top belong, and what they do: email, subtenant, job role.
const PLACES: &[(&str, &str, &str)] = &[
    ("subtenant@demo.test", "North", "sales_lead"),
    ("marc.duval@demo.test", "North", "sales"),
    ("nina.petrov@demo.test", "North", "sales"),
    ("omar.haddad@demo.test", "North", "intern"),
    ("member@demo.test", "South", "intern"),
    ("lea.okafor@demo.test", "South", "sales_lead"),
    ("pia.rossi@demo.test", "South", "marketing"),
];

/// A custom limit of the demo.
enum Cap {
    Pool,
    Credits(i64),
    Percent(i64),
}

/// A login of the demo organization.
#[derive(Clone, Debug)]
pub struct DemoLogin {
    /// The most powerful role of this login.
    pub role: Role,
    /// With this email; the password is [`DEMO_PASSWORD`].
    pub email: &'static str,
}

impl Service {
    /// Makes the demo organization, if there is none yet; its logins, one per role.
    pub async fn demo(&self) -> Result<Vec<DemoLogin>> {
        let first: Email = PEOPLE[0].1.parse()?;
        let known = {
            let mut transaction = self.store.read(Whose::Nobodys).await?;
            store::users::by_email(&mut transaction, &first).await?
        };
        if known.is_none() {
            self.create_demo(first).await?;
        }
        let logins = PEOPLE.iter().take(Role::ALL.len());
        Ok(logins.map(|&(_, email, roles, ..)| DemoLogin { role: roles[0], email }).collect())
    }

    /// Makes the demo's operator, if there is none yet; their email. The password is
    /// [`DEMO_PASSWORD`].
    pub async fn demo_operator(&self) -> Result<&'static str> {
        let email: Email = DEMO_OPERATOR.parse()?;
        let known = {
            let mut transaction = self.store.read(Whose::Nobodys).await?;
            store::operators::by_email(&mut transaction, &email).await?
        };
        if known.is_none() {
            let name = "Olga Operator".parse()?;
            self.create_operator(&Operator::command_line(), &email, &name).await?;
            let hash = self.hasher.hash(DEMO_PASSWORD).await?;
            let mut transaction = self.store.begin(Whose::Nobodys).await?;
            let made = store::operators::by_email(&mut transaction, &email).await?;
            if let Some(made) = made {
                store::operators::set_password(&mut transaction, made.id, &hash).await?;
            }
            transaction.commit().await.map_err(store::Error::from)?;
        }
        Ok(DEMO_OPERATOR)
    }

    async fn create_demo(&self, admin: Email) -> Result<()> {
        let organization = self
            .create_organization(
                &Operator::command_line(),
                NewOrganization {
                    name: "Acme (demo)".parse()?,
                    plan: "enterprise".parse()?,
                    currency: "EUR".parse()?,
                    time_zone: "Europe/Berlin".parse()?,
                    admin,
                },
                None,
            )
            .await?;
        let caller = Caller {
            organization: organization.id,
            actor: Actor::Member(organization.admin),
            rights: Rights::of(vec![Role::TenantAdministrator]),
            ip: None,
        };
        let limit = Some(Amount::parse("limit", 10_000)?);
        let settings = CreditSettings { limit, ..CreditSettings::default() };
        self.save_credit_settings(&caller, settings, None).await?;
        let mut subtenants = HashMap::new();
        for name in ["North", "South"] {
            subtenants.insert(name, self.add_subtenant(&caller, name.parse()?, None).await?);
        }
        let hash = self.hasher.hash(DEMO_PASSWORD).await?;
        for &(name, email, roles, ref cap, _) in PEOPLE {
            let email: Email = email.parse()?;
            let member = if roles.contains(&Role::TenantAdministrator) {
                let edit = MemberEdit { name: Some(name.parse()?), ..MemberEdit::default() };
                self.edit_member(&caller, organization.admin, edit, None).await?.id
            } else {
                let place = PLACES.iter().find(|place| place.0 == email.as_str());
                let member = NewMember {
                    email: email.clone(),
                    name: name.parse()?,
                    external_id: None,
                    subtenant: place.and_then(|place| subtenants.get(place.1)).copied(),
                    job_role: place.map_or_else(|| Ok(Code::no_job_role()), |of| of.2.parse())?,
                    status: MemberStatus::Active,
                    roles: roles.to_vec(),
                    limit: None,
                };
                self.add_member(&caller, member, None).await?.id
            };
            let mut transaction = self.store.begin(organization.id).await?;
            let user = store::users::by_email(&mut transaction, &email).await?;
            let user = user.ok_or(Error::NotFound("user"))?.id;
            store::users::set_password(&mut transaction, organization.id, user, &hash).await?;
            transaction.commit().await.map_err(store::Error::from)?;
            let change = LimitChange::lasting(cap.parse()?);
            self.save_member_limit(&caller, member, change, None).await?;
        }
        self.use_for_half_a_year(&caller).await?;
        for (meter, level) in
            [("contacts", 18_420), ("companies", 2_310), ("storage", 48_600_000_000)]
        {
            self.set_level(organization.id, meter, level).await?;
        }
        let pack = NewPack {
            credits: Quantity::parse("credits", 2_000)?,
            last_day: None,
            bought_by: Some("Ada Moreau".parse()?),
        };
        self.grant_pack(&Operator::command_line(), organization.id, pack, None).await?;
        let north = subtenants.get("North").map(|north| (Holder::Subtenant(*north), 60_000_000));
        for (holder, monthly) in north.into_iter().chain([(Holder::Organization, 150_000_000)]) {
            let limits = QuotaLimitsInput { monthly: Some(monthly), ..Default::default() };
            let meter = Code::spend();
            let quota = NewQuota { meter, holder, limits, last_day: None, replaces: None };
            self.create_quota(&caller, quota, None).await?;
        }
        Ok(())
    }

    async fn set_level(&self, id: OrganizationId, meter: &str, level: i64) -> Result<()> {
        let (meter, level) = (meter.parse()?, Amount::parse("level", level)?);
        let command = Command::SetGauge { member: None, meter, level };
        self.queue(id, Item::new(command, None, None)).await?;
        Ok(())
    }
}

impl Cap {
    fn parse(&self) -> Result<Option<CreditCap>> {
        Ok(match *self {
            Self::Pool => None,
            Self::Credits(amount) => {
                Some(CreditCap::Credits { amount: Amount::parse("limit", amount)? })
            }
            Self::Percent(points) => {
                Some(CreditCap::Percent { basis_points: BasisPoints::parse("limit", points)? })
            }
        })
    }
}
