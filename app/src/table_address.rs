//! The address of *Quota Management*: which members its table shows. Dialogs are states of the
//! same address, so that they work without JavaScript.

use domain::{
    ids::SubtenantId,
    member_table::{MemberQuery, MemberSort},
};
use form_urlencoded::{Serializer, parse};

/// Its path.
pub(crate) const QUOTA_MANAGEMENT: &str = "/enterprise/quota-management";

/// A part of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableAddress {
    /// Which members.
    pub(crate) query: MemberQuery,
    /// From which page on; 0 and 1 are the first.
    pub(crate) page: i64,
}

impl TableAddress {
    /// Reads the query of an address; what makes no sense is left out.
    pub(crate) fn read(query: &str) -> Self {
        let get = |name: &str| {
            let mut pairs = parse(query.trim_start_matches('?').as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let query = MemberQuery {
            search: get("q").unwrap_or_default().into(),
            status: get("status").and_then(|text| text.parse().ok()),
            subtenant: get("subtenant").and_then(|text| text.parse().ok()).map(SubtenantId),
            risk: get("risk").and_then(|text| text.parse().ok()),
            sort: get("sort").and_then(|text| text.parse().ok()).unwrap_or_default(),
        };
        Self { query, page: get("page").and_then(|text| text.parse().ok()).unwrap_or_default() }
    }

    /// The query of the address, without what goes without saying.
    pub(crate) fn query_string(&self) -> String {
        self.serialize(&[])
    }

    /// The whole address.
    pub(crate) fn here(&self) -> String {
        self.with(&[])
    }

    /// The whole address with more in its query, such as the dialog that is open.
    pub(crate) fn with(&self, more: &[(&str, &str)]) -> String {
        match self.serialize(more).as_str() {
            "" => QUOTA_MANAGEMENT.to_owned(),
            query => format!("{QUOTA_MANAGEMENT}?{query}"),
        }
    }

    /// The same members in another order, from the first page on.
    pub(crate) fn sorted(&self, sort: MemberSort) -> Self {
        Self { query: MemberQuery { sort, ..self.query.clone() }, page: 1 }
    }

    /// Another page of the same.
    pub(crate) fn on_page(&self, page: i64) -> Self {
        Self { page, ..self.clone() }
    }

    fn serialize(&self, more: &[(&str, &str)]) -> String {
        let MemberQuery { search, status, subtenant, risk, sort } = &self.query;
        let mut query = Serializer::new(String::new());
        if !search.as_str().is_empty() {
            query.append_pair("q", search.as_str());
        }
        if let Some(status) = status {
            query.append_pair("status", status.code());
        }
        if let Some(subtenant) = subtenant {
            query.append_pair("subtenant", &subtenant.to_string());
        }
        if let Some(risk) = risk {
            query.append_pair("risk", risk.code());
        }
        if *sort != MemberSort::default() {
            query.append_pair("sort", &String::from(*sort));
        }
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
        }
        query.extend_pairs(more).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back() {
        for text in ["", "q=Ann+%26+co&status=active&risk=near&sort=-used&page=3", "sort=limit"] {
            assert_eq!(TableAddress::read(text).query_string(), text);
        }
    }

    #[test]
    fn what_makes_no_sense_or_goes_without_saying_is_left_out() {
        let read =
            TableAddress::read("?status=gone&sort=name&page=1&subtenant=x&edit=settings&q=+");
        assert_eq!(read.here(), QUOTA_MANAGEMENT);
        let settings = read.on_page(2).with(&[("edit", "settings")]);
        assert_eq!(settings, "/enterprise/quota-management?page=2&edit=settings");
    }
}
