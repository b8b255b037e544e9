//! Quotas: limits on one meter for the organization, a subtenant or a member (SPEC sections 1, 6).

use crate::{
    amount::Amount,
    input::{Invalid, Object, given},
    period::{CustomPeriod, Period, PeriodKind},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A value with the time in which it is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce<T> {
    /// The value.
    pub value: T,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; `None` has no end.
    pub to: Option<DateTime<Utc>>,
}

impl<T> InForce<T> {
    /// Whether it is in force at `now`.
    pub fn at(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }
}

/// The limits of one quota, in the meter's smallest unit. None at all is no restriction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(into = "QuotaLimitsInput")]
pub struct QuotaLimits {
    /// Per day.
    pub daily: Option<Amount>,
    /// Per week.
    pub weekly: Option<Amount>,
    /// Per month.
    pub monthly: Option<Amount>,
    /// Per year.
    pub yearly: Option<Amount>,
    /// Between two dates.
    pub custom: Option<(CustomPeriod, Amount)>,
    /// At any time: for gauges, which never start anew.
    pub level: Option<Amount>,
}

impl QuotaLimits {
    /// The limits, each with its period.
    pub fn limits(self) -> impl Iterator<Item = (Period, Amount)> {
        let fixed = [
            (Period::Daily, self.daily),
            (Period::Weekly, self.weekly),
            (Period::Monthly, self.monthly),
            (Period::Yearly, self.yearly),
            (Period::Level, self.level),
        ];
        let fixed = fixed.into_iter().filter_map(|(period, limit)| Some((period, limit?)));
        fixed.chain(self.custom.map(|(custom, limit)| (Period::Custom(custom), limit)))
    }

    /// The same with another limit where there is one of this kind of period; `None`: there is none.
    #[must_use]
    pub fn with(mut self, kind: PeriodKind, limit: Amount) -> Option<Self> {
        let there = match kind {
            PeriodKind::Daily => self.daily.as_mut(),
            PeriodKind::Weekly => self.weekly.as_mut(),
            PeriodKind::Monthly => self.monthly.as_mut(),
            PeriodKind::Yearly => self.yearly.as_mut(),
            PeriodKind::Level => self.level.as_mut(),
            PeriodKind::Custom => self.custom.as_mut().map(|(_, limit)| limit),
        };
        *there? = limit;
        Some(self)
    }

    /// The limit of this kind of period.
    pub fn of(self, kind: PeriodKind) -> Option<Amount> {
        self.limits().find(|(period, _)| period.kind() == kind).map(|(_, limit)| limit)
    }

    /// The limits in words, such as `5,00 € a day`, with amounts as `amount` writes them.
    pub fn in_words(self, amount: impl Fn(i64) -> String) -> Vec<(PeriodKind, String)> {
        let words = self.limits().map(|(period, limit)| {
            let when = match period {
                Period::Custom(days) => {
                    let day = |day: NaiveDate| day.format("%-d %b %Y");
                    format!("from {} to {}", day(days.first_day()), day(days.last_day()))
                }
                fixed => fixed.kind().per().to_owned(),
            };
            (period.kind(), format!("{} {when}", amount(limit.get())))
        });
        words.collect()
    }

    /// All of them in one line, likewise.
    pub fn summary(self, amount: impl Fn(i64) -> String) -> String {
        let words: Vec<String> =
            self.in_words(amount).into_iter().map(|(_, words)| words).collect();
        if words.is_empty() { "no restriction".to_owned() } else { words.join(", ") }
    }
}

/// A limit between two dates as it is written in JSON, before it is checked.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomLimitInput {
    /// The limit.
    pub limit: i64,
    /// The first day, included.
    pub first_day: NaiveDate,
    /// The last day, included.
    pub last_day: NaiveDate,
    /// Whether the next period of the same length follows; no, if left out.
    #[serde(default)]
    pub repeat: bool,
}

/// The limits of a quota as they are written in JSON, before they are checked.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaLimitsInput {
    /// Per day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<i64>,
    /// Per week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<i64>,
    /// Per month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<i64>,
    /// Per year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yearly: Option<i64>,
    /// Between two dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<CustomLimitInput>,
    /// At any time: for gauges, which never start anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<i64>,
}

