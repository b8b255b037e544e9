//! An organization with limits of every kind, and what must hold after all faults.

use crate::load::{Entries, Told};
use domain::{
    amount::{Amount, Quantity},
    balances::Holder,
    credits::{CreditCap, CreditSettings},
    ids::ConsumptionId,
    input::Code,
    member_limits::LimitChange,
    quotas::QuotaLimitsInput,
};
use service::{Caller, NewOrganization, NewPack, NewQuota, Operator, Service};
use sqlx::PgPool;
use std::collections::HashMap;
use uuid::Uuid;

/// How many times the usual number of faults is injected.
pub(crate) fn times() -> usize {
    std::env::var("ALLOT_FAULTS").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// An installation with one organization, reached without faults.
pub(crate) struct Installation {
    pub caller: Caller,
    service: Service,
    pool: PgPool,
}

impl Installation {
    /// Makes the organization, with limits that are reached and limits that are not.
    pub(crate) async fn new(service: Service, pool: PgPool) -> Self {
        service.maintain().await.unwrap();
        let new = NewOrganization {
            name: "Acme".parse().unwrap(),
            plan: "enterprise".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            time_zone: "Europe/Berlin".parse().unwrap(),
            admin: "ann@acme.test".parse().unwrap(),
        };
        let created =
            service.create_organization(&Operator::command_line(), new, None).await.unwrap();
        let caller = service.caller_of_key(&created.api_key).await.unwrap();
        let amount = |amount| Amount::parse("limit", amount).unwrap();
        let settings = CreditSettings { limit: Some(amount(20_000)), ..CreditSettings::default() };
        service.save_credit_settings(&caller, settings, None).await.unwrap();
        let cap = CreditCap::Credits { amount: amount(1_500) };
        service
            .save_member_limit(&caller, created.admin, LimitChange::lasting(Some(cap)), None)
            .await
            .unwrap();
        let limits = QuotaLimitsInput { daily: Some(3_000), ..QuotaLimitsInput::default() };
        let (meter, holder) = (Code::credits(), Holder::Organization);
        let quota = NewQuota { meter, holder, limits, last_day: None, replaces: None };
        service.create_quota(&caller, quota, None).await.unwrap();
        let pack = Quantity::parse("credits", 500).unwrap();
        service
            .grant_pack(&Operator::command_line(), created.id, NewPack::of(pack), None)
            .await
            .unwrap();
        Self { caller, service, pool }
    }

    /// Everything that was acknowledged is recorded once, nothing else is, and all that is stored
    /// agrees.
    pub(crate) async fn check(&self, told: &Told) {
        let mut recorded = self.ledger().await;
        let recorded_in_all = recorded.values().map(|entries| entries.len() as u64).sum();
        for (id, entries) in &told.consumptions {
            let mut expected = entries.clone();
            expected.sort_unstable();
            let found = recorded.remove(id).unwrap_or_default();
            assert_eq!(found, expected, "what the ledger says of {id}");
        }
        assert!(
            recorded.len() <= told.unknown,
            "{} consumptions that nobody was told of, {} requests that nobody answered",
            recorded.len(),
            told.unknown
        );
        assert!(told.consumptions.len() > 100, "there was no load");
        self.check_entries(recorded_in_all).await;
    }

    /// The ledger has so many entries, and all that is stored agrees.
    pub(crate) async fn check_entries(&self, entries: u64) {
        let verified = self.service.verify().await.unwrap();
        assert!(verified.agrees, "{:?}", verified.disagreements);
        assert_eq!(u64::try_from(verified.entries), Ok(entries));
        let rebuilt = self.service.rebuild(false).await.unwrap();
        assert_eq!(rebuilt.differences, Vec::<String>::new());
    }

    /// The whole ledger, in the order of its words.
    async fn ledger(&self) -> HashMap<ConsumptionId, Entries> {
        let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
            "SELECT consumption_id, kind, quantity FROM ledger ORDER BY kind, quantity",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        let mut ledger: HashMap<ConsumptionId, Entries> = HashMap::new();
        for (id, kind, quantity) in rows {
            ledger.entry(ConsumptionId(id)).or_default().push((kind, quantity));
        }
        ledger
    }
}
