//! Chains of limits from the plan down to a member, and the one that binds: of what stands, and of what
//! was denied, for refusal cards (SPEC section 13).

use crate::{
    access::Role,
    answer::{Denial, FailedLimit, LimitReport, LimitScope, Request, ScopeId},
    ceilings::{Ceiling, ceilings},
    ids::{MemberId, SubtenantId},
    input::Code,
    period::PeriodKind,
    state::{Member, OrganizationState},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A request that was denied, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalCard {
    /// Units of the operation that were asked for.
    pub quantity: i64,
    /// Units that would have been allowed.
    pub would_fit: i64,
    /// Everything that it had to pass: for each meter that the operation touches the limits from the
    /// plan down to the member.
    pub chain: Vec<Link>,
}

/// One limit of the chain, as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The limit.
    #[serde(flatten)]
    pub limit: LimitReport,
    /// The amount that was asked for, in the meter's smallest unit; 0 where nothing was.
    pub requested: i64,
    /// The amount that this limit had room for, packs included where they extend it. Where there is no
    /// limit, what can still be counted.
    pub would_fit: i64,
    /// The roles that can raise it; none for what the plan includes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raised_by: Vec<Role>,
    /// What it said.
    pub verdict: Verdict,
}

/// What a limit said to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Passed,
    /// No.
    Failed,
    /// It is the one that leaves the least. To a request that was denied it said no.
    Binds,
}

/// Which limit: not what it is set to, which can change.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LimitName {
    /// On which meter.
    pub meter: Code,
    /// The level.
    pub scope: LimitScope,
    /// Which plan, organization, subtenant or member.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope_id: ScopeId,
    /// How often it starts anew.
    pub period: PeriodKind,
}

/// What denials have in common that are recorded together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefusalKind {
    /// Who asked; `None` is the organization itself.
    pub member: Option<MemberId>,
    /// For what.
    pub operation: Code,
    /// The limit that binds.
    pub limit: LimitName,
}

/// Denials of a quarter of an hour that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// What they have in common.
    pub kind: RefusalKind,
    /// How many there were.
    pub times: i64,
    /// When the first was denied.
    pub first_at: DateTime<Utc>,
    /// When the last was.
    pub last_at: DateTime<Utc>,
    /// The part of the organization that the member belonged to at the last.
    pub subtenant: Option<SubtenantId>,
    /// The last of them.
    pub last: RefusalCard,
}

impl RefusalCard {
    /// Explains `denial`, which `request` was answered at `now` on `state`.
    pub fn of(
        state: &OrganizationState,
        request: &Request,
        denial: &Denial,
        now: DateTime<Utc>,
    ) -> Self {
        let member = request.member.and_then(|id| state.members.get(&id));
        let prices = state.catalogue.prices.get(&request.operation).into_iter().flatten();
        let mut links: Vec<(i64, Link)> = Vec::new();
        for price in prices.filter(|price| price.amount.get() > 0) {
            let requested = request.quantity.get().saturating_mul(price.amount.get());
            let ceilings = ceilings(state, member, &price.meter, now);
            let of_meter = ceilings.iter().map(|ceiling| Link::of(ceiling, requested));
            // With what it leaves in units of the operation, so that meters can be compared.
            links.extend(of_meter.map(|link| (link.would_fit / price.amount.get(), link)));
        }
        mark_binding(&mut links, |link| link.verdict == Verdict::Failed);
        Self {
            quantity: request.quantity.get(),
            would_fit: denial.would_fit,
            chain: links.into_iter().map(|(_, link)| link).collect(),
        }
    }

    /// The limit that leaves the least; the most specific one where several do.
    pub fn binding(&self) -> Option<&Link> {
        self.chain.iter().find(|link| link.verdict == Verdict::Binds)
    }
}

/// The limits on a meter from the plan down to `member`, as they stand. None binds where none limits.
pub fn standing(
    state: &OrganizationState,
    member: Option<&Member>,
    meter: &Code,
    now: DateTime<Utc>,
) -> Vec<Link> {
    let ceilings = ceilings(state, member, meter, now);
    let links = ceilings.iter().map(|ceiling| Link::of(ceiling, 0));
    let mut links: Vec<(i64, Link)> = links.map(|link| (link.would_fit, link)).collect();
    mark_binding(&mut links, |link| link.limit.limit.is_some());
    links.into_iter().map(|(_, link)| link).collect()
}

/// Marks the one of those that `can_bind` which leaves the least. Of several the most specific, and of
/// these the one that lasts longest.
fn mark_binding(links: &mut [(i64, Link)], can_bind: impl Fn(&Link) -> bool) {
    let candidates = links.iter_mut().filter(|(_, link)| can_bind(link));
    let binding = candidates
        .min_by_key(|(left, Link { limit, .. })| (*left, Reverse((limit.scope, limit.period))));
    if let Some((_, link)) = binding {
        link.verdict = Verdict::Binds;
    }
}

impl Link {
    fn of(ceiling: &Ceiling, requested: i64) -> Self {
        let FailedLimit { limit, requested, would_fit, raised_by } = ceiling.failed(requested);
        let verdict = if requested > would_fit { Verdict::Failed } else { Verdict::Passed };
        Self { limit, requested, would_fit, raised_by, verdict }
    }

    /// Which limit it is.
    pub fn name(&self) -> LimitName {
        let LimitReport { meter, scope, scope_id, period, .. } = &self.limit;
        LimitName {
            meter: meter.clone(),
            scope: *scope,
            scope_id: scope_id.clone(),
            period: *period,
        }
    }
}
