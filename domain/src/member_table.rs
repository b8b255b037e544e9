//! Which members a table shows, and in which order.

use crate::{ids::SubtenantId, input::Invalid, views::MemberStatus};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The longest text that is searched for.
const LONGEST_SEARCH: usize = 100;

/// What is asked of a table of members. Everything is part of the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberQuery {
    /// A part of a name, an email or an external id; empty for all.
    #[serde(default)]
    pub search: Search,
    /// Only those with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MemberStatus>,
    /// Only those of this subtenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtenant: Option<SubtenantId>,
    /// Only those this close to their own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// By what it is sorted.
    #[serde(default)]
    pub sort: MemberSort,
}

/// A text that is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Search(String);

impl From<String> for Search {
    /// What is too long to be found is cut.
    fn from(text: String) -> Self {
        Self(text.trim().chars().take(LONGEST_SEARCH).collect())
    }
}

impl Search {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How close somebody is to their own credit limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// 80% of it or more is used or held.
    Near,
    /// Nothing of it is left.
    Reached,
}

impl Risk {
    /// From which part of the limit on, in percent.
    pub fn from_percent(self) -> i64 {
        match self {
            Self::Near => 80,
            Self::Reached => 100,
        }
    }

    /// The code that addresses use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Reached => "reached",
        }
    }
}

impl FromStr for Risk {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let known = [Self::Near, Self::Reached].into_iter().find(|risk| risk.code() == code);
        known.ok_or_else(|| Invalid::new("risk", "must be near or reached"))
    }
}

/// By what a table of members is sorted, and whether it begins with the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberSort {
    /// The column.
    pub by: SortBy,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A column that a table of members can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the table")]
pub enum SortBy {
    #[default]
    Name,
    Status,
    Limit,
    Used,
}

impl SortBy {
    const ALL: [Self; 4] = [Self::Name, Self::Status, Self::Limit, Self::Used];

    /// The code that addresses use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Status => "status",
            Self::Limit => "limit",
            Self::Used => "used",
        }
    }
}

/// Read the way that addresses have it: `used`, or `-used` with the largest first.
impl FromStr for MemberSort {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (code, descending) = match text.strip_prefix('-') {
            Some(code) => (code, true),
            None => (text, false),
        };
        let by = SortBy::ALL.into_iter().find(|by| by.code() == code);
        let by = by.ok_or_else(|| Invalid::new("sort", "must be name, status, limit or used"))?;
        Ok(Self { by, descending })
    }
}

impl TryFrom<String> for MemberSort {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<MemberSort> for String {
    fn from(sort: MemberSort) -> Self {
        let sign = if sort.descending { "-" } else { "" };
        format!("{sign}{}", sort.by.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_read_back() {
        for by in SortBy::ALL {
            for descending in [false, true] {
                let sort = MemberSort { by, descending };
                assert_eq!(String::from(sort).parse::<MemberSort>().unwrap(), sort);
            }
        }
        assert!("size".parse::<MemberSort>().is_err());
        assert_eq!("near".parse::<Risk>().unwrap(), Risk::Near);
    }

    #[test]
    fn a_search_is_trimmed_and_cut() {
        assert_eq!(Search::from("  ann ".to_owned()).as_str(), "ann");
        assert_eq!(Search::from("x".repeat(500)).as_str().len(), LONGEST_SEARCH);
    }
}
