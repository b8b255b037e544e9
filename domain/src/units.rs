//! Amounts as people read them, by the unit of their meter. The same on every machine: what the
//! server writes must be what the browser expects.

use crate::money::MoneyFormat;
use serde::{Deserialize, Serialize};

/// What a meter counts in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name, such as `emails`; `bytes` and `currency` are written in ways of their own.
    pub unit: String,
    /// Decimal places: an amount of 15 at scale 6 is 0.000015.
    pub scale: u32,
}

/// Sizes of storage above the byte, each a thousand times the one before.
const SIZES: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];

impl Unit {
    /// An amount of it, such as `1,200`, `1.5 GB` or `$0.50`. Sizes are rounded down.
    pub fn text(&self, amount: i64, currency: &str) -> String {
        match self.unit.as_str() {
            "bytes" => size(amount),
            "currency" => MoneyFormat::of(currency).text(amount, self.scale),
            _ => decimal(amount, self.scale),
        }
    }
}

impl Unit {
    /// The same with the name of the unit: `1 email`, `1,200 emails`, `1.5 GB`.
    pub fn counted(&self, amount: i64, currency: &str) -> String {
        let text = self.text(amount, currency);
        match self.unit.as_str() {
            "bytes" | "currency" => text,
            unit if amount == 1 && self.scale == 0 => {
                format!("{text} {}", unit.strip_suffix('s').unwrap_or(unit))
            }
            unit => format!("{text} {unit}"),
        }
    }
}

/// With thousands separators: `10,000`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with up to `scale` decimal places, and no zeros at its end.
fn decimal(amount: i64, scale: u32) -> String {
    let one = 10_i64.checked_pow(scale).unwrap_or(i64::MAX);
    let (whole, part) = (amount / one, (amount % one).unsigned_abs());
    let width = usize::try_from(scale).unwrap_or_default();
    let all = if width == 0 { String::new() } else { format!("{part:0width$}") };
    let shown = all.trim_end_matches('0');
    let minus = if amount < 0 && whole == 0 { "−" } else { "" };
    let point = if shown.is_empty() { "" } else { "." };
    format!("{minus}{}{point}{shown}", grouped(whole))
}

/// Bytes in the largest size of which there is at least one, to a tenth.
fn size(bytes: i64) -> String {
    let mut tenths = bytes;
    let mut name = None;
    for size in SIZES {
        let in_this = if name.is_none() { bytes / 100 } else { tenths / 1_000 };
        if in_this.abs() < 10 {
            break;
        }
        (tenths, name) = (in_this, Some(size));
    }
    match name {
        None => format!("{} bytes", grouped(bytes)),
        Some(name) => format!("{} {name}", decimal(tenths, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (123_456, "123,456"),
            (10_000_000, "10,000,000"),
            (-1_500, "−1,500"),
            (i64::MIN, "−9,223,372,036,854,775,808"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn money_is_in_the_format_of_its_currency() {
        let money = Unit { unit: "currency".to_owned(), scale: 6 };
        assert_eq!(money.text(1_234_500_000, "EUR"), "1.234,50\u{a0}€");
    }

    #[test]
    fn one_is_not_a_plural() {
        let emails = Unit { unit: "emails".to_owned(), scale: 0 };
        let shown = [0, 1, 1_200].map(|amount| emails.counted(amount, "EUR"));
        assert_eq!(shown, ["0 emails", "1 email", "1,200 emails"]);
        let money = Unit { unit: "currency".to_owned(), scale: 6 };
        assert_eq!(money.counted(1, "EUR"), "0,000001\u{a0}€");
    }

    #[test]
    fn storage_is_readable() {
        let storage = Unit { unit: "bytes".to_owned(), scale: 0 };
        let shown = |amount| storage.text(amount, "EUR");
        assert_eq!(shown(0), "0 bytes");
        assert_eq!(shown(999), "999 bytes");
        assert_eq!(shown(1_000), "1 kB");
        assert_eq!(shown(1_999), "1.9 kB");
        assert_eq!(shown(999_999), "999.9 kB");
        assert_eq!(shown(1_500_000_000), "1.5 GB");
        assert_eq!(shown(i64::MAX), "9,223.3 PB");
    }

    #[test]
    fn other_amounts_show_the_places_that_they_have() {
        let shown = |amount, scale| Unit { unit: "rows".to_owned(), scale }.text(amount, "EUR");
        assert_eq!(shown(1_200, 0), "1,200");
        assert_eq!(shown(1_200, 3), "1.2");
        assert_eq!(shown(7, 9), "0.000000007");
    }
}
