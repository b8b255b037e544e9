//! What people and programs send, parsed at the edge into values that can't be wrong
//! (SPEC section 12).

use crate::budgets::BudgetMeter;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{
    fmt,
    marker::PhantomData,
    str::FromStr,
    sync::{Arc, LazyLock},
};

/// A value that was refused: which field, and what would be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Invalid {
    /// The field as the sender named it.
    pub field: String,
    /// What the field accepts, as a sentence without the field's name.
    pub message: String,
}

impl Invalid {
    /// A refusal of `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same refusal, about the field `name`.
    #[must_use]
    pub fn at(self, name: impl Into<String>) -> Self {
        Self { field: name.into(), ..self }
    }

    /// What a program is told that reaches one subtenant, and asks for the organization itself.
    pub fn member_required() -> Self {
        Self::new("member", "must be named: the key is of one subtenant, not of the organization")
    }
}

/// What was written as a JSON object. By itself, serde also reads a struct from an array of its
/// fields without their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Takes the fields of an object, and nothing else.
struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Reads a field that is there, be it `null`: for `deserialize_with`, beside `default`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Trims `value` and accepts 1 to `max` characters without control characters.
fn line(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = value.trim();
    let length = value.chars().count();
    if length == 0 {
        return Err(Invalid::new(field, "must not be empty"));
    }
    if length > max {
        return Err(Invalid::new(field, format!("must have at most {max} characters")));
    }
    if value.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not contain control characters"));
    }
    Ok(value.to_owned())
}

/// The same for text of several lines, which forms end by a carriage return, too.
fn paragraph(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = value.replace("\r\n", "\n");
    let lines = value.trim();
    line(field, &lines.replace('\n', " "), max)?;
    Ok(lines.to_owned())
}

/// The same as `line` for a name that programs compare: no space is taken away.
fn exact(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let text = line(field, value, max)?;
    let spaces = || Invalid::new(field, "must not begin or end with a space");
    (text == value).then_some(text).ok_or_else(spaces)
}

/// Defines a checked text type with `FromStr`, `Display` and serde as a plain string. Its clones
/// share one text: codes of meters are in every limit of every answer.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(value: &str) -> Result<Self, Invalid> {
                let parse: fn(&str) -> Result<String, Invalid> = $parse;
                parse(value).map(|text| Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(value: String) -> Result<Self, Invalid> {
                value.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// A name of an organization, a member or a subtenant: one line of up to 200 characters.
    Name,
    |value| line("name", value, 200)
);
text!(
    /// What somebody says to a request: up to 500 characters, in several lines if they like.
    Note,
    |value| paragraph("note", value, 500)
);
text!(
    /// An email address in lower case. Only its shape is checked: whether it exists is known
    /// when a message arrives.
    Email,
    parse_email
);
text!(
    /// The name that another system has for a member: up to 200 characters.
    ExternalId,
    |value| line("external_id", value, 200)
);
text!(
    /// How a request names a member: an id, an external id or an email.
    MemberReference,
    |value| line("member", value, 254)
);
text!(
    /// Who reports an event, as CloudEvents name it: up to 200 characters, kept as they are.
    EventSource,
    |value| exact("source", value, 200)
);
text!(
    /// The id of an event, unique for its source: up to 200 characters, kept as they are.
    EventId,
    |value| exact("id", value, EventId::LONGEST)
);
text!(
    /// The address of a channel: up to 2,000 characters. Whether messages may go there is for the courier
    /// to say.
    ChannelUrl,
    |value| line("url", value, 2_000)
);
text!(
    /// The secret by which a chat knows messages: up to 200 characters.
    ChannelSecret,
    |value| line("secret", value, 200)
);
text!(
    /// What people look for: a part of a name or of an email, up to 100 characters.
    Search,
    |value| line("search", value, 100)
);
text!(
    /// A code of the catalogue (meter, operation, plan): `a-z`, `0-9` and `_`, up to 64.
    Code,
    parse_code
);
text!(
    /// A currency by its ISO 4217 code.
    Currency,
    parse_currency
);
text!(
    /// The key under which a request is answered once: 1 to 255 visible ASCII characters.
    IdempotencyKey,
    parse_idempotency_key
);

impl EventId {
    /// The most characters that one has.
    pub const LONGEST: usize = 200;
}

impl Search {
    /// What was typed into a search box; `None` if that was nothing.
    pub fn optional(text: &str) -> Result<Option<Self>, Invalid> {
        if text.trim().is_empty() { Ok(None) } else { text.parse().map(Some) }
    }
}

impl Code {
    /// The meter that plans grant monthly and packs extend.
    pub fn credits() -> Self {
        static CREDITS: LazyLock<Code> = LazyLock::new(|| Code("credits".into()));
        CREDITS.clone()
    }

    /// The meter that counts money.
    pub fn spend() -> Self {
        static SPEND: LazyLock<Code> = LazyLock::new(|| Code("spend".into()));
        SPEND.clone()
    }

    /// Whether this is the meter that counts money.
    pub fn is_spend(&self) -> bool {
        self.as_str() == "spend"
    }

    /// The job role of someone of whom none is known.
    pub fn no_job_role() -> Self {
        Self("other".into())
    }

    /// Whether this is the meter that plans grant monthly and packs extend.
    pub fn is_credits(&self) -> bool {
        self.as_str() == "credits"
    }
}

impl From<BudgetMeter> for Code {
    fn from(meter: BudgetMeter) -> Self {
        Self(meter.as_str().into())
    }
}

fn parse_email(value: &str) -> Result<String, Invalid> {
    let email = line("email", value, 254)?.to_lowercase();
    let well_formed = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !email.chars().any(char::is_whitespace)
    });
    if well_formed {
        Ok(email)
    } else {
        Err(Invalid::new("email", "must be an email address such as ann@example.com"))
    }
}

