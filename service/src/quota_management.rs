//! The page *Quota Management*: what is left of the credits, and who may use how much of it.

use crate::{Caller, Error, Result, Service, default_limits::suggestion, loading::Loaded};
use chrono::{DateTime, Days, TimeDelta, Utc};
use domain::{
    access::Action,
    allocation::in_credits,
    amount::Amount,
    answer::{LimitReport, LimitScope},
    balances::Holder,
    ceilings::limits_of,
    decision::credits_left,
    ids::MemberId,
    input::Code,
    member_limits::{Allocation, even_caps},
    member_table::MemberQuery,
    packs,
    period::{Cycle, TimeZone, Window, billing_month},
    preview::{Facts, Limited},
    quotas::InForce,
    state::OrganizationState,
    views::{
        CreditsDialog, EvenShare, EvenShares, MemberEdit, MemberRow, MemberTable, Moment,
        PastLimit, Period, QuotaManagement,
    },
    warnings::{Observed, warnings},
};
use std::collections::HashMap;
use store::{Connection, members::Member};

/// Members on one page of the table.
const PAGE: i64 = 50;
/// Subtenants that the table can be narrowed down to.
const SUBTENANTS: i64 = 1_000;
/// Limits of the past that a dialog lists.
const HISTORY: i64 = 10;
/// Members that a preview looks at one by one.
const PREVIEWED: i64 = 100;
/// Days of use that a preview knows.
const KNOWN_DAYS: u64 = 100;

/// The dialog that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedDialog {
    /// *Edit Credit Settings*.
    Settings,
    /// The limits that new members start with.
    Defaults,
    /// *Distribute evenly*.
    Distribute,
    /// The limit of one member.
    Member(MemberId),
    /// One limit for these members.
    Several(Vec<MemberId>),
    /// One limit for all that the table finds.
    AllFound,
}

impl Service {
    /// The page: which members its table shows, from which page of it on, and what is edited.
    pub async fn quota_management(
        &self,
        caller: &Caller,
        query: MemberQuery,
        page: i64,
        dialog: Option<AskedDialog>,
    ) -> Result<QuotaManagement> {
        caller.require(Action::ViewCredits)?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut transaction, id).await?;
        let table = table(&mut transaction, &mut loaded, query, page).await?;
        let observed = observe(&mut transaction, &loaded).await?;
        let dialog = match dialog {
            Some(asked) if caller.rights.allow(asked.needs()) => {
                self.dialog(&mut transaction, &mut loaded, caller, asked, &table).await?
            }
            _ => None,
        };
        let seats_used = store::members::seats_used(&mut transaction, id).await?;
        let subtenants = store::subtenants::list(&mut transaction, id, SUBTENANTS).await?;

        let (state, now) = (&loaded.state, loaded.now);
        Ok(QuotaManagement {
            plan: loaded.organization.plan_name.clone(),
            billing_period: Period::new(billing_month(now), TimeZone::UTC, now),
            usage_window: Period::new(state.credit_window(now), state.credit_zone(now), now),
            seats_used,
            seats: loaded.organization.seats,
            plan_credits: state.plan.allowance.get(),
            plan_credits_used: state.allowance_used(now),
            plan_credits_left: state.allowance_left(now),
            extra_credits: packs::available(&state.packs, now),
            packs: packs_left(state, now),
            settings: loaded.settings.settings,
            used: loaded.used(),
            enterprise: enterprise(&loaded),
            allocation: observed.allocation,
            warnings: warnings(state, &observed, now),
            subtenants: subtenants.into_iter().map(|found| (found.id, found.name)).collect(),
            table,
            dialog,
        })
    }

    async fn dialog(
        &self,
        connection: &mut Connection,
        loaded: &mut Loaded,
        caller: &Caller,
        asked: AskedDialog,
        table: &MemberTable,
    ) -> Result<Option<CreditsDialog>> {
        Ok(Some(match asked {
            AskedDialog::Settings => CreditsDialog::Settings {
                version: loaded.settings.version,
                facts: Box::new(facts(connection, loaded).await?),
            },
            AskedDialog::Defaults => {
                CreditsDialog::Defaults(self.defaults_dialog(connection, caller).await?)
            }
            AskedDialog::Distribute => CreditsDialog::Distribute(even(connection, loaded).await?),
            AskedDialog::Member(member) => match rows(connection, loaded, &[member]).await?.pop() {
                Some(row) => CreditsDialog::Member(Box::new(edit(connection, loaded, row).await?)),
                None => return Ok(None),
            },
            AskedDialog::Several(mut members) => {
                let total = i64::try_from(members.len()).unwrap_or(i64::MAX);
                members.truncate(usize::try_from(PAGE).unwrap_or_default());
                let members = rows(connection, loaded, &members).await?;
                CreditsDialog::Several { members, total, all_found: false }
            }
            AskedDialog::AllFound => CreditsDialog::Several {
                members: table.members.clone(),
                total: table.total,
                all_found: true,
            },
        }))
    }

    /// The ids of all members that a table finds, for a change of all of them.
    pub async fn members_found(
        &self,
        caller: &Caller,
        query: &MemberQuery,
    ) -> Result<Vec<MemberId>> {
        caller.require(Action::ViewCredits)?;
        let mut transaction = self.store.snapshot(caller.organization).await?;
        let loaded = self.load_unlocked(&mut transaction, caller.organization).await?;
        let window = loaded.state.credit_window(loaded.now);
        // One more than can be changed at once: then the change says so.
        let (id, part) = (caller.organization, (0, 10_001));
        let found =
            store::member_table::find(&mut transaction, id, query, window, part, loaded.now);
        Ok(found.await?.members)
    }
}

