use super::*;
use crate::{
    access::Role,
    amount::Amount,
    answer::Purpose,
    balances::{Balance, Balances, Holder, Path},
    catalogue::{CapKind, Catalogue, MeterKind, PlanLimit},
    credits::CreditSettings,
    ids::{MemberId, OrganizationId, PackId, SubtenantId},
    packs::Pack,
    period::{Calendar, Cycle, Period, PeriodKind, TimeZone, billing_month},
    quotas::{InForce, QuotaLimits},
    state::{Movement, Plan},
    warnings::{Observed, Warning, warnings},
};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

mod refusals;
mod spend;

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
    let limits = limit.map(|limit| for_ever(amount(limit))).into_iter().collect();
    (id, Member { id, subtenant: None, active: true, limits })
}

fn for_ever<T>(value: T) -> InForce<T> {
    InForce { value, from: DateTime::UNIX_EPOCH, to: None }
}

fn catalogue() -> Catalogue {
    let price = |meter: &str, price| Price { meter: code(meter), amount: amount(price) };
    Catalogue {
        meters: HashMap::from([(code("contacts"), MeterKind::Gauge)]),
        prices: HashMap::from([
            (code("prospect_search"), vec![price("credits", 1)]),
            (code("mass_send"), vec![price("credits", 1), price("emails", 1)]),
            (code("add_contact"), vec![price("contacts", 1)]),
            (code("ai_generate"), vec![price("ai_tokens", 1), price("spend", 15)]),
            (code("view_contacts"), vec![]),
        ]),
    }
}

/// An organization with 10,000 credits a month on a plan of 100,000 and two members.
fn organization(intern_limit: Option<i64>) -> OrganizationState {
    OrganizationState {
        id: OrganizationId(Uuid::from_u128(9)),
        suspended: false,
        calendar: Calendar::new(TimeZone::UTC, now()),
        catalogue: Arc::new(catalogue()),
        plan: Plan {
            code: code("enterprise"),
            allowance: amount(100_000),
            limits: HashMap::from([
                (code("emails"), PlanLimit { limit: amount(100), cap: CapKind::Hard }),
                (code("contacts"), PlanLimit { limit: amount(100), cap: CapKind::Soft }),
            ]),
            usage_quota_feature: true,
        },
        settings: CreditSettings { limit: Some(amount(10_000)), ..CreditSettings::default() },
        set_aside: intern_limit.unwrap_or(0),
        packs: Vec::new(),
        members: HashMap::from([member(INTERN, intern_limit), member(OTHER, None)]),
        quotas: HashMap::new(),
        balances: Balances::default(),
        alerts: std::sync::Arc::default(),
    }
}

fn ask(state: &OrganizationState, who: Option<MemberId>, what: &str, many: i64) -> Decision {
    decide(state, &request(who, what, many), now())
}

fn request(member: Option<MemberId>, what: &str, many: i64) -> Request {
    let quantity = Quantity::parse("quantity", many).unwrap();
    let (allow_partial, purpose) = (false, Purpose::Use);
    Request { member, operation: code(what), quantity, allow_partial, purpose, within: None }
}

/// Decides and records; panics if it is not allowed.
fn take(state: &mut OrganizationState, who: MemberId, what: &str, many: i64) -> Allowance {
    match ask(state, Some(who), what, many) {
        Decision::Allowed(allowance) => {
            record(state, Some(who), &allowance, Charge::as_used);
            allowance
        }
        other => panic!("{what} x {many} should be allowed: {other:?}"),
    }
}

fn record(
    state: &mut OrganizationState,
    who: Option<MemberId>,
    allowance: &Allowance,
    change: fn(&Charge) -> Balance,
) {
    for charge in &allowance.charges {
        let movement = Movement {
            path: state.path_of(who),
            meter: charge.meter.clone(),
            counts_at: now(),
            change: change(charge),
            pack_draws: charge.pack_draws.clone(),
        };
        move_balances(state, &movement);
    }
}

