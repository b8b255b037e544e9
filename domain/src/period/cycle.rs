use super::{CustomPeriod, Period, TimeZone, Window};
use crate::input::Invalid;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// How often an enterprise limit starts anew (SPEC section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CycleInput", into = "CycleInput")]
pub enum Cycle {
    /// From the 1st.
    Monthly,
    /// From Monday.
    Weekly,
    /// Two dates of the organization's choice.
    Custom(CustomPeriod),
}

impl From<Cycle> for Period {
    fn from(cycle: Cycle) -> Self {
        match cycle {
            Cycle::Monthly => Self::Monthly,
            Cycle::Weekly => Self::Weekly,
            Cycle::Custom(custom) => Self::Custom(custom),
        }
    }
}

impl Cycle {
    /// See [`Period::window_at`].
    pub fn window_at(self, zone: TimeZone, now: DateTime<Utc>) -> Option<Window> {
        Period::from(self).window_at(zone, now)
    }

    /// When a custom cycle begins for the first time; the others have always been running.
    pub fn begins_at(self, zone: TimeZone) -> Option<DateTime<Utc>> {
        match self {
            Self::Monthly | Self::Weekly => None,
            Self::Custom(custom) => Some(zone.first_instant(custom.first_day)),
        }
    }

    /// The word that the API and the pages use.
    pub fn kind(self) -> &'static str {
        Period::from(self).kind().as_str()
    }
}

/// A cycle as it is written in JSON and in forms, before it is checked.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CycleInput {
    /// `monthly`, `weekly` or `custom`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(monthly|weekly|custom)$"))]
    pub kind: String,
    /// The first day of a custom cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<NaiveDate>,
    /// The last day of a custom cycle, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<NaiveDate>,
    /// Whether a custom cycle begins again after its last day; no, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<bool>,
}

impl TryFrom<CycleInput> for Cycle {
    type Error = Invalid;

    fn try_from(input: CycleInput) -> Result<Self, Invalid> {
        let fixed = match input.kind.as_str() {
            "monthly" => Self::Monthly,
            "weekly" => Self::Weekly,
            "custom" => {
                let required = |field| Invalid::new(field, "is required for a custom cycle");
                let first_day = input.first_day.ok_or_else(|| required("first_day"))?;
                let last_day = input.last_day.ok_or_else(|| required("last_day"))?;
                let repeat = input.repeat.unwrap_or(false);
                return CustomPeriod::new(first_day, last_day, repeat).map(Self::Custom);
            }
            _ => return Err(Invalid::new("kind", "must be monthly, weekly or custom")),
        };
        let only_custom = |field| Err(Invalid::new(field, "is for custom cycles only"));
        match (input.first_day, input.last_day, input.repeat) {
            (Some(_), _, _) => only_custom("first_day"),
            (_, Some(_), _) => only_custom("last_day"),
            (_, _, Some(true)) => only_custom("repeat"),
            _ => Ok(fixed),
        }
    }
}

impl From<Cycle> for CycleInput {
    fn from(cycle: Cycle) -> Self {
        let kind = cycle.kind().to_owned();
        match cycle {
            Cycle::Monthly | Cycle::Weekly => Self { kind, ..Self::default() },
            Cycle::Custom(custom) => Self {
                kind,
                first_day: Some(custom.first_day),
                last_day: Some(custom.last_day),
                repeat: Some(custom.repeat),
            },
        }
    }
}
