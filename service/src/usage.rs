//! What has been used and what is left: for the administrators' page, for one's own, for programs.

use crate::{Caller, Error, Result, Service, loading::Loaded};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    answer::{LimitReport, LimitScope},
    balances::Holder,
    ceilings::limits_of,
    decision::credits_left,
    ids::MemberId,
    input::Code,
    packs,
    period::{TimeZone, billing_month},
    state::OrganizationState,
    views::{MemberRow, MyUsage, Period, QuotaManagement, UsageSummary},
};
use store::members::Member;

/// Members on one page of a table.
const PAGE: i64 = 50;

impl Service {
    /// The page *Quota Management*: `page` from 1, and the member whose limit is being edited.
    pub async fn quota_management(
        &self,
        caller: &Caller,
        page: i64,
        editing: Option<MemberId>,
    ) -> Result<QuotaManagement> {
        caller.require(Action::ViewCredits)?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot().await?;
        let mut loaded = self.load_unlocked(&mut transaction, id).await?;
        let now = loaded.now;
        let total = store::members::count(&mut transaction, id).await?;
        let pages = total.div_euclid(PAGE) + i64::from(total % PAGE > 0);
        let page = page.clamp(1, pages.max(1));
        let offset = (page - 1) * PAGE;
        let members = store::members::page(&mut transaction, id, offset, PAGE, now).await?;
        let editing = match editing {
            Some(member) => store::members::get(&mut transaction, id, member, now).await?,
            None => None,
        };
        let shown: Vec<Member> = members.iter().chain(&editing).cloned().collect();
        loaded.add_credits_of(&mut transaction, &shown).await?;
        let seats_used = store::members::seats_used(&mut transaction, id).await?;

        let state = &loaded.state;
        Ok(QuotaManagement {
            plan: loaded.organization.plan_name.clone(),
            billing_period: Period::new(billing_month(now), TimeZone::UTC, now),
            usage_window: Period::new(state.credit_window(now), state.credit_zone(now), now),
            seats_used,
            seats: loaded.organization.seats,
            plan_credits: state.plan.allowance.get(),
            plan_credits_used: state.allowance_used(now),
            plan_credits_left: state.allowance_left(now),
            extra_credits: packs::available(&state.packs, now),
            packs: packs_left(state, now),
            settings: loaded.settings.settings,
            settings_version: loaded.settings.version,
            used: loaded.used(),
            enterprise: enterprise(&loaded),
            warnings: state.warnings(now),
            members: members.iter().map(|member| row(&loaded, member)).collect(),
            members_total: total,
            page,
            pages,
            editing: editing.map(|member| row(&loaded, &member)),
        })
    }

    /// The page *My Usage* of the caller.
    pub async fn my_usage(&self, caller: &Caller) -> Result<MyUsage> {
        caller.require(Action::ViewOwnUsage)?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot().await?;
        let mut loaded = self.load_unlocked(&mut transaction, id).await?;
        let now = loaded.now;
        let member = store::members::get(&mut transaction, id, caller.member()?, now).await?;
        let member = member.ok_or(Error::NotFound("member"))?;
        loaded.add_credits_of(&mut transaction, std::slice::from_ref(&member)).await?;
        let row = row(&loaded, &member);
        let state = &loaded.state;
        Ok(MyUsage {
            cap: row.cap,
            used: row.used,
            left: row.left,
            limits: limits_of(state, state.members.get(&member.id), &Code::credits(), now),
            usage_window: Period::new(state.credit_window(now), state.credit_zone(now), now),
        })
    }

    /// The answer of `GET /api/usage`.
    pub async fn usage_summary(&self, caller: &Caller) -> Result<UsageSummary> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.snapshot().await?;
        let mut loaded = self.load_unlocked(&mut transaction, caller.organization).await?;
        loaded.add_credits_of(&mut transaction, &[]).await?;
        let (state, now) = (&loaded.state, loaded.now);
        Ok(UsageSummary {
            quota_total: state.plan.allowance.get(),
            quota_used: state.allowance_used(now),
            quota_remaining: state.allowance_left(now),
            credits_remaining: packs::available(&state.packs, now),
            reset_date: billing_month(now).ends_at,
        })
    }
}

fn row(loaded: &Loaded, member: &Member) -> MemberRow {
    let (state, now) = (&loaded.state, loaded.now);
    let in_state = state.members.get(&member.id);
    MemberRow {
        id: member.id,
        name: member.name.clone(),
        email: member.email.clone(),
        status: member.status,
        cap: member.cap.map(|(cap, _)| cap),
        limit: in_state.and_then(|member| member.limit(now)).map(domain::amount::Amount::get),
        used: state.credits(Holder::Member(member.id), state.credit_window(now)).used,
        left: credits_left(state, in_state, now),
        version: member.version,
    }
}

/// Packs that still hold credits.
fn packs_left(state: &OrganizationState, now: DateTime<Utc>) -> i64 {
    let left = state.packs.iter().filter(|pack| pack.available(now) > 0).count();
    i64::try_from(left).unwrap_or(i64::MAX)
}

/// The enterprise limit as a member without a limit of their own meets it.
fn enterprise(loaded: &Loaded) -> Option<LimitReport> {
    limits_of(&loaded.state, None, &Code::credits(), loaded.now)
        .into_iter()
        .find(|limit| limit.scope == LimitScope::Organization)
}