impl QuotaLimitsInput {
    /// Checks the limits of a quota on a gauge or a counter: a gauge has a level and no periods, a
    /// counter the other way round, and a shorter period's limit is at most a longer one's.
    pub fn parse(self, gauge: bool) -> Result<QuotaLimits, Invalid> {
        let parse =
            |field, limit: Option<i64>| limit.map(|limit| Amount::parse(field, limit)).transpose();
        let custom = self.custom.map(|custom| {
            let at = |invalid: Invalid| {
                let field = format!("custom.{}", invalid.field);
                invalid.at(field)
            };
            let period = CustomPeriod::new(custom.first_day, custom.last_day, custom.repeat);
            let limit = Amount::parse("limit", custom.limit);
            Ok::<_, Invalid>((period.map_err(at)?, limit.map_err(at)?))
        });
        let limits = QuotaLimits {
            daily: parse("daily", self.daily)?,
            weekly: parse("weekly", self.weekly)?,
            monthly: parse("monthly", self.monthly)?,
            yearly: parse("yearly", self.yearly)?,
            custom: custom.transpose()?,
            level: parse("level", self.level)?,
        };
        for (period, _) in limits.limits() {
            let field = period.kind().as_str();
            match (gauge, period == Period::Level) {
                (true, false) => {
                    return Err(Invalid::new(field, "is for counters: a gauge has a level"));
                }
                (false, true) => {
                    return Err(Invalid::new(field, "is for gauges: this meter starts anew"));
                }
                _ => {}
            }
        }
        in_order(&limits)?;
        Ok(limits)
    }
}

impl From<QuotaLimits> for QuotaLimitsInput {
    fn from(limits: QuotaLimits) -> Self {
        let number = |limit: Option<Amount>| limit.map(Amount::get);
        Self {
            daily: number(limits.daily),
            weekly: number(limits.weekly),
            monthly: number(limits.monthly),
            yearly: number(limits.yearly),
            custom: limits.custom.map(|(period, limit)| CustomLimitInput {
                limit: limit.get(),
                first_day: period.first_day(),
                last_day: period.last_day(),
                repeat: period.repeat(),
            }),
            level: number(limits.level),
        }
    }
}

/// Who made a quota.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// `member`, `api_key`, or `plan` for the default restriction (SPEC section 6).
    pub kind: String,
    /// Which one.
    pub id: Option<Uuid>,
}

impl Maker {
    /// A plan without the Usage Quota feature.
    pub fn plan() -> Self {
        Self { kind: "plan".to_owned(), id: None }
    }
}

/// An edit of a quota as it is written in JSON: what is left out stays, `null` is no limit.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaLimitsPatch {
    /// Per day.
    #[serde(default, deserialize_with = "given")]
    pub daily: Option<Option<i64>>,
    /// Per week.
    #[serde(default, deserialize_with = "given")]
    pub weekly: Option<Option<i64>>,
    /// Per month.
    #[serde(default, deserialize_with = "given")]
    pub monthly: Option<Option<i64>>,
    /// Per year.
    #[serde(default, deserialize_with = "given")]
    pub yearly: Option<Option<i64>>,
    /// Between two dates.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<CustomLimitInput>))]
    pub custom: Option<Option<Object<CustomLimitInput>>>,
    /// At any time: for gauges, which never start anew.
    #[serde(default, deserialize_with = "given")]
    pub level: Option<Option<i64>>,
    /// The version that the client has read.
    #[serde(default)]
    pub version: Option<i64>,
}

impl QuotaLimitsPatch {
    /// Only that part of the edit which differs from `limits`.
    #[must_use]
    pub fn differing_from(self, limits: QuotaLimits) -> Self {
        let is = QuotaLimitsInput::from(limits);
        Self {
            daily: self.daily.filter(|daily| *daily != is.daily),
            weekly: self.weekly.filter(|weekly| *weekly != is.weekly),
            monthly: self.monthly.filter(|monthly| *monthly != is.monthly),
            yearly: self.yearly.filter(|yearly| *yearly != is.yearly),
            custom: self.custom.filter(|custom| custom.map(|Object(custom)| custom) != is.custom),
            level: self.level.filter(|level| *level != is.level),
            version: self.version,
        }
    }