impl AskedDialog {
    fn needs(&self) -> Action {
        match self {
            Self::Settings => Action::EditCreditSettings,
            _ => Action::EditMemberLimits,
        }
    }
}

async fn table(
    connection: &mut Connection,
    loaded: &mut Loaded,
    query: MemberQuery,
    page: i64,
) -> Result<MemberTable> {
    let (id, now) = (loaded.state.id, loaded.now);
    let window = loaded.state.credit_window(now);
    let page = page.clamp(1, i64::MAX / PAGE);
    let part = ((page - 1) * PAGE, PAGE);
    let found = store::member_table::find(connection, id, &query, window, part, now).await?;
    if found.members.is_empty() && page > 1 {
        // There are fewer pages by now, or never were as many.
        return Box::pin(table(connection, loaded, query, 1)).await;
    }
    let pages = found.total.div_euclid(PAGE) + i64::from(found.total % PAGE > 0);
    let members = rows(connection, loaded, &found.members).await?;
    Ok(MemberTable { query, members, total: found.total, page, pages })
}

/// Rows for `members`, in this order; one that is not there is left out.
async fn rows(
    connection: &mut Connection,
    loaded: &mut Loaded,
    members: &[MemberId],
) -> Result<Vec<MemberRow>> {
    let (id, now) = (loaded.state.id, loaded.now);
    let names: Vec<String> = members.iter().map(ToString::to_string).collect();
    let found = store::members::find(connection, id, &names, now).await?;
    loaded.add_credits_of(connection, &found).await?;
    let places = store::member_table::places(connection, id, members).await?;
    let mut subtenants: HashMap<MemberId, String> =
        places.into_iter().filter_map(|place| Some((place.member, place.subtenant?))).collect();
    let by_id: HashMap<MemberId, Member> =
        found.into_iter().map(|member| (member.id, member)).collect();
    let standing = store::member_limits::standing(connection, id, members, now).await?;
    let row = |standing: store::member_limits::Standing| {
        let member = by_id.get(&standing.member)?;
        let subtenant = subtenants.remove(&member.id);
        Some(row(loaded, member, &standing, subtenant))
    };
    Ok(standing.into_iter().filter_map(row).collect())
}

fn row(
    loaded: &Loaded,
    member: &Member,
    standing: &store::member_limits::Standing,
    subtenant: Option<String>,
) -> MemberRow {
    let (state, now) = (&loaded.state, loaded.now);
    let in_state = state.members.get(&member.id);
    let zone = loaded.organization.time_zone;
    MemberRow {
        id: member.id,
        name: member.name.clone(),
        email: member.email.clone(),
        status: member.status,
        subtenant,
        schedule: standing.schedule,
        ends: standing.schedule.ends_at.map(|end| Moment::new(end, zone, now)),
        limit: in_state.and_then(|member| member.limit(now)).map(Amount::get),
        used: state.credits(Holder::Member(member.id), state.credit_window(now)).used,
        left: credits_left(state, in_state, now),
        version: standing.version,
    }
}

/// What is known of all members together.
async fn observe(connection: &mut Connection, loaded: &Loaded) -> Result<Observed> {
    let (state, now) = (&loaded.state, loaded.now);
    let window = state.credit_window(now);
    let together = store::credit_use::together(connection, state.id, window, now).await?;
    let weeks = match state.settings.cycle {
        Cycle::Weekly => last_weeks(connection, loaded, window).await?,
        Cycle::Monthly | Cycle::Custom(_) => Vec::new(),
    };
    let allocation = Allocation {
        active: together.active,
        limited: together.limited,
        promised: together.promised,
        base: state.percentage_base(now).get(),
    };
    Ok(Observed { allocation, reached: together.reached, past: together.past, weeks })
}

/// What everyone used in the four whole weeks before this one.
async fn last_weeks(
    connection: &mut Connection,
    loaded: &Loaded,
    this_week: Window,
) -> Result<Vec<i64>> {
    let zone = loaded.organization.time_zone;
    let monday = zone.local_day(this_week.starts_at);
    let first = monday - Days::new(28);
    let from = zone.first_instant(first);
    let days = store::credit_use::by_day(connection, loaded.state.id, zone, from).await?;
    let mut weeks = vec![0; 4];
    for (day, taken) in days {
        let week = usize::try_from((day - first).num_days() / 7).ok();
        if let Some(sum) = week.and_then(|week| weeks.get_mut(week)) {
            *sum += taken.all;
        }
    }
    Ok(weeks)
}

