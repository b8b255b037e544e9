//! The form *Edit Credit Settings* as it is typed: what is saved by it, and previewed before.

use chrono::NaiveDate;
use domain::{
    credits::{CreditCap, CreditSettings, CreditSettingsInput},
    input::Invalid,
    period::CycleInput,
};

/// Its fields.
#[expect(clippy::struct_excessive_bools, reason = "one for each checkbox of the form")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SettingsForm {
    /// `monthly`, `weekly` or `custom`.
    pub(crate) cycle: String,
    /// Counts for a custom cycle only: a form without JavaScript sends what it hides, too.
    pub(crate) first_day: String,
    /// Likewise.
    pub(crate) last_day: String,
    /// Likewise.
    pub(crate) repeat: bool,
    /// Whether there is a limit.
    pub(crate) limited: bool,
    /// The limit, if so.
    pub(crate) limit: String,
    /// Whether credits are set aside for custom limits.
    pub(crate) set_aside: bool,
    /// Whether packs extend the limit.
    pub(crate) packs_extend: bool,
}

impl SettingsForm {
    /// The settings, or the field that is wrong.
    pub(crate) fn parse(&self) -> Result<CreditSettings, Invalid> {
        let input = CreditSettingsInput {
            cycle: self.cycle_input()?,
            limit: self.limited.then(|| whole_credits(&self.limit)).transpose()?,
            set_aside: self.set_aside,
            packs_extend: self.packs_extend,
        };
        input.try_into()
    }

    fn cycle_input(&self) -> Result<CycleInput, Invalid> {
        let kind = self.cycle.clone();
        if kind != "custom" {
            return Ok(CycleInput { kind, ..CycleInput::default() });
        }
        Ok(CycleInput {
            kind,
            first_day: day("cycle.first_day", &self.first_day)?,
            last_day: day("cycle.last_day", &self.last_day)?,
            repeat: Some(self.repeat),
        })
    }
}

/// Reads a date as browsers send it; nothing is none.
pub(crate) fn day(field: &'static str, text: &str) -> Result<Option<NaiveDate>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Invalid::new(field, "must be a date such as 2026-11-30");
    text.parse().map(Some).map_err(wrong)
}

/// Reads credits as people type them, by the rule for members' limits.
fn whole_credits(text: &str) -> Result<i64, Invalid> {
    match text.parse() {
        Ok(CreditCap::Credits { amount }) => Ok(amount.get()),
        _ => Err(Invalid::new("limit", "must be a number of credits such as 10,000")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_read_as_people_type_them() {
        assert_eq!(whole_credits(" 10,000 "), Ok(10_000));
        assert_eq!(whole_credits("0"), Ok(0));
        for bad in ["", "20%", "-1", "many"] {
            assert_eq!(whole_credits(bad).map_err(|e| e.field), Err("limit".into()), "{bad:?}");
        }
    }

    #[test]
    fn hidden_fields_are_left_out() {
        let form = |cycle: &str, last_day: &str| SettingsForm {
            cycle: cycle.to_owned(),
            first_day: "2026-01-01".to_owned(),
            last_day: last_day.to_owned(),
            limit: "nonsense".to_owned(),
            ..SettingsForm::default()
        };
        let monthly = form("monthly", "nonsense").parse().unwrap();
        assert_eq!((monthly.cycle.kind(), monthly.limit), ("monthly", None));
        assert_eq!(form("custom", "2026-01-31").parse().unwrap().cycle.kind(), "custom");
        assert_eq!(form("custom", "nonsense").parse().unwrap_err().field, "cycle.last_day");
        let limited = SettingsForm { limited: true, ..form("monthly", "") };
        assert_eq!(limited.parse().unwrap_err().field, "limit");
    }
}
