//! What differs between the two states of a change, field by field, in words.

use super::words;
use chrono::{DateTime, Utc};
use domain::{
    access::Role, amount::BasisPoints, audit::FieldChange, input::Code, period::TimeZone,
    units::grouped,
};
use serde_json::{Map, Value};
use std::collections::HashMap;
use store::audit_log::{Named, Units};
use uuid::Uuid;

/// Fields that are shown of one change.
const SHOWN: usize = 20;
/// Characters that are shown of one value.
const LONGEST: usize = 200;
/// Fields that say which thing it was, who made it, or count its edits: that is told otherwise.
const UNTOLD: [&str; 5] = ["id", "made_by", "member_id", "quota_id", "version"];
/// Fields of quotas whose amounts are in the unit of the meter.
const IN_UNITS: [&str; 7] = ["daily", "weekly", "monthly", "yearly", "level", "custom", "limit"];

/// What is needed to tell values in words.
pub(super) struct Reader<'a> {
    pub zone: TimeZone,
    pub names: &'a HashMap<Uuid, Named>,
    pub units: &'a Units,
}

/// The ids that two states contain, whose names are to be looked up.
pub(super) fn ids(states: [Option<&Value>; 2]) -> impl Iterator<Item = Uuid> {
    let fields = states.into_iter().flatten().filter_map(Value::as_object).flatten();
    fields.filter_map(|(_, value)| value.as_str()?.parse().ok())
}

