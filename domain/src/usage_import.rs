//! Past usage that is imported: CloudEvents 1.0, parsed at the edge, and what each comes to. It was
//! used already, so no limit is asked.

use crate::{
    amount::{Amount, Quantity},
    catalogue::Catalogue,
    input::{Code, EventId, EventSource, Invalid, MemberReference, Object},
};
use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, str::FromStr};

/// The most events of one import.
pub const LARGEST_IMPORT: usize = 10_000;
/// The most refused events that an answer lists.
pub const LISTED: usize = 1_000;
/// How old an event may be, in months.
const OLDEST: Months = Months::new(60);
/// The most characters of an explanation: it can quote what was sent.
const DETAIL: usize = 300;

/// What becomes of an import in which some events are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// Nothing is recorded.
    #[default]
    RejectAll,
    /// The others are recorded.
    KeepValid,
}

impl FromStr for OnError {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        match code {
            "reject_all" => Ok(Self::RejectAll),
            "keep_valid" => Ok(Self::KeepValid),
            _ => Err(Invalid::new("on_error", "must be `reject_all` or `keep_valid`")),
        }
    }
}

/// An event as it was sent. CloudEvents may have more attributes than those of the standard, such as
/// a trace: they say nothing about usage and are left aside.
#[derive(Debug, Deserialize)]
pub struct EventInput {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    time: String,
    subject: Option<String>,
    datacontenttype: Option<String>,
    data: Object<DataInput>,
}

/// What an event is about, as it was sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataInput {
    operation: String,
    quantity: i64,
}

impl EventInput {
    /// Checks all that needs neither a clock nor an organization.
    pub fn parse(self) -> Result<UsageEvent, Invalid> {
        if self.specversion != "1.0" {
            return Err(Invalid::new("specversion", "must be \"1.0\""));
        }
        if !(1..=200).contains(&self.kind.chars().count()) {
            return Err(Invalid::new("type", "must have 1 to 200 characters"));
        }
        if !self.datacontenttype.as_deref().is_none_or(is_json) {
            return Err(Invalid::new("datacontenttype", "must be application/json"));
        }
        let Object(data) = self.data;
        let operation: Result<Code, Invalid> = data.operation.parse();
        let member = self.subject.map(|subject| subject.parse::<MemberReference>());
        Ok(UsageEvent {
            source: self.source.parse()?,
            id: self.id.parse()?,
            time: instant(&self.time)?,
            member: member.transpose().map_err(|error| error.at("subject"))?,
            operation: operation.map_err(|error| error.at("data.operation"))?,
            quantity: Quantity::parse("data.quantity", data.quantity)?,
        })
    }
}

fn is_json(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json")
}

/// The instant that `text` names, in whole microseconds: the ledger knows none in between, and a leap
/// second is the first of the next minute there.
fn instant(text: &str) -> Result<DateTime<Utc>, Invalid> {
    let instant = DateTime::parse_from_rfc3339(text).ok();
    let instant = instant.and_then(|at| DateTime::from_timestamp_micros(at.timestamp_micros()));
    let message = "must be a time by RFC 3339 such as 2026-03-01T09:30:00Z";
    instant.ok_or_else(|| Invalid::new("time", message))
}

/// One use in the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageEvent {
    /// Who reports it. With `id` it names the event, for ever.
    pub source: EventSource,
    /// Its id, unique for its source.
    pub id: EventId,
    /// When it was.
    pub time: DateTime<Utc>,
    /// Who used; `None` is the organization itself.
    pub member: Option<MemberReference>,
    /// What was done.
    pub operation: Code,
    /// How often.
    pub quantity: Quantity,
}

