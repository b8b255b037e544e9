//! Who is told of what, by what the organization has set and by the rights that people have.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::{
    access::{Action, Rights, Role, roles_for},
    alerts::{AlertSettings, LevelAlerts},
    answer::{LimitScope, ScopeId},
    ids::{MemberId, OrganizationId, SubtenantId},
    notices::{LimitReached, News},
};
use std::collections::BTreeSet;
use store::Connection;

/// People who are told of one event, at most.
const MOST: i64 = 1_000;

/// The active members who are told of `news`.
pub(super) async fn of(
    connection: &mut Connection,
    id: OrganizationId,
    news: &News,
    now: DateTime<Utc>,
) -> Result<Vec<MemberId>> {
    let mut people = Recipients { connection, id, found: BTreeSet::new() };
    match news {
        News::LimitReached(limit) => people.add_those_of(limit).await?,
        News::RaiseRequested(asked) => {
            let member = store::members::get(people.connection, id, asked.member, now).await?;
            let subtenant = member.and_then(|member| member.subtenant);
            people.add_those_who_answer(subtenant).await?;
            // Nobody grants anything to themselves.
            people.found.remove(&asked.member);
        }
        News::RaiseAnswered(answered) => people.add(&[answered.asked.member]).await?,
        News::WeeklyDigest(_) | News::MonthReport(_) => {
            let settings = people.settings().await?;
            people.add_level(&settings.organization).await?;
        }
        News::ChannelTest { .. } => {}
    }
    Ok(people.found.into_iter().collect())
}

/// People while they are put together.
struct Recipients<'a> {
    connection: &'a mut Connection,
    id: OrganizationId,
    found: BTreeSet<MemberId>,
}

impl Recipients<'_> {
    async fn settings(&mut self) -> Result<AlertSettings> {
        let settings = store::alerts::settings(self.connection, self.id).await?;
        Ok(settings.map(|(settings, _)| settings).unwrap_or_default())
    }

    async fn add(&mut self, members: &[MemberId]) -> Result<()> {
        self.found.extend(store::recipients::active_of(self.connection, self.id, members).await?);
        Ok(())
    }

    async fn add_roles(&mut self, roles: &[Role], subtenant: Option<SubtenantId>) -> Result<()> {
        let found =
            store::recipients::with_roles(self.connection, self.id, roles, subtenant, MOST).await?;
        self.found.extend(found);
        Ok(())
    }

    /// Administrators and those who are named.
    async fn add_level(&mut self, level: &LevelAlerts) -> Result<()> {
        if level.administrators {
            let roles: Vec<Role> = roles_for(Action::EditCreditSettings).collect();
            self.add_roles(&roles, None).await?;
        }
        self.add(&level.people).await
    }

    async fn add_those_of(&mut self, limit: &LimitReached) -> Result<()> {
        let settings = self.settings().await?;
        let level = settings.level(limit.scope);
        self.add_level(level).await?;
        match (limit.scope, &limit.scope_id) {
            (LimitScope::Member, ScopeId::Id(member)) if level.concerned => {
                self.add(&[MemberId(*member)]).await
            }
            (LimitScope::Subtenant, ScopeId::Id(subtenant)) if level.concerned => {
                let roles = [Role::SubtenantAdministrator];
                self.add_roles(&roles, Some(SubtenantId(*subtenant))).await
            }
            _ => Ok(()),
        }
    }

    /// Those who may answer a request of a member of `subtenant`.
    async fn add_those_who_answer(&mut self, subtenant: Option<SubtenantId>) -> Result<()> {
        let answer = Action::AnswerRaiseRequests;
        let (own, everywhere): (Vec<Role>, Vec<Role>) =
            roles_for(answer).partition(|role| Rights::of(vec![*role]).own_subtenant_only(answer));
        self.add_roles(&everywhere, None).await?;
        if subtenant.is_some() {
            self.add_roles(&own, subtenant).await?;
        }
        Ok(())
    }
}