fn parse_code(value: &str) -> Result<String, Invalid> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if (1..=64).contains(&value.len()) && value.chars().all(allowed) {
        Ok(value.to_owned())
    } else {
        Err(Invalid::new("code", "must be 1 to 64 of a-z, 0-9 and _"))
    }
}

/// The active codes of ISO 4217, funds and metals left out.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND \
    BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN \
    ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD \
    JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT \
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR \
    RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND \
    TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";

fn parse_currency(value: &str) -> Result<String, Invalid> {
    if value.len() == 3 && CURRENCIES.split_ascii_whitespace().any(|code| code == value) {
        Ok(value.to_owned())
    } else {
        Err(Invalid::new("currency", "must be an ISO 4217 code such as EUR"))
    }
}

fn parse_idempotency_key(value: &str) -> Result<String, Invalid> {
    if (1..=255).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(value.to_owned())
    } else {
        Err(Invalid::new("Idempotency-Key", "must be 1 to 255 visible ASCII characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_checked_for_shape_and_lowered() {
        assert_eq!("Ann@Acme.Test".parse::<Email>().unwrap().as_str(), "ann@acme.test");
        for bad in ["", "ann", "@acme.test", "ann@", "a b@acme.test", "ann@acme@test", "a\n@b.c"] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
        assert!(format!("{}@acme.test", "a".repeat(250)).parse::<Email>().is_err());
    }

    #[test]
    fn names_are_one_line_of_limited_length() {
        assert_eq!("  Ann  ".parse::<Name>().unwrap().as_str(), "Ann");
        assert!("".parse::<Name>().is_err());
        assert!("a\u{0}b".parse::<Name>().is_err());
        assert!("ü".repeat(200).parse::<Name>().is_ok());
        assert!("ü".repeat(201).parse::<Name>().is_err());
    }

    #[test]
    fn notes_have_lines() {
        assert_eq!(" Two\r\nlines\n".parse::<Note>().unwrap().as_str(), "Two\nlines");
        for bad in ["", " \n ", "a\u{0}b", &"n".repeat(501)] {
            assert_eq!(bad.parse::<Note>().unwrap_err().field, "note", "{bad:?}");
        }
    }

    #[test]
    fn currencies_are_real_ones() {
        assert!("EUR".parse::<Currency>().is_ok());
        for bad in ["eur", "EU", "XXX", "EUR USD", "   "] {
            assert!(bad.parse::<Currency>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        assert!("5f0c".parse::<IdempotencyKey>().is_ok());
        for bad in ["", "a b", "é", &"k".repeat(256)] {
            assert!(bad.parse::<IdempotencyKey>().is_err(), "{bad:?}");
        }
    }
}
