use super::*;
use crate::{
    access::Role,
    amount::Quantity,
    answer::{Decision, Purpose, Request},
    balances::{Balance, Balances},
    catalogue::{Catalogue, Price},
    credits::{CreditCap, CreditSettings},
    decision::decide,
    ids::OrganizationId,
    period::{Calendar, TimeZone},
    quotas::{InForce, QuotaLimits},
    state::{Movement, Plan},
};
use proptest::prelude::*;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

const EVE: MemberId = MemberId(Uuid::from_u128(1));
const BOB: MemberId = MemberId(Uuid::from_u128(2));
const JOE: MemberId = MemberId(Uuid::from_u128(3));

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn amount(number: i64) -> Amount {
    Amount::parse("amount", number).unwrap()
}

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

/// Two members who can have limits of their own, and Joe, who has none.
fn organization(limits: [(MemberId, Option<i64>); 2]) -> OrganizationState {
    let limits = limits.into_iter().chain([(JOE, None)]);
    let member = |(id, limit): (MemberId, Option<i64>)| {
        let limit = limit.map(|limit| InForce {
            value: amount(limit),
            from: DateTime::UNIX_EPOCH,
            to: None,
        });
        let limits = limit.into_iter().collect();
        (id, Member { id, subtenant: None, active: true, limits })
    };
    let price = |meter: &str| vec![Price { meter: code(meter), amount: amount(1) }];
    let prices =
        HashMap::from([(code("search"), price("credits")), (code("generate"), price("ai_tokens"))]);
    let mut state = OrganizationState {
        id: OrganizationId(Uuid::from_u128(9)),
        suspended: false,
        calendar: Calendar::new(TimeZone::UTC, now()),
        catalogue: Arc::new(Catalogue { meters: HashMap::new(), prices }),
        plan: Plan {
            code: code("enterprise"),
            allowance: amount(5_000),
            limits: HashMap::new(),
            usage_quota_feature: true,
        },
        settings: CreditSettings::default(),
        set_aside: 0,
        packs: Vec::new(),
        members: limits.map(member).collect(),
        quotas: HashMap::new(),
        balances: Balances::default(),
        alerts: Arc::default(),
    };
    state.set_aside = [EVE, BOB].map(|of| state.unused_promise(of, now())).iter().sum();
    state
}

/// Records what was used, in the periods that are needed for that.
fn apply(state: &mut OrganizationState, movement: &Movement) {
    for holder in movement.path.holders() {
        for window in state.periods_needed(holder, &movement.meter, now()) {
            let account = (holder, movement.meter.clone());
            if !state.balances.has(&account, window) {
                state.balances.put(account, [(window, Balance::default())]);
            }
        }
    }
    state.apply(movement, now());
}

/// Lets `who` use that much.
fn take(state: &mut OrganizationState, who: MemberId, meter: &str, used: i64) {
    let movement = Movement {
        path: state.path_of(Some(who)),
        meter: code(meter),
        counts_at: now(),
        change: Balance { used, ..Balance::default() },
        pack_draws: Vec::new(),
    };
    apply(state, &movement);
}

/// How many units `who` could do, and the organization once they have.
fn use_all(state: &OrganizationState, who: MemberId, what: &str) -> (i64, OrganizationState) {
    let request = Request {
        member: Some(who),
        operation: code(what),
        quantity: Quantity::parse("quantity", 1_000_000).unwrap(),
        allow_partial: true,
        purpose: Purpose::Use,
        within: None,
    };
    let mut after = state.clone();
    match decide(state, &request, now()) {
        Decision::Allowed(allowance) => {
            for charge in &allowance.charges {
                let movement = Movement {
                    path: state.path_of(Some(who)),
                    meter: charge.meter.clone(),
                    counts_at: now(),
                    change: charge.as_used(),
                    pack_draws: charge.pack_draws.clone(),
                };
                apply(&mut after, &movement);
            }
            (allowance.granted.get(), after)
        }
        Decision::Denied(denial) => (denial.would_fit, after),
        Decision::Refused { reason } => panic!("{reason:?}"),
    }
}

