//! What can happen in a history, and how it is made up.

use crate::{calendar, model::Model};
use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

/// Credits a month of the plan that every history is on.
pub(crate) const ALLOWANCE: i64 = 120;

/// An enterprise limit that no plan here provides.
pub(crate) const TOO_MUCH: i64 = 99_999;

/// The rate card: operations and what one unit of each costs.
pub(crate) const OPERATIONS: [(&str, &[(&str, i64)]); 8] = [
    ("try_search", &[("credits", 1)]),
    ("try_enrich", &[("credits", 2), ("enrichments", 1)]),
    ("try_send", &[("credits", 1), ("emails", 3)]),
    ("try_workflow", &[("workflow_executions", 1)]),
    ("try_generate", &[("ai_tokens", 7)]),
    ("try_upload", &[("credits", 1), ("storage", 3)]),
    ("try_keep", &[("contacts", 1)]),
    ("try_view", &[("credits", 0)]),
];

/// The plan's limits: the meter, its limit, and whether that is a soft one.
pub(crate) const PLAN_LIMITS: [(&str, Option<i64>, bool); 6] = [
    ("enrichments", Some(40), false),
    ("emails", Some(90), false),
    ("workflow_executions", Some(25), true),
    ("ai_tokens", None, false),
    ("storage", Some(80), false),
    ("contacts", Some(35), true),
];

/// Meters that never start anew.
pub(crate) const GAUGES: [&str; 2] = ["storage", "contacts"];
/// Meters that quotas limit.
const LIMITED: [&str; 5] = ["credits", "credits", "emails", "enrichments", "storage"];
/// The subtenants that members begin in.
pub(crate) const SUBTENANTS: [Option<usize>; 5] = [None, Some(0), Some(0), Some(1), None];

/// Who uses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Organization,
    Member(usize),
    Stranger,
}

/// Whom a quota limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Organization,
    Subtenant(usize),
    Member(usize),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) who: Who,
    /// One past the last is an operation that does not exist.
    pub(crate) operation: usize,
    pub(crate) quantity: i64,
    pub(crate) partial: bool,
}

/// Some days in a row, perhaps again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
    pub(crate) repeat: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cycle {
    Monthly,
    Weekly,
    Custom(Days),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) cycle: Cycle,
    pub(crate) limit: Option<i64>,
    pub(crate) set_aside: bool,
    pub(crate) packs_extend: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Cap {
    Credits(i64),
    BasisPoints(i64),
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QuotaLimits {
    pub(crate) daily: Option<i64>,
    pub(crate) weekly: Option<i64>,
    pub(crate) monthly: Option<i64>,
    pub(crate) yearly: Option<i64>,
    pub(crate) custom: Option<(Days, i64)>,
    pub(crate) level: Option<i64>,
}

/// One thing that happens. A `pick` counts back from the newest, round and round.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Consume(Use),
    ConsumeAll(Vec<Use>),
    Check(Use),
    Reserve {
        request: Use,
        minutes: i64,
    },
    Commit {
        pick: usize,
        quantity: i64,
    },
    Release {
        pick: usize,
    },
    Renew {
        pick: usize,
        minutes: i64,
    },
    Refund {
        pick: usize,
        quantity: i64,
    },
    SetGauge {
        who: Who,
        meter: &'static str,
        level: i64,
    },
    /// A request that had a key is sent again.
    SendAgain {
        pick: usize,
    },
    /// Another request under a key that was used.
    ReuseKey {
        pick: usize,
    },
    SaveSettings(Settings),
    LimitMember {
        member: usize,
        cap: Option<Cap>,
    },
    SetActive {
        member: usize,
        active: bool,
    },
    Move {
        member: usize,
        subtenant: Option<usize>,
    },
    Suspend(bool),
    CreateQuota {
        node: Node,
        meter: &'static str,
        limits: QuotaLimits,
    },
    EditQuota {
        pick: usize,
        factor: i64,
    },
    DeleteQuota {
        pick: usize,
    },
    GrantPack {
        credits: i64,
        last_day: Option<NaiveDate>,
    },
    Wait(TimeDelta),
    /// To the first instant of a day, or a second before or after it.
    WaitForDay {
        days: i64,
        seconds: i64,
    },
    /// The sweeper looks for reservations that have expired.
    Sweep,
}

