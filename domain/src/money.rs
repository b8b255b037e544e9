//! Money as people write it in the currency's usual format: `1.234,56 €`, `$1,234.56`, `¥1,235`
//! (SPEC section 6). Amounts stay whole numbers; nothing is rounded.

use crate::{amount::Amount, input::Invalid};
use rusty_money::{FormattableCurrency as _, LocalFormat, iso};

/// Decimal places of the meter `spend`: its smallest unit is a millionth (SPEC section 1).
pub const SPEND_SCALE: u32 = 6;
/// Digits in a group of thousands.
const GROUP: usize = 3;
/// Between an amount and a sign that stands apart, so that no line breaks there.
const NO_BREAK: char = '\u{a0}';

/// How amounts of one currency are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyFormat {
    /// The sign, or the code where the sign is written from right to left.
    sign: String,
    sign_first: bool,
    /// Between whole units and parts of one.
    point: char,
    /// Between groups of digits.
    group: char,
    /// Digits of the last group of whole units and of those before it.
    widths: (usize, usize),
    /// Decimal places that the currency itself has.
    places: usize,
}

impl MoneyFormat {
    /// The usual format of a currency by its ISO 4217 code; of one that is not in the table amounts
    /// begin with the code.
    pub fn of(code: &str) -> Self {
        let Some(known) = iso::find(code) else {
            return Self {
                sign: code.to_owned(),
                sign_first: true,
                point: '.',
                group: ',',
                widths: (3, 3),
                places: 2,
            };
        };
        let format = LocalFormat::from_locale(known.locale());
        let width = |index: usize| format.digit_separator_pattern.get(index).copied().unwrap_or(3);
        let right_to_left = known.symbol().chars().any(|c| ('\u{590}'..='\u{8ff}').contains(&c));
        Self {
            sign: if right_to_left { code } else { known.symbol() }.to_owned(),
            // Where amounts of euros have a decimal comma, the sign follows them.
            sign_first: right_to_left || (known.symbol_first() && code != "EUR"),
            point: format.exponent_separator,
            group: format.digit_separator,
            widths: (width(0), width(1)),
            places: usize::try_from(known.exponent()).unwrap_or(2),
        }
    }

    /// An amount with its sign. It has the currency's own decimal places, and as many more as it
    /// takes to be exact.
    pub fn text(&self, amount: i64, scale: u32) -> String {
        let number = self.number(amount.unsigned_abs(), scale);
        let minus = if amount < 0 { "−" } else { "" };
        match (self.sign_first, self.sign.chars().last()) {
            (false, _) => format!("{minus}{number}{NO_BREAK}{}", self.sign),
            (true, Some(last)) if last.is_alphabetic() => {
                format!("{minus}{}{NO_BREAK}{number}", self.sign)
            }
            (true, _) => format!("{minus}{}{number}", self.sign),
        }
    }

    /// An amount as it is typed into a field, without a sign.
    pub fn typed(&self, amount: Amount, scale: u32) -> String {
        self.number(amount.get().unsigned_abs(), scale)
    }

    fn number(&self, amount: u64, scale: u32) -> String {
        let one = 10_u64.checked_pow(scale).unwrap_or(u64::MAX);
        let width = usize::try_from(scale).unwrap_or_default();
        let parts = if width == 0 { String::new() } else { format!("{:0width$}", amount % one) };
        let mut parts = parts.trim_end_matches('0').to_owned();
        while parts.len() < self.places {
            parts.push('0');
        }
        if parts.len() == GROUP && self.places < GROUP {
            // `1,234` would be taken for a thousand times as much.
            parts.push('0');
        }
        let whole = self.grouped(&(amount / one).to_string());
        if parts.is_empty() { whole } else { format!("{whole}{}{parts}", self.point) }
    }

    fn grouped(&self, digits: &str) -> String {
        let (last, before) = self.widths;
        let mut text = String::with_capacity(digits.len() * 2);
        for (index, digit) in digits.char_indices() {
            let left = digits.len() - index;
            let begins = left == last || (left > last && (left - last).is_multiple_of(before));
            if index > 0 && begins {
                text.push(if self.group == ' ' { NO_BREAK } else { self.group });
            }
            text.push(digit);
        }
        text
    }

    /// Reads an amount as it is typed, with or without sign and groups. Refuses what has more
    /// decimal places than `scale`, and what could be meant in another currency's format.
    pub fn parse(&self, field: &'static str, text: &str, scale: u32) -> Result<Amount, Invalid> {
        let refuse = |message: String| Err(Invalid::new(field, message));
        let bare = text.trim().trim_start_matches(&self.sign).trim_end_matches(&self.sign).trim();
        if bare.starts_with(['-', '−']) {
            return refuse("must not be negative".to_owned());
        }
        let (whole, parts) = bare.split_once(self.point).unwrap_or((bare, ""));
        let whole = self.ungrouped(whole);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let Some(whole) = whole.filter(|_| digits(parts) && !bare.ends_with(self.point)) else {
            return refuse(format!("must be an amount such as {}", self.example()));
        };
        if parts.len() > usize::try_from(scale).unwrap_or_default() {
            return refuse(format!("must have at most {scale} decimal places"));
        }
        let fits_groups = whole.len() <= GROUP && whole != "0";
        let in_groups = parts.len() == GROUP && self.places != GROUP && fits_groups;
        if in_groups {
            // Elsewhere this is a thousand times as much.
            return refuse(format!(
                "could mean two amounts: write {} or {whole}{}{parts}0",
                self.grouped(&format!("{whole}{parts}")),
                self.point,
            ));
        }
        let missing = usize::try_from(scale).unwrap_or_default().saturating_sub(parts.len());
        let smallest = format!("{whole}{parts}{}", "0".repeat(missing));
        let amount = smallest.parse().ok().and_then(|amount| Amount::parse(field, amount).ok());
        let most = || format!("must be at most {}", self.text(Amount::MAX.get(), scale));
        amount.ok_or_else(|| Invalid::new(field, most()))
    }