impl Reader<'_> {
    /// The fields that differ, in the order of their names.
    pub(super) fn changes(
        &self,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Vec<FieldChange> {
        let none = Map::new();
        let fields = |state: Option<&Value>| match state {
            Some(Value::Object(fields)) => fields.clone(),
            _ => none.clone(),
        };
        let (was, is) = (fields(before), fields(after));
        let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let differ = names.into_iter().filter(|name| {
            !UNTOLD.contains(&name.as_str())
                && was.get(*name).unwrap_or(&Value::Null) != is.get(*name).unwrap_or(&Value::Null)
        });
        let value = |state: &Map<String, Value>, there: bool, name: &str| {
            let value = state.get(name).unwrap_or(&Value::Null);
            // What was never there is no "none" that became something.
            there.then(|| self.value(name, value, unit_of(state)))
        };
        let changes = differ.map(|name| FieldChange {
            field: words::field(name),
            before: value(&was, before.is_some(), name),
            after: value(&is, after.is_some(), name),
        });
        changes.take(SHOWN).collect()
    }

    fn value(&self, name: &str, value: &Value, meter: Option<&str>) -> String {
        let text = match value {
            Value::Null => "none".to_owned(),
            Value::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
            Value::Number(number) => self.number(name, number.as_i64(), meter),
            Value::String(text) => self.text(name, text),
            Value::Array(values) => {
                let values = values.iter().map(|value| self.value(name, value, meter));
                values.collect::<Vec<String>>().join(", ")
            }
            Value::Object(fields) => self.object(name, fields, meter),
        };
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    fn number(&self, name: &str, number: Option<i64>, meter: Option<&str>) -> String {
        let number = number.unwrap_or_default();
        let unit = meter.filter(|_| IN_UNITS.contains(&name)).and_then(|meter| {
            let meter: Code = meter.parse().ok()?;
            self.units.meters.get(&meter)
        });
        match unit {
            Some((_, unit)) => unit.text(number, &self.units.currency),
            None => grouped(number),
        }
    }

    /// An id by its name, an instant in the organization's zone, a code as words.
    fn text(&self, name: &str, text: &str) -> String {
        if let Some(named) = text.parse().ok().and_then(|id: Uuid| self.names.get(&id)) {
            return named.name.clone();
        }
        if let Ok(instant) = text.parse::<DateTime<Utc>>() {
            return self.zone.local_text(instant);
        }
        let meter = text.parse().ok().and_then(|code: Code| self.units.meters.get(&code));
        match (name, meter, text.parse::<Role>()) {
            ("meter", Some((name, _)), _) => name.clone(),
            ("roles" | "role", _, Ok(role)) => role.to_string(),
            ("job_role" | "plan" | "status", _, _) => text.replace('_', " "),
            _ => text.to_owned(),
        }
    }

    /// A limit, a cycle, or anything else that has parts.
    fn object(&self, name: &str, fields: &Map<String, Value>, meter: Option<&str>) -> String {
        let number = |name: &str| fields.get(name).and_then(Value::as_i64);
        let kind = fields.get("kind").and_then(Value::as_str);
        match (kind, number("amount"), number("basis_points")) {
            (Some("credits"), Some(1), _) => return "1 credit".to_owned(),
            (Some("credits"), Some(amount), _) => return format!("{} credits", grouped(amount)),
            (Some("percent"), _, Some(points)) => {
                if let Ok(share) = BasisPoints::parse("basis_points", points) {
                    return share.to_string();
                }
            }
            _ => {}
        }
        let parts = fields.iter().filter(|(_, value)| !value.is_null()).map(|(part, value)| {
            let value = self.value(part, value, meter);
            let alone = part == "kind" || part == name;
            if alone { value } else { format!("{} {value}", words::field(part).to_lowercase()) }
        });
        let mut parts: Vec<String> = parts.collect();
        // What it is comes before how.
        if let Some(kind) = kind.and_then(|kind| parts.iter().position(|part| part == kind)) {
            parts[..=kind].rotate_right(1);
        }
        parts.join(", ")
    }
}

/// The meter that a state is about.
fn unit_of(state: &Map<String, Value>) -> Option<&str> {
    state.get("meter").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::units::Unit;
    use serde_json::json;

    fn told(states: &[Option<Value>; 2]) -> Vec<String> {
        let north = Uuid::from_u128(5);
        let names = HashMap::from([(north, Named { name: "North".to_owned(), email: None })]);
        let money = Unit { unit: "currency".to_owned(), scale: 6 };
        let meters = HashMap::from([("spend".parse().unwrap(), ("Spend".to_owned(), money))]);
        let units = Units { currency: "EUR".to_owned(), meters };
        let zone = "Europe/Berlin".parse().unwrap();
        let reader = Reader { zone, names: &names, units: &units };
        let [before, after] = states;
        let changes = reader.changes(before.as_ref(), after.as_ref());
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_what_differs_is_told() {
        let settings = |limit: Value, kind: &str| {
            Some(json!({"limit": limit, "set_aside": true, "version": 1, "cycle": {"kind": kind}}))
        };
        assert_eq!(
            told(&[settings(Value::Null, "monthly"), settings(json!(10_000), "weekly")]),
            ["Cycle: monthly → weekly", "Limit: none → 10,000"]
        );
        let same = settings(json!(1), "weekly");
        assert!(told(&[same.clone(), same]).is_empty());
        assert!(told(&[None, None]).is_empty());
    }

    #[test]
    fn limits_cycles_and_times_are_told_as_people_know_them() {
        let of = |limit: Value| Some(json!({"member_id": Uuid::nil(), "limit": limit}));
        let credits = json!({"kind": "credits", "amount": 1_500});
        let percent = json!({"kind": "percent", "basis_points": 2_000});
        assert_eq!(told(&[of(credits), of(percent)]), ["Limit: 1,500 credits → 20%"]);
        let custom = json!({"cycle": {"first_day": "2026-11-01", "kind": "custom",
            "last_day": "2026-11-30", "repeat": true}});
        assert_eq!(
            told(&[None, Some(custom)]),
            ["Cycle: custom, first day 2026-11-01, last day 2026-11-30, repeat yes"]
        );
        let archived = json!({"archived_at": "2026-11-30T23:00:00Z"});
        assert_eq!(
            told(&[Some(json!({"archived_at": null})), Some(archived)]),
            ["Archived: none → 1 Dec 2026, 00:00 CET"]
        );
    }

    #[test]
    fn amounts_have_the_unit_of_their_meter_and_ids_their_name() {
        let quota = json!({"meter": "spend", "daily": 500_000, "subtenant": Uuid::from_u128(5),
            "custom": {"limit": 1_000_000, "first_day": "2026-11-01"}});
        assert_eq!(
            told(&[None, Some(quota)]),
            [
                "Custom: first day 2026-11-01, limit 1,00\u{a0}€",
                "Daily: 0,50\u{a0}€",
                "Meter: Spend",
                "Subtenant: North"
            ]
        );
        let roles = |roles: &[&str]| Some(json!({"roles": roles}));
        assert_eq!(
            told(&[roles(&["member"]), roles(&["tenant_administrator", "member"])]),
            ["Roles: Member → Tenant Administrator, Member"]
        );
    }

    #[test]
    fn long_values_are_cut() {
        let cut = told(&[None, Some(json!({"note": "ü".repeat(300)}))]);
        assert_eq!(cut[0].chars().count(), "Note: ".len() + LONGEST + 1);
    }
}
