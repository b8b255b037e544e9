//! `Accept`: the API answers JSON, and says so to whoever takes nothing of that kind.

use super::problem::Problem;
use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

/// What the API answers.
const ANSWERED: [(&str, &str); 2] = [("application", "json"), ("application", "problem+json")];

/// Refuses requests that exclude everything that the API answers.
pub(super) async fn json(request: Request, next: Next) -> Response {
    if takes_json(request.headers()) {
        return next.run(request).await;
    }
    let detail = "The API answers application/json, and problems as application/problem+json. \
        The header Accept excludes both.";
    Problem::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", detail).into_response()
}

/// Whether one of the types that the API answers is taken. No header, or one that can't be read as text,
/// excludes nothing.
fn takes_json(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter();
    let ranges: Vec<Range<'_>> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::read)
        .collect();
    ranges.is_empty() || ANSWERED.iter().any(|of| takes(&ranges, *of))
}

/// The most specific range that a type is in has the say (RFC 9110, section 12.5.1).
fn takes(ranges: &[Range<'_>], of: (&str, &str)) -> bool {
    let closest =
        ranges.iter().filter(|range| range.holds(of)).max_by_key(|range| range.specific());
    closest.is_some_and(|range| !range.excluded)
}

/// A media range, such as `application/*;q=0.5`.
struct Range<'a> {
    kind: &'a str,
    subkind: &'a str,
    /// Whether its weight is zero: not this.
    excluded: bool,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subkind) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| {
            part.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        });
        let excluded = weight.is_some_and(|(_, weight)| {
            let weight = weight.trim();
            weight.starts_with('0') && weight.bytes().all(|byte| matches!(byte, b'0' | b'.'))
        });
        Some(Self { kind, subkind, excluded })
    }

    fn holds(&self, (kind, subkind): (&str, &str)) -> bool {
        let is = |range: &str, what: &str| range == "*" || range.eq_ignore_ascii_case(what);
        is(self.kind, kind) && is(self.subkind, subkind)
    }

    fn specific(&self) -> usize {
        [self.kind, self.subkind].iter().filter(|part| **part != "*").count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn whoever_takes_json_or_problems_is_answered() {
        let takes = |accept: &'static str| {
            takes_json(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        for good in [
            "*/*",
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/problem+json",
            "application/*;q=0.1",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "text/html, */*;q=0, application/json",
            "application/json;q=0, application/problem+json",
            "",
        ] {
            assert!(takes(good), "{good}");
        }
        for bad in [
            "text/html",
            "application/xml, text/*",
            "application/json;q=0",
            "*/*;q=0.000",
            "application/*;q=0, */*",
        ] {
            assert!(!takes(bad), "{bad}");
        }
        assert!(takes_json(&HeaderMap::new()));
    }
}
