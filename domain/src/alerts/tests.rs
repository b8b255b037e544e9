use super::*;
use crate::{
    answer::ScopeId,
    ids::{MemberId, SubtenantId},
};
use proptest::prelude::*;

fn thresholds(text: &str) -> Thresholds {
    Thresholds::typed(text).unwrap()
}

fn at(period: PeriodKind, limit: i64, before: i64, after: i64) -> Observation {
    let name = LimitName {
        meter: Code::credits(),
        scope: LimitScope::Organization,
        scope_id: ScopeId::Plan(Code::credits()),
        period,
    };
    Observation { of: LimitPeriod { name, ends_at: None }, limit, before, used: after, held: 0 }
}

/// What people are told of while usage takes these steps; each step is the limit and what is used then.
fn told(period: PeriodKind, typed: &str, steps: &[(i64, i64)]) -> Vec<u8> {
    let thresholds = thresholds(typed);
    let (mut mark, mut before, mut told) = (None, 0, Vec::new());
    for (limit, used) in steps {
        let seen = at(period, *limit, before, *used);
        before = *used;
        if thresholds.is_near(period, seen.before.max(seen.taken()), seen.limit) {
            let (now, news) = seen.follow(mark, &thresholds);
            mark = Some(now);
            told.extend(news);
        }
    }
    told
}

fn monthly(typed: &str, steps: &[(i64, i64)]) -> Vec<u8> {
    told(PeriodKind::Monthly, typed, steps)
}

#[test]
fn each_threshold_is_told_once_and_used_up_always() {
    let steps: Vec<(i64, i64)> = (1..=1_000).map(|used| (1_000, used)).collect();
    assert_eq!(monthly("80, 95", &steps), [80, 95, 100]);
    assert_eq!(monthly("", &steps), [100]);
    assert_eq!(monthly("100", &steps), [100]);
}

#[test]
fn of_several_that_are_passed_at_once_the_highest_is_told() {
    assert_eq!(monthly("80, 95", &[(1_000, 970), (1_000, 1_000)]), [95, 100]);
    assert_eq!(monthly("80, 95", &[(1_000, 1_000)]), [100]);
}

#[test]
fn what_is_given_back_and_used_again_is_not_told_again() {
    assert_eq!(monthly("80", &[(1_000, 810), (1_000, 700), (1_000, 820)]), [80]);
}

#[test]
fn a_raise_that_takes_it_below_arms_it_again() {
    assert_eq!(
        monthly("80", &[(1_000, 850), (2_000, 851), (2_000, 1_599), (2_000, 1_600)]),
        [80, 80]
    );
    // In one step from below to above.
    assert_eq!(monthly("80", &[(1_000, 850), (2_000, 1_700)]), [80, 80]);
    // One that leaves it above does not.
    assert_eq!(monthly("80", &[(1_000, 950), (1_100, 951), (1_100, 1_000)]), [80]);
    // Of two thresholds the one that it leaves behind is armed.
    assert_eq!(monthly("80, 95", &[(1_000, 960), (1_100, 961), (1_100, 1_045)]), [95, 95]);
}

#[test]
fn a_limit_that_is_lowered_below_what_is_used_is_told_at_the_next_request() {
    assert_eq!(monthly("80", &[(1_000, 500), (500, 500)]), [100]);
    assert_eq!(monthly("80", &[(1_000, 850), (500, 850), (1_000, 850)]), [80, 100]);
}

#[test]
fn a_gauge_is_told_again_after_it_was_well_below() {
    let level = |steps: &[(i64, i64)]| told(PeriodKind::Level, "80", steps);
    assert_eq!(level(&[(100, 80), (100, 79), (100, 81), (100, 71), (100, 80)]), [80]);
    assert_eq!(level(&[(100, 80), (100, 75), (100, 69), (100, 80)]), [80, 80]);
}