/// What the effect of other settings is worked out from.
async fn facts(connection: &mut Connection, loaded: &Loaded) -> Result<Facts> {
    let (state, now) = (&loaded.state, loaded.now);
    let zone = loaded.organization.time_zone;
    let today = zone.local_day(now);
    let known_from = today - Days::new(KNOWN_DAYS);
    let from = zone.first_instant(known_from);
    let (window, month) = (state.credit_window(now), billing_month(now));
    let together = store::credit_use::together(connection, state.id, window, now).await?;
    let (since, most) = ((from, month.starts_at), (PREVIEWED, now));
    let limited = store::credit_use::limited_by_day(connection, state.id, zone, since, most);
    let limited: Vec<Limited> = limited
        .await?
        .into_iter()
        .map(|of| Limited { name: of.name, cap: of.cap, month: of.month, days: of.days })
        .collect();
    Ok(Facts {
        today,
        zone: zone.to_string(),
        known_from,
        allowance: state.plan.allowance,
        allowance_left: state.allowance_left(now),
        packs: packs::available(&state.packs, now),
        sharing: together.active - together.limited,
        days: store::credit_use::by_day(connection, state.id, zone, from).await?,
        more: together.limited - i64::try_from(limited.len()).unwrap_or(0),
        limited,
    })
}

async fn edit(
    connection: &mut Connection,
    loaded: &Loaded,
    member: MemberRow,
) -> Result<MemberEdit> {
    let (id, now) = (loaded.state.id, loaded.now);
    let zone = loaded.organization.time_zone;
    let history = store::member_limits::history(connection, id, member.id, HISTORY, now).await?;
    let window = loaded.state.credit_window(now);
    let set_at = history.first().map(|(_, limit)| limit).filter(|limit| limit.at(now));
    let used_before = match set_at {
        Some(limit) if limit.from > window.starts_at => {
            let before = (window.starts_at, limit.from);
            store::credit_use::of_member(connection, id, member.id, before).await?
        }
        _ => 0,
    };
    let places = store::member_table::places(connection, id, &[member.id]).await?;
    let job_role = places.into_iter().next().ok_or(Error::NotFound("member"))?.job_role;
    let job_roles = store::default_limits::job_roles(connection).await?;
    let job_role = job_roles.iter().find(|role| role.code == job_role);
    let last_day = |end: DateTime<Utc>| zone.local_day(end - TimeDelta::nanoseconds(1)).to_string();
    let past = |(cap, limit): (_, InForce<Amount>)| PastLimit {
        cap,
        credits: limit.value.get(),
        from: zone.local_text(limit.from),
        to: limit.to.filter(|to| *to <= now).map(|to| zone.local_text(to)).unwrap_or_default(),
    };
    Ok(MemberEdit {
        last_day: member.schedule.ends_at.map(last_day).unwrap_or_default(),
        member,
        base: loaded.state.percentage_base(now).get(),
        used_before,
        suggestion: suggestion(job_role.ok_or(Error::NotFound("job role"))?),
        history: history.into_iter().map(past).collect(),
    })
}

async fn even(connection: &mut Connection, loaded: &Loaded) -> Result<EvenShares> {
    let (id, now) = (loaded.state.id, loaded.now);
    let base = loaded.state.percentage_base(now);
    let active = store::members::active(connection, id, 10_001).await?;
    let caps = even_caps(active.len(), base);
    let credits = in_credits(&caps, base);
    let first = &active[..active.len().min(usize::try_from(PAGE).unwrap_or_default())];
    let standing = store::member_limits::standing(connection, id, first, now).await?;
    let shares =
        standing.into_iter().zip(caps).zip(credits).map(|((of, cap), credits)| EvenShare {
            name: of.name,
            before: of.schedule.cap.zip(of.amount.map(Amount::get)),
            after: (cap, credits.get()),
        });
    Ok(EvenShares {
        base: base.get(),
        members: i64::try_from(active.len()).unwrap_or(i64::MAX),
        first: shares.collect(),
    })
}

/// Packs that still hold credits.
fn packs_left(state: &OrganizationState, now: DateTime<Utc>) -> i64 {
    let left = state.packs.iter().filter(|pack| pack.available(now) > 0).count();
    i64::try_from(left).unwrap_or(i64::MAX)
}

/// The enterprise limit as a member without a limit of their own meets it.
fn enterprise(loaded: &Loaded) -> Option<LimitReport> {
    limits_of(&loaded.state, None, &Code::credits(), loaded.now)
        .into_iter()
        .find(|limit| limit.scope == LimitScope::Organization)
}
