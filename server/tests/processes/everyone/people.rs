//! What administrators, consumers and the operator do, at random.

use super::{calls::Calls, dice::Dice, servers::Slot};
use crate::support::{Installation, agent, call};
use serde_json::{Value, json};
use std::sync::Mutex;
use ureq::Agent;

/// The most ids of a kind that an organization's people know.
const KNOWN: usize = 200;
/// How often somebody who heard nothing asks again.
const TRIES: usize = 20;
const OPERATIONS: [&str; 6] =
    ["prospect_search", "save_contacts", "send_email", "ai_scoring", "enrich", "api_call"];
const METERS: [&str; 3] = ["spend", "emails", "credits"];

/// Ids of what was made, the oldest of which are forgotten.
#[derive(Default)]
struct Known(Mutex<Vec<String>>);

impl Known {
    fn add(&self, made: &Value, name: &str) {
        let Some(id) = made[name].as_str() else { return };
        let mut known = self.0.lock().unwrap();
        if known.len() >= KNOWN {
            known.remove(0);
        }
        known.push(id.to_owned());
    }

    /// One of them.
    fn one(&self, dice: &Dice) -> Option<String> {
        let known = self.0.lock().unwrap();
        let count = u64::try_from(known.len()).unwrap();
        (count > 0).then(|| known[usize::try_from(dice.below(count)).unwrap()].clone())
    }
}

/// An organization, as its people know it.
pub(super) struct Organization {
    pub number: usize,
    pub token: String,
    id: String,
    members: Known,
    subtenants: Known,
    quotas: Known,
    reservations: Known,
    consumptions: Known,
}

/// All organizations, and who runs the installation.
pub(super) struct World {
    pub organizations: Vec<Organization>,
    operator: String,
}

impl World {
    pub(super) fn new(installation: &Installation, organizations: usize) -> Self {
        let olga = ["--email", "olga@allot.test", "--name", "Olga"];
        installation.answer(&[&["operator", "create"], &olga[..]].concat());
        let operator = installation.answer(&[&["operator", "key"], &olga[..]].concat());
        let organizations = (0..organizations).map(|number| {
            let made = installation.organization();
            let text = |name: &str| made[name].as_str().unwrap().to_owned();
            Organization {
                number,
                token: text("api_key"),
                id: text("organization_id"),
                members: Known::default(),
                subtenants: Known::default(),
                quotas: Known::default(),
                reservations: Known::default(),
                consumptions: Known::default(),
            }
        });
        let organizations = organizations.collect();
        Self { organizations, operator: operator["operator_key"].as_str().unwrap().to_owned() }
    }
}

/// Somebody, with a connection to each server.
pub(super) struct Person<'a> {
    dice: Dice,
    of: &'a Organization,
    world: &'a World,
    slots: &'a [Slot; 2],
    calls: &'a Calls,
    agent: Agent,
}

impl<'a> Person<'a> {
    pub(super) fn new(
        dice: Dice,
        of: &'a Organization,
        world: &'a World,
        slots: &'a [Slot; 2],
        calls: &'a Calls,
    ) -> Self {
        Self { dice, of, world, slots, calls, agent: agent() }
    }