#[test]
fn thresholds_are_whole_percents_each_once() {
    assert_eq!(thresholds(" 95 80%").to_string(), "80, 95");
    let refused = |text| Thresholds::typed(text).unwrap_err().message;
    for out in ["0", "101", "-5", "80, 300"] {
        assert_eq!(refused(out), "must be between 1 and 100");
    }
    assert_eq!(refused("80, 80"), "must not be there twice");
    assert_eq!(refused("eighty"), "must be whole numbers, such as 80, 95");
    assert_eq!(refused("1 2 3 4 5 6 7 8 9 10 11"), "must be at most 10");
    let json: Result<Thresholds, _> = serde_json::from_str("[80, 80]");
    assert!(json.unwrap_err().to_string().contains("must not be there twice"));
}

#[test]
fn settings_name_nobody_and_no_limit_twice() {
    let mut settings = AlertSettings::default();
    assert!(settings.check().is_ok());
    let own = own_thresholds(None, None);
    settings.overrides = vec![own.clone(), own];
    assert_eq!(settings.check().unwrap_err().message, "must not name a limit twice");
    settings.overrides = vec![own_thresholds(Some(SubtenantId(ID)), Some(MemberId(ID)))];
    let message = "must name a subtenant or a member, not both";
    assert_eq!(settings.check().unwrap_err().message, message);
}

const ID: uuid::Uuid = uuid::Uuid::from_u128(7);

fn own_thresholds(subtenant: Option<SubtenantId>, member: Option<MemberId>) -> LimitThresholds {
    LimitThresholds { meter: Code::credits(), subtenant, member, thresholds: thresholds("50") }
}

#[test]
fn a_single_limit_can_have_thresholds_of_its_own() {
    let name = |scope, scope_id| LimitName {
        meter: Code::credits(),
        scope,
        scope_id,
        period: PeriodKind::Monthly,
    };
    let plan = name(LimitScope::Plan, ScopeId::Plan(Code::credits()));
    let organization = name(LimitScope::Organization, ScopeId::Id(uuid::Uuid::from_u128(1)));
    let subtenant = name(LimitScope::Subtenant, ScopeId::Id(ID));
    let member = name(LimitScope::Member, ScopeId::Id(ID));
    let other = name(LimitScope::Member, ScopeId::Id(uuid::Uuid::from_u128(8)));
    let emails = LimitName { meter: "emails".parse().unwrap(), ..member.clone() };
    let limits = [plan, organization, subtenant, member, other, emails];
    let with_own = |own| {
        let settings = AlertSettings { overrides: vec![own], ..AlertSettings::default() };
        limits.clone().map(|limit| {
            let LimitName { scope, scope_id, meter, .. } = &limit;
            settings.thresholds(*scope, scope_id, meter).to_string() == "50"
        })
    };
    let all = with_own(own_thresholds(None, None));
    assert_eq!(all, [true, true, false, false, false, false]);
    let of_subtenant = with_own(own_thresholds(Some(SubtenantId(ID)), None));
    assert_eq!(of_subtenant, [false, false, true, false, false, false]);
    let of_member = with_own(own_thresholds(None, Some(MemberId(ID))));
    assert_eq!(of_member, [false, false, false, true, false, false]);
}

proptest! {
    /// However usage goes up, each threshold is told at most once, in order, and the last one that is
    /// told is the highest that was reached.
    #[test]
    fn nothing_is_told_twice(
        limit in 1_i64..500,
        steps in proptest::collection::vec(0_i64..50, 0..60),
        typed in proptest::collection::btree_set(1_u8..=100, 0..5),
    ) {
        let typed: Vec<String> = typed.iter().map(u8::to_string).collect();
        let typed = typed.join(" ");
        let mut used = 0;
        let steps: Vec<(i64, i64)> = steps.iter().map(|step| { used += step; (limit, used) }).collect();
        let told = monthly(&typed, &steps);
        prop_assert!(told.windows(2).all(|two| two[0] < two[1]));
        let highest = thresholds(&typed).reached(used, limit, 0);
        prop_assert_eq!(told.last().copied().unwrap_or(0), highest);
    }
}