/// A command, the server that it goes to, and whether it is sent with a key.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) server: usize,
    pub(crate) keyed: bool,
    pub(crate) command: Command,
}

/// What may happen next.
pub(crate) fn steps(model: &Model) -> BoxedStrategy<Step> {
    let today = calendar::local_day(model.zone, model.now);
    let command = prop_oneof![
        60 => decisions(),
        25 => afterwards(),
        14 => time(),
        10 => credit_limits(today),
        10 => quotas(today),
        6 => others(today),
    ];
    (0..2_usize, prop::bool::weighted(0.3), command)
        .prop_map(|(server, keyed, command)| Step { server, keyed, command })
        .boxed()
}

fn uses() -> impl Strategy<Value = Use> {
    let who = prop_oneof![
        2 => Just(Who::Organization),
        16 => (0..SUBTENANTS.len()).prop_map(Who::Member),
        1 => Just(Who::Stranger),
    ];
    let operation = prop_oneof![12 => 0..3_usize, 10 => 3..=OPERATIONS.len()];
    let quantity = prop_oneof![6 => 1..12_i64, 4 => 10..45_i64, 1 => 100..400_i64];
    (who, operation, quantity, prop::bool::weighted(0.25))
        .prop_map(|(who, operation, quantity, partial)| Use { who, operation, quantity, partial })
}

fn decisions() -> impl Strategy<Value = Command> {
    prop_oneof![
        10 => uses().prop_map(Command::Consume),
        3 => prop::collection::vec(uses(), 1..6).prop_map(Command::ConsumeAll),
        3 => uses().prop_map(Command::Check),
        8 => (uses(), 1..=60_i64)
            .prop_map(|(request, minutes)| Command::Reserve { request, minutes }),
    ]
}

fn afterwards() -> impl Strategy<Value = Command> {
    prop_oneof![
        5 => (0..4_usize, 1..25_i64)
            .prop_map(|(pick, quantity)| Command::Commit { pick, quantity }),
        2 => (0..4_usize).prop_map(|pick| Command::Release { pick }),
        2 => (0..4_usize, 1..=60_i64).prop_map(|(pick, minutes)| Command::Renew { pick, minutes }),
        6 => (0..8_usize, 1..20_i64)
            .prop_map(|(pick, quantity)| Command::Refund { pick, quantity }),
        2 => gauges(),
        2 => (0..20_usize).prop_map(|pick| Command::SendAgain { pick }),
        1 => (0..20_usize).prop_map(|pick| Command::ReuseKey { pick }),
    ]
}

fn gauges() -> impl Strategy<Value = Command> {
    let who = prop_oneof![
        1 => Just(Who::Organization),
        3 => (0..SUBTENANTS.len()).prop_map(Who::Member),
    ];
    (who, prop::sample::select(&GAUGES), 0..60_i64)
        .prop_map(|(who, meter, level)| Command::SetGauge { who, meter, level })
}

fn time() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => (1..50_i64).prop_map(|minutes| Command::Wait(TimeDelta::minutes(minutes))),
        3 => (1..40_i64).prop_map(|hours| Command::Wait(TimeDelta::hours(hours))),
        2 => (2..45_i64).prop_map(|days| Command::Wait(TimeDelta::days(days))),
        3 => (1..8_i64, -1..=1_i64)
            .prop_map(|(days, seconds)| Command::WaitForDay { days, seconds }),
        1 => Just(Command::Sweep),
    ]
}

fn days(today: NaiveDate) -> impl Strategy<Value = Days> {
    (-25..20_i64, 0..30_i64, any::<bool>()).prop_map(move |(begin, length, repeat)| {
        let first = today + TimeDelta::days(begin);
        Days { first, last: first + TimeDelta::days(length), repeat }
    })
}