    /// Sends until there is an answer, every time under the same key: the answer, where it is a good one.
    fn send(
        &self,
        what: &'static str,
        token: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Option<Value> {
        let key = (method == "POST").then(|| uuid::Uuid::now_v7().to_string());
        for _ in 0..TRIES {
            let slot = &self.slots[usize::from(self.dice.one_in(2))];
            let (changes, url) = (slot.changes(), slot.url());
            match call(&self.agent, &url, token, (method, path), key.as_deref(), body) {
                Ok((status, answer)) => {
                    self.calls.answered(what, status, &answer);
                    if status == 503 {
                        continue;
                    }
                    if let (Some(key), "consume") = (key, what)
                        && matches!(status, 200)
                        && self.dice.one_in(50)
                    {
                        self.calls.remember((self.of.number, key, body.clone(), answer.clone()));
                    }
                    return (status < 300).then_some(answer);
                }
                Err(error) => {
                    assert!(slot.was_away_since(changes), "{what}: {error}");
                    self.calls.cut_off(what);
                }
            }
        }
        None
    }

    /// The same with the organization's key.
    fn call(&self, what: &'static str, method: &str, path: &str, body: &Value) -> Option<Value> {
        self.send(what, &self.of.token, method, &format!("/api/v1/{path}"), body)
    }

    fn pick<T: Copy>(&self, of: &[T]) -> T {
        of[usize::try_from(self.dice.below(u64::try_from(of.len()).unwrap())).unwrap()]
    }

    /// An amount, or rarely none.
    fn amount(&self, most: u32) -> Value {
        if self.dice.one_in(5) { Value::Null } else { self.dice.up_to(most).into() }
    }

    fn request(&self) -> Value {
        let mut request = json!({"operation": self.pick(&OPERATIONS),
            "quantity": self.dice.up_to(20), "allow_partial": self.dice.one_in(3)});
        if let Some(member) = self.of.members.one(&self.dice).filter(|_| !self.dice.one_in(4)) {
            request["member"] = member.into();
        }
        request
    }

    /// Does one thing that a metered product does.
    pub(super) fn consume(&mut self) {
        let of = self.of;
        match self.dice.below(16) {
            0 => {
                let list: Vec<Value> = (0..self.dice.up_to(40)).map(|_| self.request()).collect();
                self.call("batch", "POST", "consume/batch", &json!({"requests": list}));
            }
            1 | 2 => {
                let mut body = self.request();
                body["ttl_seconds"] = self.dice.up_to(5).into();
                if let Some(held) = self.call("reserve", "POST", "reservations", &body) {
                    of.reservations.add(&held, "reservation_id");
                }
            }
            3 | 4 => {
                let Some(id) = of.reservations.one(&self.dice) else { return };
                let (what, body) = match self.dice.below(3) {
                    0 => ("commit", json!({"quantity": 1})),
                    1 => ("release", json!({})),
                    _ => ("renew", json!({"ttl_seconds": self.dice.up_to(5)})),
                };
                self.call(what, "POST", &format!("reservations/{id}/{what}"), &body);
            }
            5 => {
                let Some(id) = of.consumptions.one(&self.dice) else { return };
                let body = json!({"consumption_id": id, "quantity": 1});
                self.call("refund", "POST", "refunds", &body);
            }
            6 => {
                let member = of.members.one(&self.dice);
                let body = json!({"level": self.dice.up_to(500), "member": member});
                self.call("gauge", "PUT", "gauges/contacts", &body);
            }
            7 => {
                self.call("check", "POST", "check", &self.request());
            }
            _ => {
                if let Some(made) = self.call("consume", "POST", "consume", &self.request()) {
                    of.consumptions.add(&made, "consumption_id");
                }
            }
        }
    }

    /// Does one thing that an administrator does.
    pub(super) fn administer(&mut self) {
        let (of, dice) = (self.of, &self.dice);
        let member = of.members.one(dice);
        let subtenant = of.subtenants.one(dice);
        match (dice.below(12), member) {
            (0, _) => {
                let limit = self.amount(50_000);
                let body = json!({"cycle": {"kind": self.pick(&["monthly", "weekly"])},
                    "limit": limit, "set_aside": dice.one_in(2), "packs_extend": dice.one_in(2)});
                self.call("credit settings", "PUT", "credit-settings", &body);
            }
            (1 | 2, Some(id)) => {
                let body = match dice.below(3) {
                    0 => json!({"kind": "none"}),
                    1 => json!({"kind": "credits", "amount": dice.up_to(500)}),
                    _ => json!({"kind": "percent", "basis_points": dice.up_to(1_000)}),
                };
                self.call("member limit", "PUT", &format!("members/{id}/credit-limit"), &body);
            }
            (3, member) => {
                let mut body = json!({"meter": self.pick(&METERS), "monthly": dice.up_to(90_000)});
                match dice.below(3) {
                    0 => body["subtenant"] = json!(subtenant),
                    1 => body["member"] = json!(member),
                    _ => {}
                }
                if let Some(made) = self.call("new quota", "POST", "quotas", &body) {
                    of.quotas.add(&made, "id");
                }
            }
            (4, _) => {
                let Some(id) = of.quotas.one(dice) else { return };
                let body = json!({"monthly": dice.up_to(90_000), "daily": self.amount(9_000)});
                self.call("quota", "PATCH", &format!("quotas/{id}"), &body);
            }
            (5, _) => {
                let Some(id) = of.quotas.one(dice).filter(|_| dice.one_in(2)) else { return };
                self.call("end of a quota", "DELETE", &format!("quotas/{id}"), &Value::Null);
            }
            (6, Some(id)) => {
                let status = self.pick(&["active", "active", "inactive"]);
                self.call("member", "PATCH", &format!("members/{id}"), &json!({"status": status}));
            }
            (7, Some(id)) if dice.one_in(10) => {
                self.call("end of a member", "DELETE", &format!("members/{id}"), &Value::Null);
            }
            (8, Some(id)) => {
                let body = json!({"subtenant": subtenant.filter(|_| !dice.one_in(4))});
                self.call("move", "PUT", &format!("members/{id}/subtenant"), &body);
            }
            (9, _) => {
                if let Some(id) = subtenant.filter(|_| !dice.one_in(3)) {
                    let body = json!({"archived": dice.one_in(3)});
                    self.call("subtenant", "PATCH", &format!("subtenants/{id}"), &body);
                } else {
                    let body = json!({"name": format!("Part {}", uuid::Uuid::now_v7())});
                    let made = self.call("new subtenant", "POST", "subtenants", &body);
                    of.subtenants.add(&made.unwrap_or_default(), "id");
                }
            }
            (10, _) => {
                let path =
                    self.pick(&["members", "quotas", "audit", "ledger", "plan", "packs", "usage"]);
                self.call("read", "GET", path, &Value::Null);
            }
            _ => {
                let email = format!("{}@acme.test", uuid::Uuid::now_v7());
                let body = json!({"email": email, "name": "Somebody", "status": "active"});
                let made = self.call("new member", "POST", "members", &body);
                of.members.add(&made.unwrap_or_default(), "id");
            }
        }
    }

    /// Does one thing that who runs the installation does.
    pub(super) fn operate(&mut self) {
        let organizations = &self.world.organizations;
        let whose = self.dice.below(u64::try_from(organizations.len()).unwrap());
        let id = &organizations[usize::try_from(whose).unwrap()].id;
        let path = format!("/api/v1/operator/organizations/{id}");
        let operator = &self.world.operator;
        match self.dice.below(3) {
            0 => {
                let body = json!({"credits": self.dice.up_to(500)});
                self.send("new pack", operator, "POST", &format!("{path}/packs"), &body);
            }
            1 => {
                let name = format!("Acme {}", self.dice.below(1_000));
                self.send("organization", operator, "PATCH", &path, &json!({"name": name}));
            }
            _ => {
                self.send("read as operator", operator, "GET", &path, &Value::Null);
            }
        }
    }
}