fn quota(monthly: i64) -> QuotaLimits {
    QuotaLimits { monthly: Some(amount(monthly)), ..QuotaLimits::default() }
}

fn put_quota(state: &mut OrganizationState, holder: Holder, monthly: i64) {
    let limits = InForce { value: quota(monthly), from: DateTime::UNIX_EPOCH, to: None };
    state.quotas.insert((holder, code("ai_tokens")), vec![limits]);
}

fn tokens() -> OwnLimit {
    OwnLimit::Quota { meter: code("ai_tokens"), period: PeriodKind::Monthly }
}

fn for_good(limit: i64) -> Raise {
    Raise { limit: amount(limit), last_day: None }
}

proptest! {
    /// The effect that is shown is what decisions say once the raise is in force: to the member, and to
    /// whoever shares the pool after the member has used all of theirs.
    #[test]
    fn an_effect_agrees_with_decisions(
        (eve, bob) in (proptest::option::of(0i64..3_000), proptest::option::of(0i64..3_000)),
        limit in proptest::option::of(0i64..4_000),
        (used, raise) in (0i64..3_000, 1i64..6_000),
        (set_aside, packs_extend) in any::<(bool, bool)>(),
    ) {
        let mut state = organization([(EVE, eve), (BOB, bob)]);
        state.settings = CreditSettings { limit: limit.map(amount), set_aside, packs_extend, ..state.settings };
        let (fits, _) = use_all(&state, EVE, "search");
        let taken = used.min(fits);
        take(&mut state, EVE, "credits", taken);
        let promise = |member, cap: i64, taken| {
            Promise { member, cap: CreditCap::Credits { amount: amount(cap) }, taken }
        };
        let promises: Vec<Promise> = eve.map(|cap| promise(EVE, cap, taken)).into_iter()
            .chain(bob.map(|cap| promise(BOB, cap, 0))).collect();
        let effect =
            Effect::of(&state, EVE, &OwnLimit::Credits, for_good(raise), &promises, now()).unwrap();

        let mut granted = organization([(EVE, Some(raise)), (BOB, bob)]);
        granted.settings = state.settings;
        take(&mut granted, EVE, "credits", taken);
        for (state, outlook) in [(&state, effect.before), (&granted, effect.after)] {
            let (left, afterwards) = use_all(state, EVE, "search");
            prop_assert_eq!(outlook.left, Some(left));
            prop_assert_eq!(outlook.others_left, Some(use_all(&afterwards, JOE, "search").0));
            prop_assert_eq!(outlook.over_promised, state.over_promised(now()));
        }
        prop_assert_eq!((effect.before.limit, effect.after.limit), (eve, Some(raise)));
    }

    #[test]
    fn the_effect_on_a_budget_agrees_with_decisions(
        (own, pool) in (0i64..1_000, proptest::option::of(0i64..2_000)),
        raise in 1i64..3_000,
    ) {
        let mut state = organization([(EVE, None), (BOB, None)]);
        put_quota(&mut state, Holder::Member(EVE), own);
        if let Some(pool) = pool {
            put_quota(&mut state, Holder::Organization, pool);
        }
        take(&mut state, EVE, "ai_tokens", own / 3);
        let effect = Effect::of(&state, EVE, &tokens(), for_good(raise), &[], now()).unwrap();
        let mut granted = state.clone();
        put_quota(&mut granted, Holder::Member(EVE), raise);
        for (state, outlook) in [(&state, effect.before), (&granted, effect.after)] {
            let (left, afterwards) = use_all(state, EVE, "generate");
            prop_assert_eq!(outlook.left, Some(left));
            let others = pool.map(|_| use_all(&afterwards, JOE, "generate").0);
            prop_assert_eq!(outlook.others_left, others);
        }
    }
}

#[test]
fn percentages_of_others_are_shared_out_anew() {
    let state = organization([(EVE, Some(1_667)), (BOB, Some(1_667))]);
    let percent = |member, text: &str| Promise { member, cap: text.parse().unwrap(), taken: 0 };
    let promises = [percent(EVE, "33.34%"), percent(BOB, "33.33%"), percent(JOE, "33.33%")];
    let effect =
        Effect::of(&state, EVE, &OwnLimit::Credits, for_good(2_000), &promises, now()).unwrap();
    // 33.33% of 5,000 twice is 3,333: 1,667 and 1,666. With the 2,000 that is 333 more than there is.
    assert_eq!(effect.after.over_promised, 333);
}