fn credit_limits(today: NaiveDate) -> impl Strategy<Value = Command> {
    let cycle = prop_oneof![
        2 => Just(Cycle::Monthly),
        2 => Just(Cycle::Weekly),
        2 => days(today).prop_map(Cycle::Custom),
    ];
    let limit = prop_oneof![
        2 => Just(None),
        8 => (0..=ALLOWANCE).prop_map(Some),
        1 => Just(Some(TOO_MUCH)),
    ];
    let settings = (cycle, limit, prop::bool::weighted(0.7), prop::bool::weighted(0.6)).prop_map(
        |(cycle, limit, set_aside, packs_extend)| Settings {
            cycle,
            limit,
            set_aside,
            packs_extend,
        },
    );
    let cap = prop_oneof![
        2 => Just(None),
        4 => (0..60_i64).prop_map(|credits| Some(Cap::Credits(credits))),
        4 => (0..=10_i64, 0..3_i64)
            .prop_map(|(tenths, thirds)| Some(Cap::BasisPoints(tenths * 333 + thirds * 1_111))),
    ];
    prop_oneof![
        1 => settings.prop_map(Command::SaveSettings),
        2 => (0..SUBTENANTS.len(), cap)
            .prop_map(|(member, cap)| Command::LimitMember { member, cap }),
    ]
}

fn quotas(today: NaiveDate) -> impl Strategy<Value = Command> {
    let node = prop_oneof![
        Just(Node::Organization),
        (0..2_usize).prop_map(Node::Subtenant),
        (0..SUBTENANTS.len()).prop_map(Node::Member),
    ];
    let created = (node, prop::sample::select(&LIMITED), periods(), custom(today), 0..70_i64)
        .prop_map(|(node, meter, periods, custom, level)| {
            let limits = if GAUGES.contains(&meter) {
                QuotaLimits { level: Some(level), ..QuotaLimits::default() }
            } else {
                QuotaLimits { custom, ..periods }
            };
            Command::CreateQuota { node, meter, limits }
        });
    prop_oneof![
        4 => created,
        2 => (0..5_usize, 1..30_i64)
            .prop_map(|(pick, factor)| Command::EditQuota { pick, factor }),
        2 => (0..5_usize).prop_map(|pick| Command::DeleteQuota { pick }),
    ]
}

fn custom(today: NaiveDate) -> impl Strategy<Value = Option<(Days, i64)>> {
    prop::option::weighted(0.3, (days(today), 0..80_i64))
}

/// Limits that grow with their periods, some of them left out.
fn periods() -> impl Strategy<Value = QuotaLimits> {
    let step = || prop::option::weighted(0.6, 0..40_i64);
    (step(), step(), step(), step()).prop_map(|(daily, weekly, monthly, yearly)| {
        let mut sum = 0;
        let mut grown = |step: Option<i64>| {
            sum += step.unwrap_or_default();
            step.map(|_| sum)
        };
        QuotaLimits {
            daily: grown(daily),
            weekly: grown(weekly),
            monthly: grown(monthly),
            yearly: grown(yearly),
            ..QuotaLimits::default()
        }
    })
}

fn others(today: NaiveDate) -> impl Strategy<Value = Command> {
    let member = 0..SUBTENANTS.len();
    let subtenant = prop::option::of(0..2_usize);
    let last_day =
        prop::option::of((0..40_i64).prop_map(move |days| today + TimeDelta::days(days)));
    prop_oneof![
        6 => (1..60_i64, last_day)
            .prop_map(|(credits, last_day)| Command::GrantPack { credits, last_day }),
        3 => (member.clone(), prop::bool::weighted(0.7))
            .prop_map(|(member, active)| Command::SetActive { member, active }),
        2 => (member, subtenant)
            .prop_map(|(member, subtenant)| Command::Move { member, subtenant }),
        1 => prop::bool::weighted(0.2).prop_map(Command::Suspend),
    ]
}
