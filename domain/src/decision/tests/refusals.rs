//! A refusal card shows the chain of limits, and the one that binds.

use super::*;
use crate::refusals::{Link, RefusalCard, Verdict, standing};

const A: SubtenantId = SubtenantId(Uuid::from_u128(7));

fn card(state: &OrganizationState, what: &str, many: i64) -> RefusalCard {
    let request = request(Some(INTERN), what, many);
    match decide(state, &request, now()) {
        Decision::Denied(denial) => RefusalCard::of(state, &request, &denial, now()),
        other => panic!("{what} x {many} should be denied: {other:?}"),
    }
}

fn verdicts(card: &RefusalCard) -> Vec<(LimitScope, Verdict)> {
    card.chain.iter().map(|link| (link.limit.scope, link.verdict)).collect()
}

fn quota(state: &mut OrganizationState, holder: Holder, meter: &str, limits: QuotaLimits) {
    state.quotas.insert((holder, code(meter)), vec![for_ever(limits)]);
}

fn monthly(limit: i64) -> QuotaLimits {
    QuotaLimits { monthly: Some(amount(limit)), ..QuotaLimits::default() }
}

#[test]
fn the_chain_leads_from_the_plan_to_the_member() {
    let mut state = organization(Some(500));
    take(&mut state, INTERN, "prospect_search", 495);
    let card = card(&state, "prospect_search", 25);
    assert_eq!((card.quantity, card.would_fit), (25, 5));
    let expected = [
        (LimitScope::Plan, Verdict::Passed),
        (LimitScope::Organization, Verdict::Passed),
        (LimitScope::Member, Verdict::Binds),
    ];
    assert_eq!(verdicts(&card), expected);
    let binding = card.binding().unwrap();
    assert_eq!((binding.requested, binding.would_fit), (25, 5));
    assert_eq!(binding.limit.remaining, Some(5));
    assert_eq!(binding.limit.resets_at, Some(billing_month(now()).ends_at));
    assert_eq!(binding.raised_by, [Role::TenantAdministrator, Role::QuotaAdministrator]);
}

#[test]
fn of_limits_that_leave_as_little_the_most_specific_binds_and_the_one_that_lasts_longest() {
    let mut state = organization(None);
    state.members.get_mut(&INTERN).unwrap().subtenant = Some(A);
    quota(&mut state, Holder::Subtenant(A), "emails", monthly(3));
    let daily = QuotaLimits { daily: Some(amount(3)), ..monthly(3) };
    quota(&mut state, Holder::Member(INTERN), "emails", daily);
    let card = card(&state, "mass_send", 4);
    let failed: Vec<_> = card.chain.iter().filter(|link| link.verdict != Verdict::Passed).collect();
    assert_eq!(failed.len(), 3, "of the subtenant, and two of the member");
    let binding = card.binding().unwrap();
    let bound = (binding.limit.scope, binding.limit.period, binding.would_fit);
    assert_eq!(bound, (LimitScope::Member, PeriodKind::Monthly, 3));
}

#[test]
fn meters_are_compared_by_the_units_that_they_leave() {
    let mut state = organization(None);
    // 100 tokens, and what 99 of them cost.
    quota(&mut state, Holder::Member(INTERN), "ai_tokens", monthly(100));
    quota(&mut state, Holder::Organization, "spend", monthly(99 * 15));
    let card = card(&state, "ai_generate", 101);
    assert_eq!(card.would_fit, 99);
    let binding = card.binding().unwrap();
    assert_eq!((binding.limit.meter.as_str(), binding.requested), ("spend", 101 * 15));
    let bound = card.chain.iter().filter(|link| link.verdict == Verdict::Binds).count();
    assert_eq!(bound, 1);
}

#[test]
fn a_card_survives_being_stored() {
    let mut state = organization(Some(500));
    quota(&mut state, Holder::Member(INTERN), "emails", monthly(1));
    let chain = card(&state, "mass_send", 501).chain;
    let stored = serde_json::to_string(&chain).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Link>>(&stored).unwrap(), chain);
}

#[test]
fn what_is_left_is_what_the_binding_limit_leaves() {
    let mut state = organization(Some(500));
    take(&mut state, INTERN, "prospect_search", 100);
    let intern = state.members.get(&INTERN);
    let bound = |meter: &str| {
        let links = standing(&state, intern, &code(meter), now());
        let binding = links.into_iter().find(|link| link.verdict == Verdict::Binds);
        binding.map(|link| (link.limit.scope, link.would_fit))
    };
    let left = credits_left(&state, intern, now());
    assert_eq!(bound("credits"), Some((left.bound_by, left.left)));
    assert_eq!(bound("credits"), Some((LimitScope::Member, 400)));
    assert_eq!(bound("emails"), Some((LimitScope::Plan, 100)));
    assert_eq!(bound("ai_tokens"), None, "nothing limits it");
}