impl UsageEvent {
    /// What the event adds to each counter, in the meter's smallest unit, by the rate card of `now`;
    /// nothing for a free operation. Refuses what is not past, or too long past.
    pub fn amounts(
        &self,
        catalogue: &Catalogue,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Code, i64)>, Invalid> {
        if self.time > now {
            return Err(Invalid::new("time", "must not be in the future"));
        }
        if now.checked_sub_months(OLDEST).is_some_and(|oldest| self.time < oldest) {
            return Err(Invalid::new("time", "must not be more than 5 years ago"));
        }
        let prices = catalogue.prices.get(&self.operation).ok_or_else(|| {
            Invalid::new("data.operation", "is not an operation of the rate card")
        })?;
        if let Some(gauge) = prices.iter().find(|price| catalogue.is_gauge(&price.meter)) {
            let message = format!(
                "moves {}, which is a gauge: its level is set, and not imported",
                gauge.meter
            );
            return Err(Invalid::new("data.operation", message));
        }
        let charged = prices.iter().filter(|price| price.amount > Amount::ZERO);
        let amounts = charged.map(|price| {
            let amount = price.of(self.quantity).filter(|amount| *amount <= Amount::MAX.get());
            let message = "times the operation's price is too large to be counted";
            let too_large = || Invalid::new("data.quantity", message);
            Ok((price.meter.clone(), amount.ok_or_else(too_large)?))
        });
        amounts.collect()
    }
}

/// What one import may still add to each meter. Nothing else limits it, and the sums that come of many
/// imports still have to be countable.
#[derive(Debug, Default)]
pub struct Room {
    taken: HashMap<Code, i64>,
}

impl Room {
    /// Takes `amounts`, all of them or none. `used` says the highest balance that a meter has: nothing
    /// fits on top of one that can hardly be counted any more.
    pub fn take(
        &mut self,
        amounts: &[(Code, i64)],
        used: impl Fn(&Code) -> i64,
    ) -> Result<(), Invalid> {
        let fits = |(meter, amount): &(Code, i64)| {
            let taken = self.taken.get(meter).copied().unwrap_or_default();
            taken + amount <= Amount::MAX.get() && used(meter) + amount <= i64::MAX / 4
        };
        if let Some((meter, _)) = amounts.iter().find(|amount| !fits(amount)) {
            let message = format!(
                "is too much: one import adds at most {} to {meter}, and no balance grows past what \
                 can be counted",
                Amount::MAX
            );
            return Err(Invalid::new("data.quantity", message));
        }
        for (meter, amount) in amounts {
            *self.taken.entry(meter.clone()).or_default() += amount;
        }
        Ok(())
    }
}

/// An event that was refused.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedEvent {
    /// Its place in the list, from 1.
    pub number: usize,
    /// Its id, as far as that can be read.
    pub id: Option<String>,
    /// The field that was refused.
    pub field: String,
    /// Why, as a sentence.
    pub detail: String,
}

impl RejectedEvent {
    /// The event with this place in the list, refused for this reason.
    pub fn new(number: usize, id: Option<&str>, invalid: &Invalid) -> Self {
        let Invalid { field, message } = invalid;
        let id = id.map(|id| id.chars().take(EventId::LONGEST).collect());
        let detail = format!("{field} {message}.").chars().take(DETAIL).collect();
        Self { number, id, field: field.clone(), detail }
    }
}

/// The events of an import that were refused.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedEvents {
    /// Up to 1,000 of them, in the order of the list.
    pub rejected: Vec<RejectedEvent>,
    /// How many there are.
    pub rejected_total: usize,
}