/// Records a movement; a balance that is not there yet begins with nothing.
fn move_balances(state: &mut OrganizationState, movement: &Movement) {
    for holder in movement.path.holders() {
        let account = (holder, movement.meter.clone());
        for window in state.periods_needed(holder, &movement.meter, now()) {
            if !state.balances.has(&account, window) {
                state.balances.put(account.clone(), [(window, Balance::default())]);
            }
        }
    }
    state.apply(movement, now());
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

fn warned(state: &OrganizationState) -> Vec<Warning> {
    warnings(state, &Observed::default(), now())
}

#[test]
fn worked_example_a() {
    let mut state = organization(Some(500));

    take(&mut state, INTERN, "prospect_search", 500);
    let denial = denied(&state, INTERN, "prospect_search", 1);
    assert_eq!(scopes(&denial), [LimitScope::Member]);
    let failed = &denial.failed[0];
    assert_eq!((failed.limit.limit, failed.limit.used, failed.would_fit), (Some(500), 500, 0));
    assert_eq!(failed.limit.resets_at, Some("2026-12-01T00:00:00Z".parse().unwrap()));
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
    assert_eq!(warned(&state), [Warning::OverPromised { excess: 300 }]);
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
    let failed = denied(&state, OTHER, "add_contact", 1).failed.remove(0).limit;
    assert_eq!((failed.limit, failed.allowed_to, failed.used), (Some(100), Some(110), 110));
    assert_eq!((failed.period, failed.resets_at), (PeriodKind::Level, None), "it is a gauge");
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
    assert_eq!(warned(&state), []);
    state.settings.cycle = Cycle::Custom(
        crate::period::CustomPeriod::new(past("2026-10-01"), past("2026-10-31"), false).unwrap(),
    );
    assert_eq!(warned(&state), [Warning::CycleNotRunning]);
    assert!(matches!(ask(&state, None, "prospect_search", 100_000), Decision::Allowed(_)));
}

const EAST: SubtenantId = SubtenantId(Uuid::from_u128(3));

/// An organization whose intern belongs to the subtenant east, with quotas on `ai_tokens`.
fn with_quotas(quotas: &[(Holder, QuotaLimits)]) -> OrganizationState {
    let mut state = organization(None);
    state.members.get_mut(&INTERN).unwrap().subtenant = Some(EAST);
    for (holder, limits) in quotas {
        state.quotas.insert((*holder, code("ai_tokens")), vec![for_ever(*limits)]);
    }
    state
}

fn monthly(limit: i64) -> QuotaLimits {
    QuotaLimits { monthly: Some(amount(limit)), ..QuotaLimits::default() }
}

#[test]
fn worked_example_c() {
    let mut state = with_quotas(&[(Holder::Subtenant(EAST), monthly(100))]);
    assert_eq!(denied(&state, INTERN, "ai_generate", 101).would_fit, 100);
    take(&mut state, OTHER, "ai_generate", 120);

    let organization = (Holder::Organization, code("ai_tokens"));
    state.quotas.insert(organization, vec![for_ever(monthly(150))]);
    // The subtenant has 100 left, the organization 30: a more specific quota lifts nothing.
    let denial = denied(&state, INTERN, "ai_generate", 101);
    assert_eq!(scopes(&denial), [LimitScope::Organization, LimitScope::Subtenant]);
    assert_eq!(denial.would_fit, 30);
    assert_eq!(scopes(&denied(&state, OTHER, "ai_generate", 31)), [LimitScope::Organization]);
}

#[test]
fn every_period_of_a_quota_must_hold() {
    let mut limits = monthly(10);
    limits.daily = Some(amount(4));
    limits.yearly = Some(amount(12));
    let mut state = with_quotas(&[(Holder::Member(INTERN), limits)]);
    take(&mut state, INTERN, "ai_generate", 4);
    let failed = denied(&state, INTERN, "ai_generate", 9).failed;
    let periods: Vec<_> = failed.iter().map(|failed| failed.limit.period.as_str()).collect();
    assert_eq!(periods, ["daily", "monthly", "yearly"]);
    assert_eq!(failed[0].raised_by[0], Role::TenantAdministrator);

    let tomorrow = now() + chrono::TimeDelta::days(1);
    let day = state.calendar.window(Period::Daily, tomorrow).unwrap();
    let account = (Holder::Member(INTERN), code("ai_tokens"));
    state.balances.put(account, [(day, Balance::default())]);
    assert!(matches!(
        decide(&state, &request(Some(INTERN), "ai_generate", 4), tomorrow),
        Decision::Allowed(_)
    ));
}

#[test]
fn a_quota_limits_only_while_it_is_in_force() {
    let account = (Holder::Organization, code("ai_tokens"));
    let mut state = with_quotas(&[]);
    let ended = InForce { to: Some(now()), ..for_ever(monthly(0)) };
    let later = InForce { from: now() + chrono::TimeDelta::days(1), ..for_ever(monthly(0)) };
    state.quotas.insert(account, vec![ended, later]);
    take(&mut state, OTHER, "ai_generate", 1_000);
}

#[test]
fn a_partial_request_takes_what_fits() {
    let mut state = organization(Some(500));
    take(&mut state, INTERN, "prospect_search", 450);
    let partial = Request { allow_partial: true, ..request(Some(INTERN), "prospect_search", 80) };
    let Decision::Allowed(allowance) = decide(&state, &partial, now()) else {
        panic!("50 fit");
    };
    assert_eq!((allowance.granted.get(), allowance.charges[0].amount), (50, 50));
    take(&mut state, INTERN, "prospect_search", 50);
    let nothing = decide(&state, &partial, now());
    assert!(matches!(nothing, Decision::Denied(_)), "nothing fits: {nothing:?}");
}

#[test]
fn what_is_held_counts_until_it_is_released() {
    let mut state = nearly_used_up();
    let hold = Request { purpose: Purpose::Hold, ..request(Some(OTHER), "prospect_search", 100) };
    let Decision::Allowed(allowance) = decide(&state, &hold, now()) else {
        panic!("250 are left");
    };
    let plan = allowance.limits.iter().find(|limit| limit.limit == Some(100_000)).unwrap();
    assert_eq!((plan.used, plan.reserved, plan.remaining), (99_950, 50, Some(0)));
    record(&mut state, Some(OTHER), &allowance, Charge::as_held);
    assert_eq!(state.packs[0].remaining, 150, "what is held in a pack nobody else can take");
    assert_eq!(denied(&state, OTHER, "prospect_search", 151).would_fit, 150);

    // 60 of them are committed: 50 by the allowance, 10 by the pack, whose other 40 come back.
    let charge = &allowance.charges[0];
    let taken = charge.part(100, 60);
    let mut settled = taken.as_used();
    settled += -charge.as_held();
    let movement = Movement {
        path: Path { subtenant: None, member: Some(OTHER) },
        meter: Code::credits(),
        counts_at: now(),
        change: settled,
        pack_draws: charge.without(&taken).draws_returned(),
    };
    move_balances(&mut state, &movement);
    let month = state.credits(Holder::Organization, billing_month(now()));
    let expected = Balance { used: 100_010, from_packs: 10, ..Balance::default() };
    assert_eq!((month, state.packs[0].remaining), (expected, 190));
}

#[test]
fn a_program_of_one_subtenant_reaches_its_members_and_nobody_else() {
    let (north, south) = (SubtenantId(Uuid::from_u128(7)), SubtenantId(Uuid::from_u128(8)));
    let mut state = organization(None);
    state.members.get_mut(&INTERN).unwrap().subtenant = Some(north);
    let ask = |within: SubtenantId, who: Option<MemberId>| {
        let request = Request { within: Some(within), ..request(who, "view_contacts", 1) };
        match decide(&state, &request, now()) {
            Decision::Refused { reason } => Some(reason),
            _ => None,
        }
    };
    assert_eq!(ask(north, Some(INTERN)), None);
    assert_eq!(ask(south, Some(INTERN)), Some(Refusal::UnknownMember));
    assert_eq!(ask(north, Some(OTHER)), Some(Refusal::UnknownMember), "who is in no subtenant");
    assert_eq!(ask(north, None), Some(Refusal::MemberRequired));
}

mod properties;
