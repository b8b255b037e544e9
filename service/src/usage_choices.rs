//! What somebody who looks at the past can choose from.

use crate::{Caller, Error, Result, Service, member_lists, reach::Reach, usage_history::today};
use chrono::NaiveDate;
use domain::{
    access::Action,
    ids::MemberId,
    input::Search,
    members::{MemberFilter, MemberOrder, MemberSort},
    period::TimeZone,
    plan_report::Meter,
    views::{MemberChoice, members::SubtenantChoice},
};
use store::member_lists::Part;

/// Members that are offered at most.
const PICKED: i64 = 20;
/// Subtenants that are offered at most.
const OFFERED: i64 = 1_000;

/// What can be chosen, and what was.
#[derive(Clone, Debug)]
pub struct UsageChoices {
    /// All meters, by group.
    pub meters: Vec<Meter>,
    /// The codes and names of operations, by name.
    pub operations: Vec<(String, String)>,
    /// The subtenants that the caller sees.
    pub subtenants: Vec<SubtenantChoice>,
    /// The member that was chosen, if the caller sees them.
    pub member: Option<MemberChoice>,
    /// Members who match what was looked for.
    pub found: Vec<MemberChoice>,
    /// Where the organization's days begin.
    pub zone: TimeZone,
    /// Which day today is there.
    pub today: NaiveDate,
    /// Whether all members see all of this; `None` for those who can't change that.
    pub shared: Option<bool>,
    /// The organization's currency, for amounts of money.
    pub currency: String,
}

impl Service {
    /// What can be chosen, with the members that `search` finds; all of them where one has to be
    /// chosen.
    pub async fn usage_choices(
        &self,
        caller: &Caller,
        member: Option<MemberId>,
        search: Option<&Search>,
    ) -> Result<UsageChoices> {
        caller.require(Action::ViewUsage)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let organization = store::organizations::get(&mut snapshot, id).await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let reach = Reach::of(&mut snapshot, caller, Action::ViewUsage, now).await?;
        let filter =
            MemberFilter { search: search.map(ToString::to_string), ..MemberFilter::default() };
        let order = MemberOrder { by: MemberSort::Name, descending: false };
        let part = Part { page: 1, size: PICKED, after: None };
        let (found, _) =
            member_lists::found(&mut snapshot, caller, reach, filter, order, part).await?;
        let members: Vec<MemberId> = member.into_iter().collect();
        let chosen = store::member_lists::details(&mut snapshot, id, &members).await?.pop();
        let subtenants = store::subtenants::list(&mut snapshot, id, OFFERED).await?.into_iter();
        let subtenants = subtenants.filter(|subtenant| reach.includes(Some(subtenant.id)));
        let operations = store::rate_card::operations(&mut snapshot, None).await?.into_iter();
        Ok(UsageChoices {
            meters: store::catalogue::meters(&mut snapshot).await?,
            operations: operations.map(|of| (of.code.to_string(), of.name)).collect(),
            subtenants: subtenants
                .map(|found| SubtenantChoice { id: found.id, name: found.name })
                .collect(),
            member: chosen
                .filter(|found| member_lists::within(reach, found))
                .map(member_lists::choice),
            found: found.into_iter().map(member_lists::choice).collect(),
            zone: organization.time_zone,
            today: today(organization.time_zone, now),
            shared: caller.rights.allow(Action::ShareUsage).then_some(organization.usage_shared),
            currency: organization.currency.to_string(),
        })
    }
}
