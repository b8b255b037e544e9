//! Amounts as people read them, by the unit of their meter. The same on every machine: what the
//! server writes must be what the browser expects.

use crate::{amount::Amount, input::Invalid, money::MoneyFormat};
use serde::{Deserialize, Serialize};

/// What a meter counts in.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

impl Unit {
    /// Reads what somebody typed for an amount of it: money as its currency is written, anything else as
    /// a number with or without thousands separators; sizes in bytes.
    pub fn parse(
        &self,
        field: &'static str,
        text: &str,
        currency: &str,
    ) -> Result<Amount, Invalid> {
        if self.unit == "currency" {
            return MoneyFormat::of(currency).parse(field, text, self.scale);
        }
        let bare = text.trim().replace(',', "");
        let (whole, parts) = bare.split_once('.').unwrap_or((&bare, ""));
        let places = usize::try_from(self.scale).unwrap_or_default();
        let fits = !whole.is_empty() && parts.len() <= places && !bare.ends_with('.');
        let number = format!("{whole}{parts}{}", "0".repeat(places.saturating_sub(parts.len())));
        let digits = fits && number.bytes().all(|byte| byte.is_ascii_digit());
        let amount = Some(number).filter(|_| digits).and_then(|number| number.parse().ok());
        let what = if places == 0 { "a whole number" } else { "a number" };
        let amount = amount.ok_or_else(|| Invalid::new(field, format!("must be {what}")))?;
        Amount::parse(field, amount)
    }

    /// An amount as [`parse`](Self::parse) reads it.
    pub fn typed(&self, amount: Amount, currency: &str) -> String {
        match self.unit.as_str() {
            "currency" => MoneyFormat::of(currency).typed(amount, self.scale),
            _ => decimal(amount.get(), self.scale).replace(',', ""),
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
    fn what_is_shown_can_be_typed() {
        let unit = |unit: &str, scale| Unit { unit: unit.to_owned(), scale };
        let read = |unit: &Unit, text: &str| unit.parse("limit", text, "EUR").map(Amount::get);
        let credits = unit("credits", 0);
        assert_eq!(read(&credits, " 1,200 "), Ok(1_200));
        let kilo = unit("kilos", 3);
        assert_eq!(read(&kilo, "1.5"), Ok(1_500));
        let euro = unit("currency", 6);
        assert_eq!(read(&euro, "1.200,50 €"), Ok(1_200_500_000));
        for unit in [&credits, &kilo, &euro, &unit("bytes", 0)] {
            for amount in [0, 7, 1_500, 12_345_678] {
                let typed = unit.typed(Amount::parse("limit", amount).unwrap(), "EUR");
                assert_eq!(read(unit, &typed), Ok(amount), "{typed}");
            }
        }
        for wrong in ["", "-5", "1.5", "1.", "many", "99999999999999999999"] {
            assert_eq!(read(&credits, wrong).unwrap_err().field, "limit", "{wrong}");
        }
    }

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
