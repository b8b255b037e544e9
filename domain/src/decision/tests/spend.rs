//! What can still be spent, as the cards say it, is what `decide` lets through.

use super::*;
use crate::{
    answer::LimitScope,
    ids::SubtenantId,
    spend::{SpendReport, spend_reports},
};

const A: SubtenantId = SubtenantId(Uuid::from_u128(7));
/// What one generated token costs.
const PRICE: i64 = 15;

fn quota(state: &mut OrganizationState, holder: Holder, limits: [Option<i64>; 3]) {
    let [daily, monthly, yearly] = limits.map(|limit| limit.map(amount));
    let limits = QuotaLimits { daily, monthly, yearly, ..QuotaLimits::default() };
    state.quotas.insert((holder, Code::spend()), vec![for_ever(limits)]);
}

/// An organization whose intern belongs to subtenant A.
fn with_subtenant() -> OrganizationState {
    let mut state = organization(None);
    let intern = state.members.get_mut(&INTERN).unwrap();
    intern.subtenant = Some(A);
    state
}

fn path(of: &OrganizationState, member: MemberId) -> Path {
    of.path_of(Some(member))
}

fn available(reports: &[SpendReport]) -> Vec<Option<i64>> {
    reports.iter().map(SpendReport::available).collect()
}

fn bound(reports: &[SpendReport]) -> Vec<Option<(LimitScope, PeriodKind)>> {
    let bound =
        |report: &SpendReport| report.bound_by.as_ref().map(|limit| (limit.scope, limit.period));
    reports.iter().map(bound).collect()
}

#[test]
fn nothing_limits_where_there_is_no_quota() {
    let mut state = with_subtenant();
    take(&mut state, INTERN, "ai_generate", 10);
    let reports = spend_reports(&state, Path::default(), now());
    assert_eq!(available(&reports), [None, None, None]);
    assert_eq!(reports.iter().map(|report| report.used).collect::<Vec<_>>(), [150; 3]);
}

#[test]
fn a_card_is_bound_by_limits_that_last_as_long_as_its_period() {
    let mut state = with_subtenant();
    quota(&mut state, Holder::Organization, [Some(1_000), Some(1_500), None]);
    take(&mut state, INTERN, "ai_generate", 40);
    let reports = spend_reports(&state, Path::default(), now());
    assert_eq!(available(&reports), [Some(400), Some(900), None]);

    quota(&mut state, Holder::Organization, [Some(1_000), Some(700), Some(5_000)]);
    let reports = spend_reports(&state, Path::default(), now());
    assert_eq!(available(&reports), [Some(100), Some(100), Some(4_400)], "the month ends later");
    let of = |period| Some((LimitScope::Organization, period));
    assert_eq!(
        bound(&reports),
        [of(PeriodKind::Monthly), of(PeriodKind::Monthly), of(PeriodKind::Yearly)]
    );
}

#[test]
fn a_part_can_spend_what_all_above_it_leave() {
    let mut state = with_subtenant();
    quota(&mut state, Holder::Organization, [None, Some(1_500), None]);
    quota(&mut state, Holder::Subtenant(A), [None, Some(1_200), None]);
    take(&mut state, OTHER, "ai_generate", 60);
    let of_a = Path { subtenant: Some(A), member: None };
    let reports = spend_reports(&state, of_a, now());
    assert_eq!(available(&reports)[1], Some(600), "not the 1,200 of its own");
    assert_eq!(bound(&reports)[1], Some((LimitScope::Organization, PeriodKind::Monthly)));
    assert_eq!(reports[1].used, 0, "others spent it");

    let left = spend_reports(&state, path(&state, INTERN), now())[1].available().unwrap();
    take(&mut state, INTERN, "ai_generate", left / PRICE);
    assert!(matches!(ask(&state, Some(INTERN), "ai_generate", 1), Decision::Denied(_)));
    assert_eq!(available(&spend_reports(&state, of_a, now()))[1], Some(0));
}

#[test]
fn without_the_feature_nobody_raises_what_may_be_spent() {
    let mut state = organization(None);
    quota(&mut state, Holder::Organization, [Some(10), None, None]);
    let raised_by = |state: &OrganizationState| match ask(state, None, "ai_generate", 1) {
        Decision::Denied(denial) => denial.failed[0].raised_by.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(raised_by(&state), [Role::TenantAdministrator, Role::QuotaAdministrator]);
    state.plan.usage_quota_feature = false;
    assert_eq!(raised_by(&state), []);
}
