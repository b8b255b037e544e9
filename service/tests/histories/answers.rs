//! What the servers answered, in the words of the model.

use crate::{
    model::Outcome,
    rules::{Failure, Limit, Verdict},
    work::{Charge, Payer},
};
use domain::{
    answer::{self, Decision, LimitReport, ScopeId},
    ids::{ConsumptionId, PackId},
};
use service::{Answer, Error, GaugeSet, Refunded, Renewed, Settled};
use uuid::Uuid;

/// What a server answered, as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Decided(Vec<Answer>),
    Settled(Settled),
    Renewed(Renewed),
    Refunded(Refunded),
    Gauge(GaugeSet),
    Done,
}

/// Ids by their positions in the model.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) members: Vec<Uuid>,
    pub(crate) subtenants: Vec<Uuid>,
    pub(crate) packs: Vec<PackId>,
    pub(crate) works: Vec<ConsumptionId>,
}

impl Reply {
    /// The ids of work that was let through.
    pub(crate) fn works(&self) -> Vec<ConsumptionId> {
        match self {
            Self::Decided(answers) => {
                answers.iter().filter_map(|answer| answer.consumption_id).collect()
            }
            _ => Vec::new(),
        }
    }

    /// How many requests a limit said no to.
    pub(crate) fn denied(&self) -> i64 {
        let denied = |answer: &&Answer| matches!(answer.decision, Decision::Denied(_));
        match self {
            Self::Decided(answers) => i64::try_from(answers.iter().filter(denied).count()).unwrap(),
            _ => 0,
        }
    }
}

impl Names {
    pub(crate) fn outcome(&self, reply: Result<Reply, Error>) -> Outcome {
        match reply {
            Ok(Reply::Decided(answers)) => {
                let verdicts = answers.into_iter().map(|answer| self.verdict(answer.decision));
                Outcome::Decided(verdicts.collect())
            }
            Ok(Reply::Settled(settled)) => Outcome::Settled {
                committed: settled.committed,
                released: settled.released,
                charges: self.charges(&settled.charges),
            },
            Ok(Reply::Renewed(renewed)) => Outcome::Renewed(renewed.expires_at),
            Ok(Reply::Refunded(refunded)) => Outcome::Refunded(self.charges(&refunded.charges)),
            Ok(Reply::Gauge(set)) => Outcome::Gauge(self.limits(&set.limits)),
            Ok(Reply::Done) => Outcome::Done,
            Err(Error::ReservationClosed(how)) => Outcome::Failed(how),
            Err(error) => Outcome::Failed(error.code()),
        }
    }

    fn verdict(&self, decision: Decision) -> Verdict {
        match decision {
            Decision::Allowed(allowance) => Verdict::Allowed {
                granted: allowance.granted.get(),
                charges: self.charges(&allowance.charges),
                limits: self.limits(&allowance.limits),
            },
            Decision::Denied(denial) => {
                let failed = denial.failed.into_iter().map(|failed| Failure {
                    limit: self.limit(&failed.limit),
                    requested: failed.requested,
                    would_fit: failed.would_fit,
                });
                let mut failed: Vec<Failure> = failed.collect();
                failed.sort();
                Verdict::Denied { would_fit: denial.would_fit, failed }
            }
            Decision::Refused { reason } => Verdict::Refused(reason),
        }
    }

    fn charges(&self, charges: &[answer::Charge]) -> Vec<Charge> {
        let mut charges: Vec<Charge> = charges.iter().map(|charge| self.charge(charge)).collect();
        charges.sort_by(|one, other| one.meter.cmp(&other.meter));
        charges
    }

    fn charge(&self, charge: &answer::Charge) -> Charge {
        let mut paid_by = vec![(Payer::Allowance, charge.from_allowance)];
        for draw in &charge.pack_draws {
            let pack = self.packs.iter().position(|pack| *pack == draw.pack).unwrap();
            paid_by.push((Payer::Pack(pack), draw.amount));
        }
        paid_by.retain(|(_, amount)| *amount != 0);
        let charge_by_payers = Charge { meter: charge.meter.to_string(), paid_by };
        assert_eq!(charge_by_payers.amount(), charge.amount, "someone pays for all of it");
        charge_by_payers
    }

    fn limits(&self, limits: &[LimitReport]) -> Vec<Limit> {
        let mut limits: Vec<Limit> = limits.iter().map(|limit| self.limit(limit)).collect();
        limits.sort();
        limits
    }

    fn limit(&self, report: &LimitReport) -> Limit {
        Limit {
            scope: self.scope(&report.scope_id),
            meter: report.meter.to_string(),
            period: report.period.as_str(),
            most: report.limit,
            used: report.used,
            held: report.reserved,
            set_aside: report.set_aside,
        }
    }

    fn scope(&self, scope: &ScopeId) -> String {
        let position = |ids: &[Uuid], id: &Uuid| ids.iter().position(|other| other == id);
        match scope {
            ScopeId::Plan(_) => "plan".to_owned(),
            ScopeId::Id(id) => {
                match (position(&self.members, id), position(&self.subtenants, id)) {
                    (Some(member), _) => format!("member {member}"),
                    (None, Some(subtenant)) => format!("subtenant {subtenant}"),
                    (None, None) => "organization".to_owned(),
                }
            }
        }
    }
}
