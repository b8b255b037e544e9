//! The table of SPEC section 8, row by row, and what keys of one subtenant may.

use super::{Action::*, *};

#[test]
fn every_row_of_the_table_is_as_specified() {
    let allowed = |allows: &dyn Fn(Action) -> bool| -> Vec<Action> {
        Action::ALL.into_iter().filter(|&action| allows(action)).collect()
    };
    let role = |role: Role| allowed(&move |action| role.allows(action));
    let scope = |scope: Scope| allowed(&move |action| scope.allows(action));
    let edits = [EditCreditSettings, EditMemberLimits];
    let of_users = [ViewUserQuotas, EditUserQuotas];
    let quotas = [&[ViewUsageQuotas, EditUsageQuotas], &of_users[..]].concat();
    let people = [ViewMembers, ManageMembers, ViewAudit, RequestPlan];
    let usage = [ViewUsage, ShareUsage, ViewOwnUsage];
    let seen = [ViewAudit, ViewUsage, ViewOwnUsage];
    let raises = [ViewRaiseRequests, AnswerRaiseRequests];
    assert_eq!(
        role(Role::TenantAdministrator),
        [
            &[ViewCredits],
            &edits[..],
            &quotas,
            &people,
            &usage,
            &raises,
            &[ViewAlerts, ManageAlerts, ViewApiKeys, ManageApiKeys]
        ]
        .concat()
    );
    assert_eq!(
        role(Role::QuotaAdministrator),
        [&[ViewCredits], &edits[..], &quotas[..2], &seen].concat()
    );
    assert_eq!(
        role(Role::SubtenantAdministrator),
        [&of_users[..], &[ViewMembers], &seen, &raises].concat()
    );
    assert_eq!(role(Role::UserQuotaAdministrator), [&of_users[..], &seen, &raises].concat());
    assert_eq!(role(Role::Member), [ViewOwnUsage]);
    assert_eq!(scope(Scope::Consume), [Consume, ViewWork]);
    assert_eq!(
        scope(Scope::Read),
        [
            ViewWork,
            ViewCredits,
            ViewUsageQuotas,
            ViewUserQuotas,
            ViewMembers,
            ViewAudit,
            ViewUsage,
            ViewRaiseRequests,
            ViewAlerts,
            ViewApiKeys
        ]
    );
    let admin = [
        EditUsageQuotas,
        EditUserQuotas,
        ManageMembers,
        RequestPlan,
        ShareUsage,
        ImportUsage,
        AnswerRaiseRequests,
        ManageAlerts,
        ManageApiKeys,
    ];
    assert_eq!(scope(Scope::Admin), [&edits[..], &admin].concat());
}

#[test]
fn rights_add_up() {
    let rights = Rights::of_key(vec![Scope::Consume, Scope::Read]);
    assert!(rights.allow(Action::Consume) && rights.allow(Action::ViewCredits));
    assert!(!rights.allow(Action::EditMemberLimits));
}

const NORTH: SubtenantId = SubtenantId(uuid::Uuid::from_u128(1));
const SOUTH: SubtenantId = SubtenantId(uuid::Uuid::from_u128(2));

fn key(scopes: &[Scope], subtenant: Option<SubtenantId>) -> KeyRights {
    KeyRights { scopes: scopes.to_vec(), subtenant }
}