    /// The limits with this edit.
    #[must_use]
    pub fn apply(self, limits: QuotaLimits) -> QuotaLimitsInput {
        let before = QuotaLimitsInput::from(limits);
        QuotaLimitsInput {
            daily: self.daily.unwrap_or(before.daily),
            weekly: self.weekly.unwrap_or(before.weekly),
            monthly: self.monthly.unwrap_or(before.monthly),
            yearly: self.yearly.unwrap_or(before.yearly),
            custom: self.custom.map_or(before.custom, |custom| custom.map(|Object(custom)| custom)),
            level: self.level.unwrap_or(before.level),
        }
    }
}

/// Refuses a limit that is above that of a longer period (SPEC section 6).
pub(crate) fn in_order(limits: &QuotaLimits) -> Result<(), Invalid> {
    let ascending = [
        ("daily", limits.daily),
        ("weekly", limits.weekly),
        ("monthly", limits.monthly),
        ("yearly", limits.yearly),
    ];
    for (index, (shorter, low)) in ascending.iter().enumerate() {
        for (longer, high) in &ascending[index + 1..] {
            if let (Some(low), Some(high)) = (low, high)
                && low > high
            {
                let message = format!("must be at most the {longer} limit");
                return Err(Invalid::new(*shorter, message));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(input: QuotaLimitsInput, gauge: bool) -> String {
        input.parse(gauge).unwrap_err().field
    }

    #[test]
    fn shorter_periods_have_at_most_the_limits_of_longer_ones() {
        let input = |daily, monthly, yearly| QuotaLimitsInput {
            daily,
            monthly,
            yearly,
            ..QuotaLimitsInput::default()
        };
        assert!(input(Some(1), Some(1), Some(1)).parse(false).is_ok());
        assert!(input(None, None, None).parse(false).is_ok());
        assert_eq!(refused(input(Some(2), Some(1), None), false), "daily");
        assert_eq!(refused(input(Some(2), None, Some(1)), false), "daily");
        assert_eq!(refused(input(None, Some(2), Some(1)), false), "monthly");
        assert_eq!(refused(input(Some(-1), None, None), false), "daily");
    }

    #[test]
    fn limits_are_told_in_words() {
        let day = |text: &str| text.parse().unwrap();
        let custom = CustomPeriod::new(day("2026-11-01"), day("2026-11-15"), false).unwrap();
        let amount = |limit| Amount::parse("limit", limit).unwrap();
        let limits = QuotaLimits {
            daily: Some(amount(5)),
            monthly: Some(amount(100)),
            custom: Some((custom, amount(50))),
            ..QuotaLimits::default()
        };
        let text = |amount: i64| format!("{amount} €");
        let expected = "5 € a day, 100 € a month, 50 € from 1 Nov 2026 to 15 Nov 2026";
        assert_eq!(limits.summary(text), expected);
        assert_eq!(QuotaLimits::default().summary(text), "no restriction");
    }

    #[test]
    fn gauges_have_a_level_and_counters_have_periods() {
        let level = QuotaLimitsInput { level: Some(5), ..QuotaLimitsInput::default() };
        let daily = QuotaLimitsInput { daily: Some(5), ..QuotaLimitsInput::default() };
        assert!(level.parse(true).is_ok());
        assert!(daily.parse(false).is_ok());
        assert_eq!(refused(level, false), "level");
        assert_eq!(refused(daily, true), "daily");
    }

    #[test]
    fn what_is_wrong_within_a_custom_limit_is_named() {
        let day = |text: &str| text.parse().unwrap();
        let custom = |limit, last| CustomLimitInput {
            limit,
            first_day: day("2026-11-10"),
            last_day: day(last),
            repeat: false,
        };
        let input = |custom| QuotaLimitsInput { custom: Some(custom), ..Default::default() };
        assert_eq!(refused(input(custom(5, "2026-11-09")), false), "custom.last_day");
        assert_eq!(refused(input(custom(-5, "2026-11-10")), false), "custom.limit");
        assert!(input(custom(5, "2026-11-10")).parse(false).is_ok());
    }
}
