//! The arms: which server gets which load.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::load::Load;
use crate::measured::Measured;

/// One thing that each round measures, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Arm {
    Ceiling,
    #[serde(rename = "naive-1")]
    Naive1,
    #[serde(rename = "naive-8")]
    Naive8,
    #[serde(rename = "naive-32")]
    Naive32,
    #[serde(rename = "allot-1")]
    Allot1,
    #[serde(rename = "allot-32")]
    Allot32,
    #[serde(rename = "allot-256")]
    Allot256,
    #[serde(rename = "allot-1024")]
    Allot1024,
    Batch,
    /// The naive handler with as many requests a second as it can take.
    NaiveSaturated,
    /// Allot with the same.
    AllotAtSameRate,
    /// Allot with 70% of what it can take.
    #[serde(rename = "allot-at-70-percent")]
    AllotAt70Percent,
    /// The same while 50 channels hang, which are told of limits.
    HangingChannels,
    /// 256 requests in flight over 100 organizations.
    HundredOrganizations,
    /// 256 requests in flight to an organization with a long ledger and many members.
    Filled,
}

/// The server of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Ceiling,
    /// With that many connections to the database.
    Naive(u32),
    Hot,
    /// The same organization with channels that hang.
    Hanging,
    Hundred,
    Filled,
}

/// What came of one arm; an error voids it.
pub(crate) type Outcome = Result<Measured, String>;

/// What came of the arms of one round so far.
pub(crate) type Round = BTreeMap<Arm, Outcome>;

const NAIVE: [(Arm, u32); 3] = [(Arm::Naive1, 1), (Arm::Naive8, 8), (Arm::Naive32, 32)];
const ALLOT: [Arm; 4] = [Arm::Allot1, Arm::Allot32, Arm::Allot256, Arm::Allot1024];
const ALL: [Arm; 15] = [
    Arm::Ceiling,
    Arm::Naive1,
    Arm::Naive8,
    Arm::Naive32,
    Arm::Allot1,
    Arm::Allot32,
    Arm::Allot256,
    Arm::Allot1024,
    Arm::Batch,
    Arm::NaiveSaturated,
    Arm::AllotAtSameRate,
    Arm::AllotAt70Percent,
    Arm::HangingChannels,
    Arm::HundredOrganizations,
    Arm::Filled,
];

impl Arm {
    /// The arm of that name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let found = ALL.into_iter().find(|arm| arm.name() == name);
        found.with_context(|| {
            let names: Vec<String> = ALL.iter().map(|arm| arm.name()).collect();
            format!("there is no arm `{name}`, only {}", names.join(", "))
        })
    }

    pub(crate) fn name(self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        json.as_str().unwrap_or_default().to_owned()
    }

    /// All arms, or one and those that it cannot do without.
    pub(crate) fn selected(only: Option<Self>) -> Vec<Self> {
        let Some(only) = only else { return ALL.to_vec() };
        let needs: Vec<Self> = match only {
            Self::NaiveSaturated | Self::AllotAtSameRate => NAIVE.map(|(arm, _)| arm).to_vec(),
            Self::AllotAt70Percent => ALLOT.to_vec(),
            Self::HangingChannels => [&ALLOT[..], &[Self::AllotAt70Percent]].concat(),
            _ => Vec::new(),
        };
        ALL.into_iter().filter(|arm| *arm == only || needs.contains(arm)).collect()
    }

    /// Where the load goes, and how much of it, after what the round has measured so far.
    pub(crate) fn plan(self, round: &Round) -> Result<(Place, Load)> {
        let naive = |connections: u32| (Place::Naive(connections), connections as usize);
        let (place, in_flight) = match self {
            Self::Ceiling => (Place::Ceiling, 1024),
            Self::Naive1 => naive(1),
            Self::Naive8 => naive(8),
            Self::Naive32 => naive(32),
            Self::Allot1 => (Place::Hot, 1),
            Self::Allot32 => (Place::Hot, 32),
            Self::Allot256 => (Place::Hot, 256),
            Self::Allot1024 => (Place::Hot, 1024),
            Self::HundredOrganizations => (Place::Hundred, 256),
            Self::Filled => (Place::Filled, 256),
            Self::Batch => return Ok((Place::Hot, Load::Batches)),
            Self::NaiveSaturated => {
                let (connections, rate) = best_naive(round).context("without a naive arm")?;
                return Ok((Place::Naive(connections), Load::Open(rate)));
            }
            Self::AllotAtSameRate => {
                let (_, rate) = best_naive(round).context("without a naive arm")?;
                return Ok((Place::Hot, Load::Open(rate)));
            }
            Self::AllotAt70Percent | Self::HangingChannels => {
                let most =
                    ALLOT.iter().map(|arm| throughput(round, *arm)).collect::<Option<Vec<_>>>();
                let Some(most) = most.and_then(|all| all.into_iter().reduce(f64::max)) else {
                    bail!("without Allot's own maximum");
                };
                let hangs = self == Self::HangingChannels;
                let place = if hangs { Place::Hanging } else { Place::Hot };
                return Ok((place, Load::Open(0.7 * most)));
            }
        };
        Ok((place, Load::Closed(in_flight)))
    }
}

/// The decisions a second of an arm that was measured.
pub(crate) fn throughput(round: &Round, arm: Arm) -> Option<f64> {
    measured(round, arm).map(|it| it.throughput)
}

pub(crate) fn measured(round: &Round, arm: Arm) -> Option<&Measured> {
    round.get(&arm)?.as_ref().ok()
}

/// The number of connections with which the naive handler decides most, and how many a second.
pub(crate) fn best_naive(round: &Round) -> Option<(u32, f64)> {
    let all: Option<Vec<_>> = NAIVE
        .iter()
        .map(|(arm, connections)| Some((*connections, throughput(round, *arm)?)))
        .collect();
    all?.into_iter().max_by(|one, other| one.1.total_cmp(&other.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arm_is_found_by_its_name() {
        for arm in ALL {
            assert_eq!(Arm::named(&arm.name()).unwrap(), arm);
        }
        assert!(Arm::named("").is_err());
    }

    #[test]
    fn one_arm_brings_those_that_it_needs_before_it() {
        for arm in ALL {
            let selected = Arm::selected(Some(arm));
            assert_eq!(selected.last(), Some(&arm));
        }
        assert_eq!(Arm::selected(Some(Arm::NaiveSaturated)).len(), 4);
    }

    #[test]
    fn a_void_naive_arm_leaves_no_best_one() {
        let mut round = Round::new();
        for (arm, throughput) in [(Arm::Naive1, 1.0), (Arm::Naive8, 3.0), (Arm::Naive32, 2.0)] {
            let measured = crate::measured::Tally::default();
            let measured = measured.measured(std::time::Duration::from_secs(1));
            round.insert(arm, Ok(Measured { throughput, ..measured }));
        }
        assert_eq!(best_naive(&round), Some((8, 3.0)));
        round.insert(Arm::Naive1, Err("void".to_owned()));
        assert_eq!(best_naive(&round), None);
    }
}
