//! Lists of members: for the page, for programs, as a file.

use crate::{
    Caller, Error, Result, Service, budgets, csv, cursor, member_edits::SavedMember,
    operators::one_more_than, reach::Reach,
};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    ids::MemberId,
    members::{JobRole, MemberFilter, MemberListInput, MemberOrder, MemberSort, OfSubtenant},
    period::TimeZone,
    views::{
        MemberChoice, Moment,
        members::{Choices, MemberEntry, Members, SubtenantChoice},
    },
};
use serde::Serialize;
use store::{
    Connection,
    member_lists::{Details, Part},
};
use utoipa::ToSchema;

/// Members on one page of the table.
const PAGE: i64 = 50;
/// The most members in one file.
const LARGEST_FILE: i64 = 100_000;
/// Subtenants that a form offers.
const OFFERED: i64 = 1_000;

/// A part of the members, in the order in which they were added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberList {
    /// The members.
    pub members: Vec<SavedMember>,
    /// Where the next part begins; `None`: this is the last.
    pub next_cursor: Option<String>,
}

impl Service {
    /// The page *Members*, and the member that a dialog is about.
    pub async fn members(
        &self,
        caller: &Caller,
        list: &MemberListInput,
        opened: Option<MemberId>,
    ) -> Result<Members> {
        caller.require(Action::ViewMembers)?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let organization = store::organizations::get(&mut transaction, id).await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let reach = Reach::of(&mut transaction, caller, Action::ViewMembers, now).await?;

        let part = Part { page: list.page(), size: PAGE, after: None };
        let (filter, order) = (list.filter()?, list.order()?);
        let (members, total) = found(&mut transaction, caller, reach, filter, order, part).await?;
        let pages = total.div_euclid(PAGE) + i64::from(total % PAGE > 0);
        let opened: Vec<MemberId> = opened.into_iter().collect();
        let opened = store::member_lists::details(&mut transaction, id, &opened).await?;
        let opened = opened.into_iter().find(|member| within(reach, member));
        let zone = organization.time_zone;
        let edits = [Action::ManageMembers, Action::EditUserQuotas];
        let budgets = match &opened {
            Some(member) if edits.iter().all(|action| caller.rights().allow(*action)) => {
                let mut loaded = self.load_unlocked(&mut transaction, id).await?;
                budgets::of_member(&mut transaction, &mut loaded, member.id).await?
            }
            _ => Vec::new(),
        };
        Ok(Members {
            seats_used: store::members::seats_used(&mut transaction, id).await?,
            seats: organization.seats,
            members: members.into_iter().map(|member| entry(member, zone, now)).collect(),
            total,
            page: list.page().min(pages.max(1)),
            pages,
            choices: choices(&mut transaction, caller, reach).await?,
            opened: opened.map(|member| entry(member, zone, now)),
            budgets,
            link: None,
        })
    }

