//! Which members requests mean by the names that they use.

use domain::{input::MemberReference, views::MemberStatus};
use std::collections::HashMap;
use store::members::Member;
use uuid::Uuid;

/// Members by all the names that they go by.
pub(crate) struct Names<'a> {
    ids: HashMap<Uuid, &'a Member>,
    external_ids: HashMap<&'a str, &'a Member>,
    emails: HashMap<&'a str, &'a Member>,
}

impl<'a> Names<'a> {
    /// The names of the members that were found.
    pub(crate) fn of(found: &'a [Member]) -> Self {
        // Who was removed is found by id only: the other names can be somebody else's by now.
        let there = || found.iter().filter(|member| member.status != MemberStatus::Removed);
        let external = |member: &'a Member| Some((member.external_id.as_deref()?, member));
        Self {
            ids: found.iter().map(|member| (member.id.0, member)).collect(),
            external_ids: there().filter_map(external).collect(),
            emails: there().map(|member| (member.email.as_str(), member)).collect(),
        }
    }

    /// Who goes by `name`: an id before an external id before an email.
    pub(crate) fn find(&self, name: &MemberReference) -> Option<&'a Member> {
        let text = name.as_str();
        let named = text.parse().ok().and_then(|id: Uuid| self.ids.get(&id));
        named
            .or_else(|| self.external_ids.get(text))
            .or_else(|| self.emails.get(text.to_lowercase().as_str()))
            .copied()
    }
}