#[test]
fn nobody_answers_themselves_unless_they_may_set_the_limit() {
    let may =
        |roles: &[Role], limit: &OwnLimit, own| limit.answered_by(&Rights::of(roles.to_vec()), own);
    for (role, of_others, own_credits, own_quota) in [
        (Role::TenantAdministrator, true, true, true),
        (Role::QuotaAdministrator, false, false, false),
        (Role::SubtenantAdministrator, true, false, true),
        (Role::UserQuotaAdministrator, true, false, true),
        (Role::Member, false, false, false),
    ] {
        assert_eq!(may(&[role], &OwnLimit::Credits, false), of_others, "{role}");
        assert_eq!(may(&[role], &OwnLimit::Credits, true), own_credits, "{role}");
        assert_eq!(may(&[role], &tokens(), true), own_quota, "{role}");
    }
    let both = [Role::QuotaAdministrator, Role::UserQuotaAdministrator];
    assert!(may(&both, &OwnLimit::Credits, true), "rights add up");
}

#[test]
fn a_raise_is_above_the_limit_and_above_what_is_used() {
    let mut state = organization([(EVE, Some(100)), (BOB, None)]);
    let (_, used) = use_all(&state, EVE, "search");
    let check = |state: &OrganizationState, who, limit| {
        let report = OwnLimit::Credits.standing(state, &state.members[&who], now()).unwrap();
        for_good(limit).check(&report, |amount| amount.to_string())
    };
    assert_eq!(check(&state, EVE, 101), Ok(()));
    assert_eq!(check(&state, EVE, 100).unwrap_err().field, "limit");
    state.members = used.members.clone();
    state.balances = used.balances;
    // The limit was lowered below what was used.
    state.members.get_mut(&EVE).unwrap().limits[0].value = amount(50);
    let refused = check(&state, EVE, 100).unwrap_err();
    assert_eq!(refused.message, "must be more than the 100 that are used or held already");
    assert_eq!(check(&state, BOB, 1), Ok(()), "who shares the pool gets a limit");
}

#[test]
fn what_can_be_asked_for_is_told_by_the_limit_that_binds() {
    let mut state = organization([(EVE, Some(100)), (BOB, None)]);
    put_quota(&mut state, Holder::Member(EVE), 10);
    let asked = |state: &OrganizationState, who: MemberId, meter: &str| -> Vec<Option<OwnLimit>> {
        let links = standing(state, state.members.get(&who), &code(meter), now());
        links.iter().map(OwnLimit::of).collect()
    };
    assert_eq!(asked(&state, EVE, "credits"), [None, Some(OwnLimit::Credits)]);
    assert_eq!(asked(&state, EVE, "ai_tokens"), [None, Some(tokens())]);
    let set_aside = [Some(OwnLimit::Credits)];
    assert_eq!(asked(&state, BOB, "credits"), set_aside, "set aside for Eve");
    state.settings.set_aside = false;
    assert_eq!(asked(&state, BOB, "credits"), [None], "used up by all");
    let daily = OwnLimit::Quota { meter: code("ai_tokens"), period: PeriodKind::Daily };
    assert_eq!(daily.standing(&state, &state.members[&EVE], now()), None);
    assert_eq!(tokens().standing(&state, &state.members[&BOB], now()), None);
}

#[test]
fn codes_read_back() {
    let limits = [OwnLimit::Credits, tokens()];
    for limit in limits {
        assert_eq!(limit.to_string().parse(), Ok(limit));
    }
    assert_eq!(tokens().to_string(), "ai_tokens.monthly");
    for wrong in ["", "spend", "spend.hourly", ".daily", "spend.daily.x"] {
        assert_eq!(wrong.parse::<OwnLimit>().unwrap_err().field, "own_limit", "{wrong}");
    }
    for status in RaiseStatus::ALL {
        assert_eq!(status.code().parse(), Ok(status));
    }
}