    /// Up to `size` members in the order in which they were added, from `cursor` on.
    pub async fn list_members(
        &self,
        caller: &Caller,
        filter: MemberFilter,
        cursor: Option<&str>,
        size: usize,
    ) -> Result<MemberList> {
        caller.require(Action::ViewMembers)?;
        let after: Option<MemberId> = cursor.map(cursor::read).transpose()?;
        let mut transaction = self.store.snapshot(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        let reach = Reach::of(&mut transaction, caller, Action::ViewMembers, now).await?;
        let order = MemberOrder { by: MemberSort::Added, descending: false };
        let part = Part { page: 1, size: one_more_than(size), after };
        let (mut members, _) = found(&mut transaction, caller, reach, filter, order, part).await?;
        let next_cursor = cursor::cut(&mut members, size, |last| last.id)?;
        let members = members.into_iter().map(SavedMember::from).collect();
        Ok(MemberList { members, next_cursor })
    }

    /// One member.
    pub async fn member(&self, caller: &Caller, member: MemberId) -> Result<SavedMember> {
        caller.require(Action::ViewMembers)?;
        let mut transaction = self.store.snapshot(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        let reach = Reach::of(&mut transaction, caller, Action::ViewMembers, now).await?;
        let found = SavedMember::find(&mut transaction, caller.organization, member, None).await?;
        Some(found).filter(|found| reach.includes(found.subtenant)).ok_or(Error::NotFound("member"))
    }

    /// The whole list as CSV: the rows that the page shows, all pages of it.
    pub async fn export_members(&self, caller: &Caller, list: &MemberListInput) -> Result<String> {
        caller.require(Action::ViewMembers)?;
        let mut transaction = self.store.snapshot(caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        let reach = Reach::of(&mut transaction, caller, Action::ViewMembers, now).await?;
        let part = Part { page: 1, size: LARGEST_FILE, after: None };
        let (filter, order) = (list.filter()?, list.order()?);
        let (members, _) = found(&mut transaction, caller, reach, filter, order, part).await?;
        let header = [
            "email",
            "name",
            "status",
            "job_role",
            "subtenant",
            "roles",
            "external_id",
            "added_at",
            "joined_at",
        ];
        csv::table(header, members.into_iter().map(cells))
    }
}

fn cells(member: Details) -> [String; 9] {
    let roles: Vec<&str> = member.roles.iter().map(|role| role.code()).collect();
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    [
        member.email,
        member.name,
        member.status.code().to_owned(),
        member.job_role.code.to_string(),
        member.subtenant.map(|(_, name)| name).unwrap_or_default(),
        roles.join(";"),
        member.external_id.unwrap_or_default(),
        time(member.created_at),
        member.joined_at.map(time).unwrap_or_default(),
    ]
}

/// The members that `filter` asks for within `reach`, and how many there are on all pages.
pub(crate) async fn found(
    connection: &mut Connection,
    caller: &Caller,
    reach: Reach,
    mut filter: MemberFilter,
    order: MemberOrder,
    part: Part,
) -> Result<(Vec<Details>, i64)> {
    if let Reach::Of(mine) = reach {
        let asked = filter.subtenant;
        let mine = mine.map(OfSubtenant::Of);
        if mine.is_none() || asked.is_some_and(|asked| Some(asked) != mine) {
            return Ok((Vec::new(), 0));
        }
        filter.subtenant = mine;
    }
    let id = caller.organization;
    let (ids, total) = store::member_lists::search(connection, id, &filter, order, part).await?;
    Ok((store::member_lists::details(connection, id, &ids).await?, total))
}

/// Whether a member is within `reach`.
pub(crate) fn within(reach: Reach, member: &Details) -> bool {
    reach.includes(member.subtenant.as_ref().map(|(id, _)| *id))
}

/// A member as somebody who can be chosen.
pub(crate) fn choice(member: Details) -> MemberChoice {
    let Details { id, name, email, subtenant, .. } = member;
    MemberChoice { id, name, email, subtenant: subtenant.map(|(_, name)| name) }
}

/// What people do in the company, in the order of forms.
pub(crate) async fn job_roles(connection: &mut Connection) -> Result<Vec<JobRole>> {
    let roles = store::default_limits::job_roles(connection).await?.into_iter();
    Ok(roles.map(|role| JobRole { code: role.code, name: role.name }).collect())
}

async fn choices(connection: &mut Connection, caller: &Caller, reach: Reach) -> Result<Choices> {
    let id = caller.organization;
    let subtenants = store::subtenants::list(connection, id, OFFERED).await?;
    Ok(Choices {
        job_roles: job_roles(connection).await?,
        subtenants: subtenants
            .into_iter()
            .filter(|subtenant| reach.includes(Some(subtenant.id)))
            .map(|subtenant| SubtenantChoice { id: subtenant.id, name: subtenant.name })
            .collect(),
    })
}

fn entry(member: Details, zone: TimeZone, now: DateTime<Utc>) -> MemberEntry {
    let invited = member.invitation.map_or(member.created_at, |(at, _)| at);
    let since = zone.local_day(member.joined_at.unwrap_or(invited));
    MemberEntry {
        id: member.id,
        name: member.name,
        email: member.email,
        external_id: member.external_id,
        status: member.status,
        roles: member.roles,
        job_role: member.job_role,
        subtenant: member.subtenant.map(|(id, name)| SubtenantChoice { id, name }),
        since: since.format("%-d %b %Y").to_string(),
        invited_until: member.invitation.map(|(_, until)| Moment::new(until, zone, now)),
        version: member.version,
    }
}
