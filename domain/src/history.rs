//! What was used when: which days are asked for, how time is cut into them, and what is told apart
//! (SPEC section 7).

mod days;
mod series;

pub use days::{DayRange, Segments};
pub use series::{History, Part, Series, Used};

use crate::{
    ids::{MemberId, SubtenantId},
    input::{Code, Invalid},
    period::TimeZone,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// The word for the organization itself, for no subtenant: what belongs to none of the parts.
pub const NONE: &str = "none";

/// What is told apart beside days.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// Nothing: everything of a day is one number.
    #[default]
    Day,
    /// Who used it.
    Member,
    /// To which subtenant they belonged.
    Subtenant,
    /// What was done.
    Operation,
}

impl Breakdown {
    /// Every one, in the order in which pages offer them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Member, Self::Subtenant, Self::Operation];

    /// The code that addresses and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Member => "member",
            Self::Subtenant => "subtenant",
            Self::Operation => "operation",
        }
    }
}

impl FromStr for Breakdown {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|by| by.code() == code)
            .ok_or_else(|| Invalid::new("by", "must be day, member, subtenant or operation"))
    }
}

/// By whom and for what something was used. An inner `None` is the organization itself, no subtenant or
/// no operation; an outer one is any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// By whom.
    pub member: Option<Option<MemberId>>,
    /// By members of which subtenant, as they belonged to it then.
    pub subtenant: Option<Option<SubtenantId>>,
    /// For which operation; none is for a gauge that was set.
    pub operation: Option<Option<Code>>,
}

/// What is asked for, as addresses and the API say it. Empty is left out.
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryInput {
    /// The code of a meter; credits, if left out.
    pub meter: String,
    /// The first day; if left out, the 1st of the month five months before the last day.
    pub from: String,
    /// The last day; today, if left out.
    pub to: String,
    /// What is told apart.
    pub by: String,
    /// The id of a member, or `none` for the organization itself.
    pub member: String,
    /// The id of a subtenant, or `none`.
    pub subtenant: String,
    /// The code of an operation, or `none`.
    pub operation: String,
    /// In which time zone days begin; the organization's, if left out.
    pub zone: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of which meter.
    pub meter: Code,
    /// The first and the last day, where they are given.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
    /// What is told apart.
    pub by: Breakdown,
    /// By whom and for what.
    pub filter: Filter,
    /// Where days begin.
    pub zone: Option<TimeZone>,
}

impl HistoryInput {
    /// Reads it; an error names the field. Whether the days can be asked for is known once it is
    /// known which day today is, see [`HistoryQuery::range`].
    pub fn parse(&self) -> Result<HistoryQuery, Invalid> {
        let code = |name: &str, text: &str| -> Result<Option<Code>, Invalid> {
            given(text)
                .map(|text| text.parse().map_err(|error: Invalid| error.at(name)))
                .transpose()
        };
        let day = |name: &str, text: &str| -> Result<Option<NaiveDate>, Invalid> {
            let invalid = || Invalid::new(name, "must be a day such as 2026-11-30");
            given(text).map(|text| text.parse().map_err(|_| invalid())).transpose()
        };
        Ok(HistoryQuery {
            meter: code("meter", &self.meter)?.unwrap_or_else(Code::credits),
            from: day("from", &self.from)?,
            to: day("to", &self.to)?,
            by: given(&self.by).map(str::parse).transpose()?.unwrap_or_default(),
            filter: Filter {
                member: one_or_none("member", &self.member)?.map(|id| id.map(MemberId)),
                subtenant: one_or_none("subtenant", &self.subtenant)?.map(|id| id.map(SubtenantId)),
                operation: match given(&self.operation) {
                    Some(NONE) => Some(None),
                    text => code("operation", text.unwrap_or_default())?.map(Some),
                },
            },
            zone: given(&self.zone)
                .map(|zone| zone.parse().map_err(|error: Invalid| error.at("zone")))
                .transpose()?,
        })
    }
}

impl HistoryQuery {
    /// The days that are asked for, where it is `today`.
    pub fn range(&self, today: NaiveDate) -> Result<DayRange, Invalid> {
        let last = self.to.unwrap_or(today);
        let first = self.from.unwrap_or_else(|| DayRange::six_months(last).first());
        DayRange::new(first, last, today)
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

#[expect(clippy::option_option, reason = "any, none or one: as in `Filter`")]
fn one_or_none(field: &str, text: &str) -> Result<Option<Option<Uuid>>, Invalid> {
    match given(text) {
        None => Ok(None),
        Some(NONE) => Ok(Some(None)),
        Some(id) => {
            let id = id.parse().map_err(|_| Invalid::new(field, "must be an id, or none"))?;
            Ok(Some(Some(id)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(fields: &[(&str, &str)]) -> HistoryInput {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
        serde_json::from_value(serde_json::Value::Object(fields.collect())).unwrap()
    }

    #[test]
    fn what_is_left_out_is_everything_of_six_months() {
        let query = input(&[]).parse().unwrap();
        assert_eq!((query.meter.as_str(), query.by), ("credits", Breakdown::Day));
        assert_eq!(query.filter, Filter::default());
        let range = query.range("2026-11-22".parse().unwrap()).unwrap();
        assert_eq!((range.first().to_string(), range.len()), ("2026-06-01".to_owned(), 175));
    }

    #[test]
    fn none_is_not_the_same_as_anybody() {
        let filter = input(&[("member", "none")]).parse().unwrap().filter;
        assert_eq!((filter.member, filter.subtenant), (Some(None), None));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_field() {
        for (field, value) in [
            ("meter", "No Such"),
            ("from", "yesterday"),
            ("to", "2026-02-30"),
            ("by", "hour"),
            ("member", "ann"),
            ("subtenant", "1"),
            ("operation", "a b"),
            ("zone", "Mars/Base"),
        ] {
            assert_eq!(input(&[(field, value)]).parse().unwrap_err().field, field, "{value}");
        }
    }

    #[test]
    fn breakdowns_read_back() {
        for by in Breakdown::ALL {
            assert_eq!(by.code().parse::<Breakdown>().unwrap(), by);
        }
    }
}
