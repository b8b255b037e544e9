use super::*;
use crate::{
    access::Role,
    amount::{Amount, Quantity},
    catalogue::{CapKind, PlanLimit, Price},
    credits::CreditSettings,
    ids::{OrganizationId, PackId},
    packs::Pack,
    period::{Cycle, TimeZone},
    state::Plan,
    views::Warning,
};
use std::collections::HashMap;
use uuid::Uuid;

const INTERN: MemberId = MemberId(Uuid::from_u128(1));
const OTHER: MemberId = MemberId(Uuid::from_u128(2));

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn amount(number: i64) -> Amount {
    Amount::parse("amount", number).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn member(id: MemberId, limit: Option<i64>) -> (MemberId, Member) {
    (id, Member { id, subtenant: None, active: true, limit: limit.map(amount) })
}

/// An organization with 10,000 credits a month on a plan of 100,000 and two members.
fn organization(intern_limit: Option<i64>) -> OrganizationState {
    let price = |meter: &str, price| Price { meter: code(meter), amount: amount(price) };
    OrganizationState {
        id: OrganizationId(Uuid::from_u128(9)),
        suspended: false,
        time_zone: TimeZone::UTC,
        plan: Plan {
            code: code("enterprise"),
            allowance: amount(100_000),
            limits: HashMap::from([
                (code("emails"), PlanLimit { limit: amount(100), cap: CapKind::Hard }),
                (code("contacts"), PlanLimit { limit: amount(100), cap: CapKind::Soft }),
            ]),
        },
        settings: CreditSettings { limit: Some(amount(10_000)), ..CreditSettings::default() },
        set_aside: intern_limit.unwrap_or(0),
        packs: Vec::new(),
        prices: HashMap::from([
            (code("prospect_search"), vec![price("credits", 1)]),
            (code("mass_send"), vec![price("credits", 1), price("emails", 1)]),
            (code("add_contact"), vec![price("contacts", 1)]),
            (code("ai_generate"), vec![price("ai_tokens", 1), price("spend", 15)]),
            (code("view_contacts"), vec![]),
        ]),
        members: HashMap::from([member(INTERN, intern_limit), member(OTHER, None)]),
        balances: HashMap::new(),
    }
}

fn ask(state: &OrganizationState, who: Option<MemberId>, what: &str, many: i64) -> Decision {
    let quantity = Quantity::parse("quantity", many).unwrap();
    decide(state, &Request { member: who, operation: code(what), quantity }, now())
}

/// Decides and records; panics if it is not allowed.
fn take(state: &mut OrganizationState, who: MemberId, what: &str, many: i64) -> Allowance {
    match ask(state, Some(who), what, many) {
        Decision::Allowed(allowance) => {
            state.apply(Some(who), &allowance, now());
            allowance
        }
        other => panic!("{what} x {many} should be allowed: {other:?}"),
    }
}

fn denied(state: &OrganizationState, who: MemberId, what: &str, many: i64) -> Denial {
    match ask(state, Some(who), what, many) {
        Decision::Denied(denial) => denial,
        other => panic!("{what} x {many} should be denied: {other:?}"),
    }
}

fn scopes(denial: &Denial) -> Vec<LimitScope> {
    denial.failed.iter().map(|failed| failed.limit.scope).collect()
}

#[test]
fn worked_example_a() {
    let mut state = organization(Some(500));

    take(&mut state, INTERN, "prospect_search", 500);
    let denial = denied(&state, INTERN, "prospect_search", 1);
    assert_eq!(scopes(&denial), [LimitScope::Member]);
    let failed = &denial.failed[0];
    assert_eq!((failed.limit.limit, failed.limit.used, failed.would_fit), (Some(500), 500, 0));
    assert_eq!(failed.limit.resets_at, "2026-12-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(failed.raised_by, [Role::TenantAdministrator, Role::QuotaAdministrator]);

    take(&mut state, OTHER, "prospect_search", 9_500);
    assert_eq!(scopes(&denied(&state, OTHER, "prospect_search", 1)), [LimitScope::Organization]);
    assert!(matches!(ask(&state, Some(INTERN), "view_contacts", 7), Decision::Allowed(_)));
}

#[test]
fn what_a_custom_limit_promises_is_kept_from_the_others() {
    let mut state = organization(Some(500));
    take(&mut state, OTHER, "prospect_search", 9_500);
    let denial = denied(&state, OTHER, "prospect_search", 1);
    assert_eq!(scopes(&denial), [LimitScope::Organization]);
    let limit = &denial.failed[0].limit;
    assert_eq!((limit.used, limit.set_aside, limit.remaining), (9_500, 500, Some(0)));

    // Raised to 800 at that moment: 300 more are promised than are left, and 500 can be had.
    let promised = |state: &mut OrganizationState, limit| {
        state.members.extend([member(INTERN, limit)]);
        state.set_aside = limit.unwrap_or(0);
    };
    promised(&mut state, Some(800));
    assert_eq!(state.warnings(now()), [Warning::OverPromised { excess: 300 }]);
    assert_eq!(denied(&state, INTERN, "prospect_search", 501).would_fit, 500);

    // Without a limit of their own the intern shares what is left.
    promised(&mut state, None);
    take(&mut state, OTHER, "prospect_search", 1);
    take(&mut state, INTERN, "prospect_search", 499);
    denied(&state, INTERN, "prospect_search", 1);
}

#[test]
fn set_asides_shrink_as_the_promise_is_used_and_can_be_switched_off() {
    let mut state = organization(Some(500));
    take(&mut state, INTERN, "prospect_search", 200);
    assert_eq!(state.set_aside, 300);
    state.settings.set_aside = false;
    take(&mut state, OTHER, "prospect_search", 9_800);
    denied(&state, INTERN, "prospect_search", 1);
}

#[test]
fn without_an_enterprise_limit_promises_are_kept_within_the_allowance() {
    let mut state = organization(Some(500));
    state.settings.limit = None;
    let denial = denied(&state, OTHER, "prospect_search", 99_501);
    assert_eq!(scopes(&denial), [LimitScope::Plan]);
    assert_eq!(denial.would_fit, 99_500);
}

#[test]
fn the_organization_itself_shares_the_pool() {
    let state = organization(Some(500));
    assert!(matches!(ask(&state, None, "prospect_search", 9_500), Decision::Allowed(_)));
    assert!(matches!(ask(&state, None, "prospect_search", 9_501), Decision::Denied(_)));
}

/// A plan of which 50 credits are left, and a pack of 200.
fn nearly_used_up() -> OrganizationState {
    let mut state = organization(None);
    state.settings.limit = None;
    take(&mut state, OTHER, "prospect_search", 99_950);
    let pack =
        Pack { id: PackId(Uuid::from_u128(7)), remaining: 200, granted_at: now(), ends_at: None };
    state.packs.push(pack);
    state
}

#[test]
fn the_allowance_pays_first_and_packs_pay_the_rest() {
    let mut state = nearly_used_up();
    let charge = take(&mut state, OTHER, "prospect_search", 100).charges.remove(0);
    assert_eq!((charge.from_allowance, charge.from_packs), (50, 50));
    assert_eq!(state.packs[0].remaining, 150);
    assert_eq!(denied(&state, OTHER, "prospect_search", 151).would_fit, 150);
}

#[test]
fn packs_extend_the_enterprise_limit_only_where_the_organization_wants_it() {
    let mut state = nearly_used_up();
    state.settings.limit = Some(amount(99_960));
    // The limit leaves 10 to the allowance; packs pay the other 90.
    let charge = take(&mut state.clone(), OTHER, "prospect_search", 100).charges.remove(0);
    assert_eq!((charge.from_allowance, charge.from_packs), (10, 90));

    state.settings.packs_extend = false;
    let denial = denied(&state, OTHER, "prospect_search", 11);
    assert_eq!((scopes(&denial), denial.would_fit), (vec![LimitScope::Organization], 10));
}

#[test]
fn a_members_own_limit_counts_what_packs_paid() {
    let mut state = nearly_used_up();
    state.members.extend([member(INTERN, Some(60))]);
    take(&mut state, INTERN, "prospect_search", 60);
    assert_eq!(scopes(&denied(&state, INTERN, "prospect_search", 1)), [LimitScope::Member]);
}

#[test]
fn several_meters_are_taken_together_or_not_at_all() {
    let mut state = organization(None);
    let charges = take(&mut state, OTHER, "mass_send", 100).charges;
    let meters: Vec<_> = charges.iter().map(|charge| charge.meter.as_str()).collect();
    assert_eq!(meters, ["credits", "emails"]);
    let denial = denied(&state, OTHER, "mass_send", 1);
    assert_eq!(scopes(&denial), [LimitScope::Plan]);
    assert_eq!(denial.failed[0].limit.meter, code("emails"));
}

#[test]
fn soft_caps_let_a_tenth_more_through_and_unlimited_meters_still_count() {
    let mut state = organization(None);
    take(&mut state, OTHER, "add_contact", 110);
    denied(&state, OTHER, "add_contact", 1);
    take(&mut state, OTHER, "ai_generate", 1_000);
    let month = billing_month(now());
    assert_eq!(state.balance(Holder::Organization, &code("spend"), month).used, 15_000);
}

#[test]
fn a_limit_of_zero_allows_nothing() {
    let mut state = organization(Some(0));
    denied(&state, INTERN, "prospect_search", 1);
    state.settings.limit = Some(Amount::ZERO);
    denied(&state, OTHER, "prospect_search", 1);
}

#[test]
fn a_limit_below_what_is_used_takes_nothing_back_and_denies_more() {
    let mut state = organization(Some(500));
    take(&mut state, INTERN, "prospect_search", 400);
    state.members.extend([member(INTERN, Some(100))]);
    let failed = denied(&state, INTERN, "prospect_search", 1).failed.remove(0);
    assert_eq!((failed.limit.used, failed.limit.remaining), (400, Some(0)));
}

#[test]
fn the_answer_shows_every_limit_as_it_stands_afterwards() {
    let mut state = organization(Some(500));
    take(&mut state, INTERN, "prospect_search", 25);
    let limits = take(&mut state, OTHER, "prospect_search", 500).limits;
    let organization = limits.iter().find(|l| l.scope == LimitScope::Organization).unwrap();
    assert_eq!(
        (organization.used, organization.set_aside, organization.remaining),
        (525, 475, Some(9_000))
    );
}

#[test]
fn status_is_looked_at_before_any_limit() {
    let refused = |state: &OrganizationState, who, what| match ask(state, who, what, 1) {
        Decision::Refused { reason } => reason,
        other => panic!("should be refused: {other:?}"),
    };
    let mut state = organization(Some(0));
    assert_eq!(refused(&state, Some(OTHER), "fly"), Refusal::UnknownOperation);
    let stranger = MemberId(Uuid::from_u128(77));
    assert_eq!(refused(&state, Some(stranger), "mass_send"), Refusal::UnknownMember);
    state.members.get_mut(&INTERN).unwrap().active = false;
    assert_eq!(refused(&state, Some(INTERN), "mass_send"), Refusal::MemberInactive);
    state.suspended = true;
    assert_eq!(refused(&state, Some(OTHER), "mass_send"), Refusal::OrganizationSuspended);
    let too_many = ask(&organization(None), None, "ai_generate", Amount::MAX.get());
    let fits = Decision::Refused { reason: Refusal::QuantityTooLarge };
    assert_ne!(too_many, fits, "15 x the largest quantity can still be counted");
}

#[test]
fn a_cycle_that_is_over_limits_nothing() {
    let mut state = organization(None);
    let past = |text: &str| text.parse().unwrap();
    assert_eq!(state.warnings(now()), []);
    state.settings.cycle = Cycle::Custom(
        crate::period::CustomCycle::new(past("2026-10-01"), past("2026-10-31"), false).unwrap(),
    );
    assert_eq!(state.warnings(now()), [Warning::CycleNotRunning]);
    assert!(matches!(ask(&state, None, "prospect_search", 100_000), Decision::Allowed(_)));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is asked in whatever order: no limit is passed, what paid sums to what was
        /// used, set-asides equal the unused promises, and what `credits_left` shows is exactly
        /// what can be had.
        #[test]
        fn limits_hold_and_amounts_are_conserved(
            limit in proptest::option::of(0i64..2_000),
            intern in proptest::option::of(0i64..1_000),
            pack in 0i64..500,
            set_aside: bool,
            packs_extend: bool,
            requests in proptest::collection::vec((any::<bool>(), 1i64..300), 1..40),
        ) {
            let mut state = organization(intern);
            state.plan.allowance = amount(1_500);
            let cycle = Cycle::Weekly;
            state.settings =
                CreditSettings { cycle, limit: limit.map(amount), set_aside, packs_extend };
            let id = PackId(Uuid::from_u128(7));
            state.packs.push(Pack { id, remaining: pack, granted_at: now(), ends_at: None });
            for (by_intern, many) in requests {
                let who = if by_intern { INTERN } else { OTHER };
                let left = credits_left(&state, state.members.get(&who), now());
                match ask(&state, Some(who), "prospect_search", many) {
                    Decision::Allowed(allowance) => {
                        prop_assert!(many <= left.left);
                        state.apply(Some(who), &allowance, now());
                    }
                    Decision::Denied(denial) => prop_assert_eq!(denial.would_fit, left.left),
                    Decision::Refused { reason } => prop_assert!(false, "{:?}", reason),
                }
            }
            let month = state.credits(Holder::Organization, billing_month(now()));
            prop_assert!(month.from_allowance() <= 1_500);
            prop_assert_eq!(month.from_packs, pack - state.packs[0].remaining);
            let window = state.credit_window(now());
            let organization = state.credits(Holder::Organization, window);
            if let Some(limit) = limit {
                let counted =
                    if packs_extend { organization.from_allowance() } else { organization.used };
                prop_assert!(counted <= limit);
            }
            let of = |who| state.credits(Holder::Member(who), window).used;
            prop_assert_eq!(organization.used, of(INTERN) + of(OTHER));
            if let Some(intern) = intern {
                prop_assert!(of(INTERN) <= intern);
                prop_assert_eq!(state.set_aside, intern - of(INTERN));
            }
        }
    }
}