#[test]
fn a_key_of_one_subtenant_does_what_its_administrator_may_and_asks_for_decisions() {
    let allowed = |scopes: &[Scope]| -> Vec<Action> {
        let rights = Rights::Key(key(scopes, Some(NORTH)));
        Action::ALL.into_iter().filter(|action| rights.allow(*action)).collect()
    };
    assert_eq!(allowed(&[Scope::Consume]), [Consume, ViewWork]);
    assert_eq!(
        allowed(&[Scope::Read]),
        [ViewWork, ViewUserQuotas, ViewMembers, ViewAudit, ViewUsage, ViewRaiseRequests]
    );
    assert_eq!(allowed(&[Scope::Admin]), [EditUserQuotas, AnswerRaiseRequests]);
    let all = Rights::Key(key(&Scope::ALL, Some(NORTH)));
    for action in Action::ALL.into_iter().filter(|action| all.allow(*action)) {
        assert!(all.own_subtenant_only(action), "{action:?}");
    }
    let part = UsageReach::Part { each_member: false, own_subtenant: true };
    assert_eq!(UsageReach::of(&all), Some(part));
    assert_eq!((all.key_subtenant(), Rights::of(vec![]).key_subtenant()), (Some(NORTH), None));
}

#[test]
fn a_program_hands_out_no_key_that_does_more_than_its_own() {
    let admin = Rights::Key(key(&[Scope::Read, Scope::Admin], None));
    assert!(admin.may_issue(&key(&[Scope::Read], None)));
    assert!(admin.may_issue(&key(&[Scope::Admin], Some(NORTH))));
    assert!(!admin.may_issue(&key(&[Scope::Consume], Some(NORTH))));
    assert!(!Rights::of_key(vec![Scope::Read]).may_issue(&key(&[Scope::Read], None)));
    let of_north = key(&Scope::ALL, Some(NORTH));
    assert!(of_north.include(&key(&Scope::ALL, Some(NORTH))));
    assert!(!of_north.include(&key(&[Scope::Read], Some(SOUTH))));
    assert!(!of_north.include(&key(&[Scope::Read], None)));
    assert!(!Rights::Key(of_north.clone()).may_issue(&of_north), "it may not make any");
    let ann = Rights::of(vec![Role::TenantAdministrator]);
    assert!(ann.may_issue(&key(&Scope::ALL, None)));
}

#[test]
fn a_subtenant_administrator_reaches_only_their_own_members() {
    let only = |roles: &[Role]| Rights::of(roles.to_vec()).own_subtenant_only(EditUserQuotas);
    assert!(only(&[Role::SubtenantAdministrator, Role::Member]));
    assert!(!only(&[Role::SubtenantAdministrator, Role::UserQuotaAdministrator]));
    assert!(!Rights::of_key(vec![Scope::Admin]).own_subtenant_only(EditUserQuotas));
}

#[test]
fn members_see_what_others_use_only_where_that_is_shared() {
    let shared = |roles: &[Role]| Rights::Roles { roles: roles.to_vec(), usage_shared: true };
    let reach = |rights| UsageReach::of(&rights);
    assert_eq!(reach(Rights::of(vec![Role::Member])), None);
    assert_eq!(reach(shared(&[Role::Member])), Some(UsageReach::Everything));
    assert_eq!(reach(shared(&[])), None, "who has no role is no member");
    assert!(!shared(&[Role::Member]).allow(ShareUsage));
}

#[test]
fn several_roles_see_what_each_of_them_sees() {
    let reach = |roles: &[Role]| UsageReach::of(&Rights::of(roles.to_vec()));
    let part = |each_member, own_subtenant| Some(UsageReach::Part { each_member, own_subtenant });
    let (own, each) = (Role::SubtenantAdministrator, Role::UserQuotaAdministrator);
    assert_eq!(reach(&[own]), part(false, true));
    assert_eq!(reach(&[own, each]), part(true, true));
    assert_eq!(reach(&[Role::QuotaAdministrator, own]), Some(UsageReach::Everything));
    let read = Rights::of_key(vec![Scope::Read]);
    assert_eq!(UsageReach::of(&read), Some(UsageReach::Everything));
    assert_eq!(UsageReach::of(&Rights::of_key(vec![Scope::Admin])), None);
}

#[test]
fn codes_read_back() {
    for role in Role::ALL {
        assert_eq!(role.code().parse::<Role>().unwrap(), role);
    }
    for scope in Scope::ALL {
        assert_eq!(scope.code().parse::<Scope>().unwrap(), scope);
    }
}
