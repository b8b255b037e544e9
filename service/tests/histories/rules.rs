//! The rules of SPEC section 3, one after the other, on sums over all events.

use crate::{
    calendar::Span,
    commands::{ALLOWANCE, Cap, GAUGES, Node, OPERATIONS, PLAN_LIMITS, Use, Who},
    model::Model,
    work::{Charge, Payer},
};
use domain::answer::Refusal;

/// A meter, and what one unit of an operation costs on it.
type Price = (&'static str, i64);

/// A limit and where it stands, as an answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Limit {
    pub(crate) scope: String,
    pub(crate) meter: String,
    pub(crate) period: &'static str,
    /// `None` is unlimited.
    pub(crate) most: Option<i64>,
    pub(crate) used: i64,
    pub(crate) held: i64,
    pub(crate) set_aside: i64,
}

/// A limit that said no: what was asked of it, and what it would have let through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Failure {
    pub(crate) limit: Limit,
    pub(crate) requested: i64,
    pub(crate) would_fit: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed { granted: i64, charges: Vec<Charge>, limits: Vec<Limit> },
    Denied { would_fit: i64, failed: Vec<Failure> },
    Refused(Refusal),
}

impl Verdict {
    /// The same as one of many, which say nothing of what is left.
    pub(crate) fn without_limits(self) -> Self {
        match self {
            Self::Allowed { granted, charges, .. } => {
                Self::Allowed { granted, charges, limits: Vec::new() }
            }
            other => other,
        }
    }
}

/// A limit with what it takes to ask it.
struct Rule {
    shown: Limit,
    /// Above the limit for a soft one.
    allows: Option<i64>,
    /// What packs pay where the limit has no room.
    packs: i64,
}

impl Rule {
    fn room(&self) -> Option<i64> {
        let Limit { used, held, set_aside, .. } = self.shown;
        Some((self.allows? - used - held - set_aside).max(0))
    }

    fn lets_through(&self, amount: i64) -> bool {
        self.room().is_none_or(|room| amount <= room + self.packs)
    }
}

/// What is used and held, by everybody or by what packs paid.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sum {
    pub(crate) used: i64,
    pub(crate) held: i64,
    pub(crate) used_of_packs: i64,
    pub(crate) held_of_packs: i64,
}

impl Model {
    /// Adds up all events of `node` on `meter` that fall into the span of now.
    pub(crate) fn sum(&self, node: Node, meter: &str, span: Span) -> Sum {
        let mut sum = Sum::default();
        for event in &self.events {
            let of_node = match node {
                Node::Organization => true,
                Node::Subtenant(subtenant) => self.subtenant_of(event) == Some(subtenant),
                Node::Member(member) => event.member == Some(member),
            };
            if of_node && event.meter == meter && span.same(self.zone, event.counts_at, self.now) {
                let of_packs: i64 = event.packs.iter().map(|(_, amount)| amount).sum();
                if event.holds {
                    sum.held += event.amount;
                    sum.held_of_packs += of_packs;
                } else {
                    sum.used += event.amount;
                    sum.used_of_packs += of_packs;
                }
            }
        }
        sum
    }

    /// What is left in a pack, whether it has ended or not.
    pub(crate) fn left_in(&self, pack: usize) -> i64 {
        let moved = self.events.iter().flat_map(|event| &event.packs);
        let taken = moved.filter(|(of, _)| *of == pack).map(|(_, amount)| amount).sum::<i64>();
        self.packs[pack].credits - taken
    }

    /// Packs that can pay, in their turn: the earliest end first, then the oldest.
    pub(crate) fn packs_in_turn(&self) -> Vec<(usize, i64)> {
        let today = crate::calendar::local_day(self.zone, self.now);
        let mut packs: Vec<usize> = (0..self.packs.len())
            .filter(|pack| self.packs[*pack].last_day.is_none_or(|last| today <= last))
            .collect();
        packs
            .sort_by_key(|pack| (self.packs[*pack].last_day.is_none(), self.packs[*pack].last_day));
        packs.into_iter().map(|pack| (pack, self.left_in(pack))).filter(|of| of.1 > 0).collect()
    }

    /// The enterprise limit and its cycle, while one is in force.
    fn enterprise(&self) -> Option<(i64, Span)> {
        let span = Span::from(self.settings.cycle);
        self.settings.limit.filter(|_| span.runs(self.zone, self.now)).map(|limit| (limit, span))
    }

    fn credit_span(&self) -> Span {
        self.enterprise().map_or(Span::BillingMonth, |(_, span)| span)
    }

    /// A member's own limit in credits.
    pub(crate) fn own_limit(&self, member: usize) -> Option<i64> {
        match self.members[member].cap? {
            Cap::Credits(credits) => Some(credits),
            Cap::BasisPoints(_) => Some(self.share(member)),
        }
    }

