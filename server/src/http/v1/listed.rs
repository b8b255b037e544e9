//! What the queries of lists have in common.

use domain::{
    ids::MemberId,
    input::{Code, Invalid},
};
use serde::Deserialize;
use service::WorkFilter;
use std::str::FromStr;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which part of a list is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// The `next_cursor` of the part before.
    pub cursor: Option<String>,
}

/// Things of one answer: as many as are asked for, up to a limit.
const USUAL: usize = 50;
const MOST: usize = 200;

/// How many things a list is to answer with.
pub(super) fn limit(text: Option<&str>) -> Result<usize, Invalid> {
    let limit = text.map_or(Ok(USUAL), str::parse).ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Invalid::new("limit", format!("must be between 1 and {MOST}")))
}

/// What a query names of work, before it is checked.
pub(super) struct WorkQuery {
    pub state: Option<String>,
    pub member: Option<String>,
    pub operation: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<String>,
}

impl WorkQuery {
    pub(super) fn parse<S: FromStr<Err = Invalid>>(self) -> Result<WorkFilter<S>, Invalid> {
        let operation = self.operation.map(|operation| code("operation", &operation));
        Ok(WorkFilter {
            state: self.state.map(|state| state.parse()).transpose()?,
            member: self.member.as_deref().map(member).transpose()?,
            operation: operation.transpose()?,
            cursor: self.cursor,
            size: limit(self.limit.as_deref())?,
        })
    }
}

/// A code of the catalogue in a query or in a body.
pub(super) fn code(field: &str, text: &str) -> Result<Code, Invalid> {
    text.parse().map_err(|invalid: Invalid| invalid.at(field))
}

/// A member in a query.
fn member(text: &str) -> Result<MemberId, Invalid> {
    let id: Result<Uuid, _> = text.parse();
    id.map(MemberId).map_err(|_| Invalid::new("member", "must be an id"))
}
