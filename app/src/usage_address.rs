//! What is asked of the past: the query of *Usage history*, of its file and of *Ledger*.

#[cfg(feature = "ssr")]
use {crate::navigation::address, domain::history::HistoryInput, form_urlencoded::parse};

/// What was used by day.
pub(crate) const HISTORY: &str = "/usage/history";
/// The same as a file.
#[cfg(feature = "ssr")]
pub(crate) const HISTORY_CSV: &str = "/usage/history.csv";
/// The entries behind it.
pub(crate) const LEDGER: &str = "/usage/ledger";

/// Reads the query of an address; what is unknown is left out.
#[cfg(feature = "ssr")]
pub(crate) fn read(query: &str) -> HistoryInput {
    let mut input = HistoryInput::default();
    for (name, value) in parse(query.trim_start_matches('?').as_bytes()) {
        let field = match &*name {
            "meter" => &mut input.meter,
            "from" => &mut input.from,
            "to" => &mut input.to,
            "by" => &mut input.by,
            "member" => &mut input.member,
            "subtenant" => &mut input.subtenant,
            "operation" => &mut input.operation,
            "zone" => &mut input.zone,
            _ => continue,
        };
        *field = value.into_owned();
    }
    input
}

/// What is looked for in names and emails.
#[cfg(feature = "ssr")]
pub(crate) fn search(query: &str) -> String {
    field(query, "search").unwrap_or_default()
}

/// Where a list goes on.
#[cfg(feature = "ssr")]
pub(crate) fn cursor(query: &str) -> Option<String> {
    field(query, "cursor").filter(|cursor| !cursor.is_empty())
}

/// A field of a query.
#[cfg(feature = "ssr")]
pub(crate) fn field(query: &str, wanted: &str) -> Option<String> {
    let mut fields = parse(query.trim_start_matches('?').as_bytes());
    fields.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

/// The address of one of these pages.
#[cfg(feature = "ssr")]
pub(crate) fn at(path: &str, input: &HistoryInput) -> String {
    with(path, input, "", "")
}

/// The same with one more field.
#[cfg(feature = "ssr")]
pub(crate) fn with(path: &str, input: &HistoryInput, name: &str, value: &str) -> String {
    let HistoryInput { meter, from, to, by, member, subtenant, operation, zone } = input;
    let fields = [
        ("meter", meter),
        ("from", from),
        ("to", to),
        ("by", by),
        ("member", member),
        ("subtenant", subtenant),
        ("operation", operation),
        ("zone", zone),
    ];
    let fields = fields.map(|(name, value)| (name, value.as_str()));
    address(path, &[&fields[..], &[(name, value)]].concat())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        for query in ["", "meter=emails&by=member&zone=Asia%2FTokyo", "from=2026-11-01&member=none"]
        {
            assert_eq!(at("", &read(query)).trim_start_matches('?'), query);
        }
        assert_eq!(with(LEDGER, &read("by=x&y=z"), "cursor", "c"), "/usage/ledger?by=x&cursor=c");
    }
}