    /// What a percentage comes to: all of them rounded down, and then a credit each to those who
    /// lost most by that, until together they make up their part of the base.
    fn share(&self, member: usize) -> i64 {
        let base = self.enterprise().map_or(ALLOWANCE, |(limit, _)| limit);
        let points = |member: usize| match self.members[member].cap {
            Some(Cap::BasisPoints(points)) if self.members[member].active => Some(points),
            _ => None,
        };
        let sharing: Vec<(usize, i64)> =
            (0..self.members.len()).filter_map(|one| Some((one, base * points(one)?))).collect();
        let all: i64 = sharing.iter().map(|(_, part)| part).sum::<i64>() / 10_000;
        let rounded: i64 = sharing.iter().map(|(_, part)| part / 10_000).sum();
        let mut by_loss = sharing.clone();
        by_loss.sort_by_key(|(one, part)| (-(part % 10_000), *one));
        let lucky = by_loss.iter().take(usize::try_from(all - rounded).unwrap_or(0));
        let more = i64::from(lucky.into_iter().any(|(one, _)| *one == member));
        sharing.iter().find(|(one, _)| *one == member).map_or(0, |(_, part)| part / 10_000 + more)
    }

    /// What all custom limits still promise.
    fn promised(&self) -> i64 {
        let unused = |member: usize| {
            let limit = self.own_limit(member).filter(|_| self.members[member].active)?;
            let sum = self.sum(Node::Member(member), "credits", self.credit_span());
            Some((limit - sum.used - sum.held).max(0))
        };
        (0..self.members.len()).filter_map(unused).sum()
    }

    fn rule(&self, node: Node, meter: &str, span: Span, limit: Option<i64>) -> Rule {
        let sum = self.sum(node, meter, span);
        let scope = match node {
            Node::Organization => "organization".to_owned(),
            Node::Subtenant(subtenant) => format!("subtenant {subtenant}"),
            Node::Member(member) => format!("member {member}"),
        };
        let shown = Limit {
            scope,
            meter: meter.to_owned(),
            period: span.word(),
            most: limit,
            used: sum.used,
            held: sum.held,
            set_aside: 0,
        };
        Rule { shown, allows: limit, packs: 0 }
    }

    /// The same for what the allowance pays alone, with packs that pay where it has no room.
    fn rule_without_packs(&self, span: Span, limit: i64) -> Rule {
        let mut rule = self.rule(Node::Organization, "credits", span, Some(limit));
        let sum = self.sum(Node::Organization, "credits", span);
        rule.shown.used -= sum.used_of_packs;
        rule.shown.held -= sum.held_of_packs;
        rule.packs = self.packs_in_turn().iter().map(|(_, left)| left).sum();
        rule
    }

    /// The plan's allowance and the enterprise limit.
    fn credit_rules(&self, member: Option<usize>, rules: &mut Vec<Rule>) {
        let shares_pool = member.is_none_or(|member| self.own_limit(member).is_none());
        let set_aside = if shares_pool && self.settings.set_aside { self.promised() } else { 0 };
        let mut plan = self.rule_without_packs(Span::BillingMonth, ALLOWANCE);
        "plan".clone_into(&mut plan.shown.scope);
        match self.enterprise() {
            None => plan.shown.set_aside = set_aside,
            Some((limit, span)) => {
                let mut enterprise = if self.settings.packs_extend {
                    self.rule_without_packs(span, limit)
                } else {
                    self.rule(Node::Organization, "credits", span, Some(limit))
                };
                enterprise.shown.set_aside = set_aside;
                rules.push(enterprise);
            }
        }
        rules.push(plan);
        if let Some((member, limit)) =
            member.and_then(|member| Some((member, self.own_limit(member)?)))
        {
            let span = self.credit_span();
            rules.push(self.rule(Node::Member(member), "credits", span, Some(limit)));
        }
    }

    fn plan_rule(&self, meter: &str) -> Rule {
        let found = PLAN_LIMITS.iter().find(|(of, ..)| *of == meter);
        let (_, limit, soft) = found.copied().unwrap_or(("", None, false));
        let span = if GAUGES.contains(&meter) { Span::Always } else { Span::BillingMonth };
        let mut rule = self.rule(Node::Organization, meter, span, limit);
        "plan".clone_into(&mut rule.shown.scope);
        if soft {
            rule.allows = limit.map(|limit| limit + limit / 10);
        }
        rule
    }