    /// The digits of whole units; `None` if groups are not where they belong.
    fn ungrouped(&self, whole: &str) -> Option<String> {
        let spaced = self.group == ' ';
        let is_group = |c: char| c == self.group || (spaced && c.is_whitespace());
        let digits: String = whole.chars().filter(|c| !is_group(*c)).collect();
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let as_written: String =
            whole.chars().map(|c| if is_group(c) { self.group } else { c }).collect();
        let as_usual = self.grouped(&digits).replace(NO_BREAK, " ");
        (plain && (as_written == digits || as_written == as_usual)).then_some(digits)
    }

    /// An amount that shows how to write one.
    pub fn example(&self) -> String {
        let places = u32::try_from(self.places).unwrap_or_default();
        self.text(123_456 / 10_i64.pow(2_u32.saturating_sub(places)), places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(code: &str) -> MoneyFormat {
        MoneyFormat::of(code)
    }

    #[test]
    fn amounts_are_written_as_is_usual_for_their_currency() {
        for (code, text) in [
            ("EUR", "1.234.567,80\u{a0}€"),
            ("USD", "$1,234,567.80"),
            ("GBP", "£1,234,567.80"),
            ("JPY", "¥1,234,567.8"),
            ("INR", "₹12,34,567.80"),
            ("BRL", "R$1.234.567,80"),
            ("SEK", "1\u{a0}234\u{a0}567,80\u{a0}kr"),
            ("CHF", "Fr\u{a0}1,234,567.80"),
            ("AED", "AED\u{a0}1,234,567.80"),
        ] {
            assert_eq!(format(code).text(1_234_567_800_000, SPEND_SCALE), text);
        }
        assert_eq!(format("JPY").text(1_200_000_000, SPEND_SCALE), "¥1,200");
        assert_eq!(format("KWD").text(1_000_000, SPEND_SCALE), "KWD\u{a0}1.000");
        assert_eq!(format("USD").text(-500_000, SPEND_SCALE), "−$0.50");
    }

    #[test]
    fn nothing_is_rounded() {
        let euro = format("EUR");
        assert_eq!(euro.text(15, SPEND_SCALE), "0,000015\u{a0}€");
        assert_eq!(euro.text(0, SPEND_SCALE), "0,00\u{a0}€");
        assert_eq!(euro.text(1_234_000, SPEND_SCALE), "1,2340\u{a0}€", "not 1,234");
        assert_eq!(format("JPY").text(500_000, SPEND_SCALE), "¥0.5");
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        for code in ["EUR", "USD", "JPY", "INR", "BRL", "SEK", "CHF", "AED", "KWD", "PLN"] {
            let format = format(code);
            for amount in [0, 15, 500_000, 1_234_000, 1_234_567_890_000, Amount::MAX.get()] {
                let shown = format.text(amount, SPEND_SCALE);
                let amount = Amount::parse("amount", amount).unwrap();
                assert_eq!(format.parse("daily", &shown, SPEND_SCALE), Ok(amount), "{shown}");
                let typed = format.typed(amount, SPEND_SCALE);
                assert_eq!(format.parse("daily", &typed, SPEND_SCALE), Ok(amount), "{typed}");
            }
        }
        let parse =
            |code: &str, text| format(code).parse("daily", text, SPEND_SCALE).unwrap().get();
        assert_eq!(parse("EUR", "1234,5"), 1_234_500_000);
        assert_eq!(parse("EUR", " 1.234,50€ "), 1_234_500_000);
        assert_eq!(parse("SEK", "12 345,5 kr"), 12_345_500_000);
        assert_eq!(parse("EUR", "0,125"), 125_000);
    }

    #[test]
    fn another_currencys_format_is_never_taken_for_a_different_amount() {
        let refused = |code: &str, text: &str| {
            format(code).parse("daily", text, SPEND_SCALE).unwrap_err().message
        };
        for (code, text) in [
            ("EUR", "1,234.56"),
            ("EUR", "1.50"),
            ("EUR", "12.34"),
            ("USD", "1.234,56"),
            ("USD", "1234,56"),
            ("USD", "12,34"),
            ("INR", "1,234,567"),
            ("EUR", "€"),
            ("EUR", "5,"),
            ("EUR", ",5"),
            ("EUR", ""),
            ("EUR", "5 $"),
            ("EUR", "1e3"),
            ("EUR", "٣"),
        ] {
            assert!(refused(code, text).contains("such as"), "{code} {text}");
        }
        assert_eq!(refused("EUR", "1,234"), "could mean two amounts: write 1.234 or 1,2340");
        assert_eq!(refused("JPY", "1.234"), "could mean two amounts: write 1,234 or 1.2340");
    }

    #[test]
    fn amounts_that_cannot_be_are_refused_with_the_reason() {
        let refused = |text: &str| format("EUR").parse("daily", text, SPEND_SCALE).unwrap_err();
        assert_eq!(refused("-5").message, "must not be negative");
        assert_eq!(refused("−0,50 €").message, "must not be negative");
        assert_eq!(refused("0,0000001").message, "must have at most 6 decimal places");
        assert!(refused("1.000.000.001").message.contains("1.000.000.000,00"));
        assert!(refused("99999999999999999999999").message.contains("at most"));
        assert_eq!(refused("x").field, "daily");
    }
}