impl From<Vec<RejectedEvent>> for RejectedEvents {
    fn from(mut rejected: Vec<RejectedEvent>) -> Self {
        rejected.sort_unstable_by_key(|event| event.number);
        let rejected_total = rejected.len();
        rejected.truncate(LISTED);
        Self { rejected, rejected_total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{MeterKind, Price};
    use serde_json::{Value, json};

    fn event() -> Value {
        json!({"specversion": "1.0", "type": "allot.usage", "source": "/crm", "id": "1",
            "time": "2026-03-01T10:30:00+01:00", "subject": "ann@acme.test",
            "traceparent": "00-1", "data": {"operation": "mass_send", "quantity": 3}})
    }

    fn parsed(event: &Value) -> Result<UsageEvent, Invalid> {
        serde_json::from_value::<EventInput>(event.clone()).unwrap().parse()
    }

    fn catalogue() -> Catalogue {
        let price = |meter: &str, amount| Price {
            meter: meter.parse().unwrap(),
            amount: Amount::parse("amount", amount).unwrap(),
        };
        let meters = [("emails", MeterKind::Counter), ("contacts", MeterKind::Gauge)];
        let prices = [
            ("mass_send", vec![price("credits", 2), price("emails", 1), price("spend", 0)]),
            ("save", vec![price("contacts", 1)]),
            ("view", Vec::new()),
        ];
        let code = |text: &str| text.parse().unwrap();
        Catalogue {
            meters: meters.into_iter().map(|(meter, kind)| (code(meter), kind)).collect(),
            prices: prices.into_iter().map(|(of, prices)| (code(of), prices)).collect(),
        }
    }

    #[test]
    fn an_event_is_read_with_what_it_names() {
        let read = parsed(&event()).unwrap();
        assert_eq!(read.time, "2026-03-01T09:30:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(read.member.unwrap().as_str(), "ann@acme.test");
        assert_eq!((read.source.as_str(), read.id.as_str()), ("/crm", "1"));
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        for (field, value) in [
            ("specversion", json!("0.3")),
            ("type", json!("")),
            ("source", json!("s".repeat(201))),
            ("source", json!("")),
            ("id", json!("a\u{0}b")),
            ("id", json!(" a")),
            ("time", json!("yesterday")),
            ("time", json!("2026-02-30T00:00:00Z")),
            ("subject", json!("")),
            ("datacontenttype", json!("text/xml")),
        ] {
            let mut event = event();
            event[field] = value;
            assert_eq!(parsed(&event).unwrap_err().field, field, "{event}");
        }
        for (field, value) in
            [("operation", json!("No!")), ("quantity", json!(0)), ("quantity", json!(i64::MAX))]
        {
            let mut event = event();
            event["data"][field] = value;
            assert_eq!(parsed(&event).unwrap_err().field, format!("data.{field}"));
        }
    }

    #[test]
    fn instants_are_those_that_the_ledger_can_hold() {
        let of = |text: &str| instant(text).unwrap().to_rfc3339();
        assert_eq!(of("2026-01-31T23:59:60Z"), "2026-02-01T00:00:00+00:00");
        assert_eq!(of("2026-01-31T23:59:59.999999999Z"), "2026-01-31T23:59:59.999999+00:00");
    }

    #[test]
    fn an_event_comes_to_what_the_rate_card_says() {
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let of = |operation: &str, time: &str| {
            let mut event = event();
            event["data"]["operation"] = json!(operation);
            event["time"] = json!(time);
            parsed(&event).unwrap().amounts(&catalogue(), now)
        };
        let then = "2026-03-01T09:30:00Z";
        let amounts = of("mass_send", then).unwrap();
        assert_eq!(amounts, [(Code::credits(), 6), ("emails".parse().unwrap(), 3)]);
        assert_eq!(of("view", then), Ok(Vec::new()), "what is free was used all the same");
        assert_eq!(of("view", "2026-11-21T12:00:00Z"), Ok(Vec::new()), "just now");
        assert_eq!(of("view", "2021-11-21T12:00:00Z"), Ok(Vec::new()), "5 years ago");
        for (operation, time, field) in [
            ("save", then, "data.operation"),
            ("fax", then, "data.operation"),
            ("view", "2026-11-21T12:00:00.000001Z", "time"),
            ("view", "2021-11-21T11:59:59Z", "time"),
        ] {
            assert_eq!(of(operation, time).unwrap_err().field, field, "{operation} {time}");
        }
    }

    #[test]
    fn what_an_import_adds_stays_countable() {
        let mut room = Room::default();
        let most = [(Code::credits(), Amount::MAX.get() - 1)];
        let one = [("emails".parse().unwrap(), 1), (Code::credits(), 1)];
        assert!(room.take(&most, |_| 0).is_ok() && room.take(&one, |_| 0).is_ok());
        let past = room.take(&one, |_| 0).unwrap_err();
        assert_eq!(past.field, "data.quantity");
        assert!(room.take(&one[..1], |_| 0).is_ok(), "nothing was taken of what did not fit");
        assert!(room.take(&one[..1], |_| i64::MAX / 4).is_err());
    }

    #[test]
    fn a_long_list_of_refusals_is_cut_and_counted() {
        let refused = |number| RejectedEvent::new(number, None, &Invalid::new("time", "is wrong"));
        let all: RejectedEvents = (1..=LISTED + 5).rev().map(refused).collect::<Vec<_>>().into();
        assert_eq!((all.rejected.len(), all.rejected_total), (LISTED, LISTED + 5));
        assert_eq!(all.rejected[0].number, 1);
        let long = Invalid::new("data", "<b>".repeat(5_000));
        let long = RejectedEvent::new(1, Some(&"i".repeat(5_000)), &long);
        assert!(long.detail.len() + long.id.unwrap().len() <= 500);
    }
}