    /// Every limit that must hold when `member` uses `meter`.
    fn rules(&self, member: Option<usize>, meter: &str) -> Vec<Rule> {
        let mut rules = Vec::new();
        if meter == "credits" {
            self.credit_rules(member, &mut rules);
        } else {
            rules.push(self.plan_rule(meter));
        }
        let subtenant = member.and_then(|member| self.members[member].subtenant);
        let path = [subtenant.map(Node::Subtenant), member.map(Node::Member)];
        for node in [Some(Node::Organization)].into_iter().chain(path).flatten() {
            let Some(quota) = self.quota_in_force(node, meter) else { continue };
            let limits = self.quotas[quota].limits;
            let periods = [
                (Span::Day, limits.daily),
                (Span::Week, limits.weekly),
                (Span::Month, limits.monthly),
                (Span::Year, limits.yearly),
                (Span::Always, limits.level),
            ];
            let custom = limits.custom.map(|(days, limit)| (Span::Custom(days), Some(limit)));
            for (span, limit) in periods.into_iter().chain(custom) {
                if limit.is_some() && span.runs(self.zone, self.now) {
                    rules.push(self.rule(node, meter, span, limit));
                }
            }
        }
        rules
    }

    /// The limits on `meter` as they stand.
    pub(crate) fn limits(&self, member: Option<usize>, meter: &str) -> Vec<Limit> {
        let mut limits: Vec<Limit> =
            self.rules(member, meter).into_iter().map(|rule| rule.shown).collect();
        limits.sort();
        limits
    }

    /// Who asks, and what one unit costs; or why the request is refused.
    fn admit(&self, request: Use) -> Result<(Option<usize>, &'static [Price]), Refusal> {
        let member = match request.who {
            _ if self.suspended => return Err(Refusal::OrganizationSuspended),
            Who::Organization => None,
            Who::Member(member) => Some(member),
            Who::Stranger => return Err(Refusal::UnknownMember),
        };
        if member.is_some_and(|member| !self.members[member].active) {
            return Err(Refusal::MemberInactive);
        }
        let (_, prices) = OPERATIONS.get(request.operation).ok_or(Refusal::UnknownOperation)?;
        Ok((member, prices))
    }

    /// Decides a request. What it costs is in the charges of the answer; which limits are left
    /// then is not yet.
    pub(crate) fn decide(&self, request: Use) -> Verdict {
        let (member, prices) = match self.admit(request) {
            Ok(admitted) => admitted,
            Err(reason) => return Verdict::Refused(reason),
        };
        let touched: Vec<Touched> = prices
            .iter()
            .filter(|(_, price)| *price > 0)
            .map(|(meter, price)| (*meter, *price, self.rules(member, meter)))
            .collect();
        let fits = |units: i64| {
            touched
                .iter()
                .all(|(_, price, rules)| rules.iter().all(|rule| rule.lets_through(units * price)))
        };
        // One after the other: slow, and without any arithmetic that could go wrong.
        let would_fit = (1..=request.quantity).take_while(|units| fits(*units)).last().unwrap_or(0);
        if would_fit < request.quantity && (would_fit == 0 || !request.partial) {
            return Verdict::Denied { would_fit, failed: failures(touched, request.quantity) };
        }
        let charges = touched.iter().map(|(meter, price, rules)| Charge {
            meter: (*meter).to_owned(),
            paid_by: self.payers(meter, would_fit * price, rules),
        });
        Verdict::Allowed { granted: would_fit, charges: charges.collect(), limits: Vec::new() }
    }

    /// Who pays `amount`, first the allowance.
    fn payers(&self, meter: &str, amount: i64, rules: &[Rule]) -> Vec<(Payer, i64)> {
        let helped = rules.iter().filter(|rule| rule.packs > 0);
        let room = helped.filter_map(Rule::room).min().unwrap_or(amount).min(amount);
        let mut paid = vec![(Payer::Allowance, room)];
        let mut open = amount - room;
        for (pack, left) in self.packs_in_turn() {
            if meter == "credits" {
                paid.push((Payer::Pack(pack), left.min(open)));
                open -= left.min(open);
            }
        }
        paid.retain(|(_, amount)| *amount > 0);
        paid
    }
}

/// A meter that a request touches, what a unit costs, and every limit that must hold.
type Touched = (&'static str, i64, Vec<Rule>);

/// The limits that deny `quantity` units.
fn failures(touched: Vec<Touched>, quantity: i64) -> Vec<Failure> {
    let failed = touched.into_iter().flat_map(|(_, price, rules)| {
        let requested = price * quantity;
        let failed = rules.into_iter().filter(move |rule| !rule.lets_through(requested));
        failed.map(move |rule| Failure {
            requested,
            would_fit: rule.room().unwrap_or_default() + rule.packs,
            limit: rule.shown,
        })
    });
    let mut failed: Vec<Failure> = failed.collect();
    failed.sort();
    failed
}
