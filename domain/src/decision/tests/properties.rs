use super::*;
use crate::{
    credits::{CreditCap, Taken},
    packs,
    preview::{Facts, Limited, preview},
};
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
                    record(&mut state, Some(who), &allowance, Charge::as_used);
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

    /// A preview says of settings what decisions by them say afterwards.
    #[test]
    fn a_preview_agrees_with_decisions(
        limit in proptest::option::of(0i64..2_000),
        cap in 0i64..1_500,
        (set_aside, packs_extend) in any::<(bool, bool)>(),
        takes in proptest::collection::vec((any::<bool>(), 1i64..400), 0..8),
    ) {
        let mut state = organization(Some(cap));
        state.plan.allowance = amount(1_000);
        for (intern, quantity) in takes {
            let who = if intern { INTERN } else { OTHER };
            let Decision::Allowed(_) = ask(&state, Some(who), "prospect_search", quantity) else { continue };
            take(&mut state, who, "prospect_search", quantity);
        }
        let month = billing_month(now());
        let taken = |holder| {
            let balance = state.credits(holder, month);
            Taken { all: balance.used, from_allowance: balance.from_allowance() }
        };
        let intern = taken(Holder::Member(INTERN)).all;
        let facts = Facts {
            today: now().date_naive(),
            zone: "UTC".to_owned(),
            known_from: now().date_naive() - chrono::Days::new(30),
            allowance: state.plan.allowance,
            allowance_left: state.allowance_left(now()),
            packs: packs::available(&state.packs, now()),
            sharing: 1,
            days: vec![(now().date_naive(), taken(Holder::Organization))],
            limited: vec![Limited {
                name: "Intern".to_owned(),
                cap: CreditCap::Credits { amount: amount(cap) },
                month: intern,
                days: vec![(now().date_naive(), intern)],
            }],
            more: 0,
        };
        let limit = limit.map(amount);
        state.settings = CreditSettings { limit, set_aside, packs_extend, ..CreditSettings::default() };
        state.set_aside = state.unused_promise(INTERN, now());
        let shown = preview(&facts, &state.settings);
        let left = |id: MemberId| credits_left(&state, state.members.get(&id), now()).left;
        prop_assert_eq!(!shown.stopped.is_empty(), left(INTERN) == 0);
        prop_assert_eq!(shown.sharing_stopped == 1, left(OTHER) == 0);
        prop_assert_eq!(shown.over_promised, state.over_promised(now()));
    }
}
