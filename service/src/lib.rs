//! The use cases of Allot, one file per subject. Each takes a [`Caller`], asks for the right, opens
//! one transaction, lets `domain` decide, writes, and says so in the audit log. What concerns the
//! installation takes an [`Operator`] instead.

mod accounts;
mod alert_settings;
mod alerts;
mod api_keys;
mod audit;
mod audit_log;
mod batch;
mod budgets;
mod caller;
mod catalogue;
mod channels;
mod command;
mod consumptions;
mod credit_settings;
mod csv;
mod cursor;
mod decisions;
mod default_limits;
mod deliveries;
mod demo;
mod digests;
mod directory;
mod error;
mod idempotency;
mod invitations;
mod jobs;
mod limits;
mod listed;
mod live;
mod loading;
mod maintenance;
mod member_edits;
mod member_imports;
mod member_limits;
mod member_lists;
mod members;
mod memory;
pub mod metrics;
mod moment;
mod moving;
mod my_usage;
mod names;
mod notices;
mod notifications;
mod operator;
mod operator_log;
mod operators;
mod organizations;
mod outbox;
mod packs;
mod plan_requests;
mod plans;
mod queue;
mod quota_edits;
mod quota_history;
mod quota_lists;
mod quota_management;
mod quota_pages;
mod quotas;
mod raise_requests;
mod rate_card;
mod reach;
mod reports;
mod reservations;
mod restrictions;
mod rollup;
mod secrets;
mod sessions;
mod standings;
mod subtenants;
mod sync;
mod telling;
mod usage;
mod usage_choices;
mod usage_history;
mod usage_import;
mod usage_ledger;
mod usage_page;
mod usage_sharing;
mod verification;

pub use accounts::SignedIn;
pub use alert_settings::SavedAlertSettings;
pub use api_keys::{
    ApiKey, ApiKeyEdit, ApiKeyList, ApiKeysPage, CreatedApiKey, KeyEnd, KeyMaker, NewApiKey,
    Rotation,
};
pub use audit_log::{AuditList, AuditRecord};
pub use budgets::BudgetEdit;
pub use caller::{Actor, Caller};
pub use catalogue::OwnOrganization;
pub use channels::{
    Channel, ChannelEdit, ChannelList, CreatedChannel, NewChannel, NewSecret, Tried,
};
pub use command::{
    Answer, ConsumeRequest, GaugeSet, Refunded, Renewed, RequestList, Reserved, Settled,
};
pub use consumptions::{Consumption, ReservationList, ReservationReport};
pub use credit_settings::SavedSettings;
pub use default_limits::SavedDefaults;
pub use deliveries::{Delivery, DeliveryList};
pub use demo::{DEMO_PASSWORD, DemoLogin};
pub use directory::OrganizationEdit;
pub use error::{Error, Result};
pub use invitations::Invited;
pub use jobs::{JobList, JobReport, StartedJob};
pub use limits::GaugeLevel;
pub use listed::WorkFilter;
pub use live::Changes;
pub use member_edits::{MemberEdit, SavedMember};
pub use member_limits::{LimitEdit, SavedLimit, SavedLimits};
pub use member_lists::MemberList;
pub use members::{AddedMember, NewMember};
pub use moving::Belonging;
pub use operator::Operator;
pub use operator_log::{OperatorLog, OperatorLogEntry};
pub use organizations::{CreatedOrganization, NewOrganization};
pub use packs::{GrantedPack, NewPack, PackLedger};
pub use quota_lists::{QuotaFilter, QuotaList};
pub use quota_management::AskedDialog;
pub use quota_pages::AskedQuotas;
pub use quotas::{NewQuota, SavedQuota};
pub use raise_requests::{RaiseAsk, RaiseFilter, RaiseList, RaiseTerms};
pub use store::reservations::ReservationStatus;
pub use store::{Clock, Store, default_limits::JobRole};
pub use subtenants::{Subtenant, SubtenantEdit, SubtenantList};
pub use usage_choices::UsageChoices;
pub use usage_import::{ImportedUsage, UnreadableEvent, UsageImport};
pub use usage_page::{Course, CreditsUse, Lasting, OwnUse, Pace, UsagePage, UsageTogether};
pub use verification::{Rebuilt, Verification};

use ::channels::Courier;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Everything that Allot can do. Cheap to clone: clones share one queue per organization.
#[derive(Clone)]
pub struct Service {
    store: Store,
    clock: Clock,
    queues: Arc<queue::Queues<decisions::Decisions>>,
    memory: Arc<memory::Memory>,
    live: Arc<live::Live>,
    telling: Arc<telling::Telling>,
    outbox: Arc<outbox::Outbox>,
    keys: Arc<api_keys::KnownKeys>,
    uses: Arc<api_keys::KeyUses>,
    hasher: Arc<secrets::PasswordHasher>,
    /// With what links for people begin.
    public_url: Arc<str>,
    /// By what messages leave.
    courier: Courier,
    /// Whether no more requests are to be sent here.
    ending: Arc<AtomicBool>,
}

impl Service {
    /// A service on `store` that takes the time from `clock`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            queues: decisions::queues(),
            memory: Arc::default(),
            live: Arc::default(),
            telling: Arc::default(),
            outbox: Arc::default(),
            keys: Arc::default(),
            uses: Arc::default(),
            hasher: Arc::default(),
            public_url: Arc::default(),
            courier: Courier::default(),
            ending: Arc::default(),
        }
    }

    /// The same, reached by people under `url`: links for them begin with it.
    #[must_use]
    pub fn reached_at(self, url: &str) -> Self {
        Self { public_url: url.into(), ..self }
    }

    /// The same, whose messages leave by `courier`.
    #[must_use]
    pub fn delivering_by(self, courier: Courier) -> Self {
        Self { courier, ..self }
    }

    /// By what messages leave.
    pub fn courier(&self) -> &Courier {
        &self.courier
    }

    /// Says that this server is about to stop: it is not ready from now on, and answers all the same.
    pub fn end_readiness(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Whether more requests may be sent here: the server is not about to stop, and the database answers.
    pub async fn ready(&self) -> Result<()> {
        if self.ending.load(Ordering::Relaxed) {
            return Err(Error::Unavailable);
        }
        let mut connection = self.store.connection().await?;
        self.clock.now(&mut connection).await?;
        Ok(())
    }
}
