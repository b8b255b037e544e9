//! The pages *Usage Quotas* and *User Quotas*: what was spent, what can still be, and which quotas
//! say so (SPEC section 6).

use crate::{
    Caller, Error, Result, Service, budgets, loading::Loaded, member_lists, quota_history,
    quotas::without_feature, reach::Reach,
};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    answer::LimitReport,
    balances::{Holder, Path},
    ids::{MemberId, QuotaId, SubtenantId},
    input::{Code, Search},
    members::{MemberFilter, MemberOrder, MemberSort},
    money::{MoneyFormat, SPEND_SCALE},
    period::{Period, PeriodKind, TimeZone},
    quotas::Maker,
    spend::{PERIODS, SpendReport, spend_reports},
    views::{
        BindingLimit, MemberChoice, Moment, Money, OpenQuota, QuotaRow, QuotaScope, QuotasPage,
        SpendCard, UserQuotasPage, members::SubtenantChoice,
    },
};
use std::collections::HashMap;
use store::{
    Connection,
    audit_log::Named,
    member_lists::Part,
    quotas::{Quota, Wanted},
};
use uuid::Uuid;

/// Quotas on one page of the grid.
const PAGE: i64 = 20;
/// Members that the picker offers at most.
const PICKED: i64 = 20;
/// Subtenants that the selector offers at most.
const OFFERED: i64 = 1_000;

/// Which part of the grid is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskedQuotas {
    /// The page, from 1; past the end is the last.
    pub page: i64,
    /// A quota that is to be changed or deleted.
    pub open: Option<QuotaId>,
}

impl Service {
    /// The page *Usage Quotas* of the whole organization or of one of its subtenants.
    pub async fn usage_quotas(
        &self,
        caller: &Caller,
        subtenant: Option<SubtenantId>,
        asked: AskedQuotas,
    ) -> Result<QuotasPage> {
        caller.require(Action::ViewUsageQuotas)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let choices = store::subtenants::list(&mut snapshot, id, OFFERED).await?.into_iter();
        let mut choices: Vec<SubtenantChoice> =
            choices.map(|found| SubtenantChoice { id: found.id, name: found.name }).collect();
        let scope = match subtenant {
            None => QuotaScope::Organization,
            Some(subtenant) => {
                let found = store::subtenants::get(&mut snapshot, id, subtenant).await?;
                let found = found.ok_or(Error::NotFound("subtenant"))?;
                let shown = SubtenantChoice { id: found.id, name: found.name };
                if !choices.contains(&shown) {
                    choices.push(shown.clone());
                }
                QuotaScope::Subtenant(shown)
            }
        };
        let path = Path { subtenant, member: None };
        let page = quotas_page(&mut snapshot, &mut loaded, (scope, path), asked).await?;
        Ok(QuotasPage { subtenants: choices, ..page })
    }

    /// The page *User Quotas*: members who are looked for, and the quotas of one of them.
    pub async fn user_quotas(
        &self,
        caller: &Caller,
        search: Option<Search>,
        member: Option<MemberId>,
        asked: AskedQuotas,
    ) -> Result<UserQuotasPage> {
        caller.require(Action::ViewUserQuotas)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        let reach = Reach::of(&mut snapshot, caller, Action::ViewUserQuotas, loaded.now).await?;
        let wanted = search.as_ref().map(ToString::to_string);
        let filter = MemberFilter { search: wanted, ..MemberFilter::default() };
        let order = MemberOrder { by: MemberSort::Name, descending: false };
        let part = Part { page: 1, size: PICKED, after: None };
        let (found, total) =
            member_lists::found(&mut snapshot, caller, reach, filter, order, part).await?;
        let (chosen, budgets) = match member {
            None => (None, Vec::new()),
            Some(member) => {
                let found = store::member_lists::details(&mut snapshot, id, &[member]).await?.pop();
                let found = found.filter(|found| member_lists::within(reach, found));
                let found = found.ok_or(Error::NotFound("member"))?;
                let subtenant = found.subtenant.as_ref().map(|(id, _)| *id);
                let path = Path { subtenant, member: Some(member) };
                let scope = (QuotaScope::Member(member_lists::choice(found)), path);
                let page = quotas_page(&mut snapshot, &mut loaded, scope, asked).await?;
                (Some(page), budgets::of_member(&mut snapshot, &mut loaded, member).await?)
            }
        };
        Ok(UserQuotasPage {
            search,
            more: total > PICKED,
            members: found.into_iter().map(member_lists::choice).collect(),
            own_only: reach != Reach::Everybody,
            chosen,
            budgets,
        })
    }

    /// How the organization's people write money.
    pub async fn money_format(&self, caller: &Caller) -> Result<MoneyFormat> {
        let mut connection = self.store.read(caller.organization).await?;
        let found = store::organizations::get(&mut connection, caller.organization).await?;
        let found = found.ok_or(Error::NotFound("organization"))?;
        Ok(MoneyFormat::of(found.currency.as_str()))
    }
}

/// Spending at the end of a path, and the quotas there.
async fn quotas_page(
    connection: &mut Connection,
    loaded: &mut Loaded,
    (scope, path): (QuotaScope, Path),
    asked: AskedQuotas,
) -> Result<QuotasPage> {
    let (id, meter) = (loaded.state.id, Code::spend());
    let below: Vec<Holder> = path.holders().skip(1).collect();
    loaded.add_quotas(connection, &below).await?;
    loaded.add_balances(connection, [(path, meter.clone())]).await?;
    let holder = path.holders().last().unwrap_or(Holder::Organization);
    let account = (holder, meter.clone());
    let wanted = Wanted {
        meter: Some(&meter),
        // Of the whole organization the quotas of its parts are shown as well.
        holder: Some(holder).filter(|holder| *holder != Holder::Organization),
        user: path.member.is_some(),
        ..Wanted::newest_on(&account)
    };
    let total = store::quotas::count(connection, id, wanted).await?;
    let pages = total.div_euclid(PAGE) + i64::from(total % PAGE > 0);
    let page = asked.page.clamp(1, pages.max(1));
    let wanted = Wanted { offset: (page - 1) * PAGE, size: PAGE, ..wanted };
    let listed = store::quotas::list(connection, id, wanted, loaded.now).await?;
    let in_force = quota_history::current(connection, id, &account, loaded.now).await?;
    let open = match asked.open {
        None => None,
        Some(open) => Some(quota_history::find(connection, id, open, loaded.now).await?)
            .filter(|found| found.meter == meter && wanted_holder(wanted, found.holder)),
    };
    let afterwards = match &open {
        None => None,
        Some(open) => quota_history::predecessor(connection, id, open, loaded.now).await?,
    };
    let shown = listed.iter().chain(&in_force).chain(&open).chain(&afterwards);
    let ids: Vec<Uuid> = shown.flat_map(ids).collect();
    let names = store::audit_log::names(connection, id, &ids).await?;
    let restricted = without_feature(connection, loaded).await?;

    let (state, now, organization) = (&loaded.state, loaded.now, &loaded.organization);
    let zone = state.calendar.zone();
    let reader =
        Reader { money: MoneyFormat::of(organization.currency.as_str()), zone, names, now };
    let reports = spend_reports(state, path, now);
    Ok(QuotasPage {
        scope,
        currency: organization.currency.clone(),
        example: reader.money.example(),
        zone: zone.to_string(),
        cards: reports.iter().map(|report| reader.card(report)).collect(),
        rows: listed.iter().map(|quota| reader.row(quota)).collect(),
        total,
        page,
        pages,
        in_force: in_force.as_ref().map(|quota| reader.row(quota)),
        open: open.as_ref().map(|open| OpenQuota {
            quota: reader.row(open),
            afterwards: afterwards.as_ref().map(|quota| reader.row(quota)),
        }),
        restricted,
        subtenants: Vec::new(),
    })
}

/// Whether quotas of `holder` are among those that are wanted.
fn wanted_holder(wanted: Wanted<'_>, holder: Holder) -> bool {
    let of_member = matches!(holder, Holder::Member(_));
    wanted.holder.is_none_or(|wanted| wanted == holder) && (wanted.user || !of_member)
}

/// Everybody and everything that a quota names.
fn ids(quota: &Quota) -> impl Iterator<Item = Uuid> + use<> {
    let holder = match quota.holder {
        Holder::Organization => None,
        Holder::Subtenant(subtenant) => Some(subtenant.0),
        Holder::Member(member) => Some(member.0),
    };
    holder.into_iter().chain(quota.made_by.id)
}

/// What is needed to tell quotas in words.
struct Reader {
    money: MoneyFormat,
    zone: TimeZone,
    names: HashMap<Uuid, Named>,
    now: DateTime<Utc>,
}

impl Reader {
    fn money(&self, amount: i64) -> String {
        self.money.text(amount, SPEND_SCALE)
    }

    fn card(&self, report: &SpendReport) -> SpendCard {
        SpendCard {
            period: report.period,
            used: self.money(report.used),
            held: (report.reserved > 0).then(|| self.money(report.reserved)),
            available: report.available().map(|available| self.money(available)),
            bound_by: report.bound_by.as_ref().and_then(|limit| self.binding(limit)),
            resets: Moment::new(report.window.ends_at, self.zone, self.now),
        }
    }

    fn binding(&self, report: &LimitReport) -> Option<BindingLimit> {
        let limit_amount = report.limit?;
        let taken_amount = report.used + report.reserved;
        Some(BindingLimit {
            scope: report.scope,
            period: report.period,
            limit: self.money(limit_amount),
            taken: self.money(taken_amount),
            limit_amount,
            taken_amount,
        })
    }

    fn row(&self, quota: &Quota) -> QuotaRow {
        let limit = |kind: PeriodKind| {
            let mut limits = quota.limits.limits();
            let (_, amount) = limits.find(|(period, _)| period.kind() == kind)?;
            let typed = self.money.typed(amount, SPEND_SCALE);
            Some(Money { text: self.money(amount.get()), typed })
        };
        let others = quota.limits.in_words(|amount| self.money(amount)).into_iter();
        let others = others.filter(|(kind, _)| !PERIODS.map(Period::kind).contains(kind));
        let raised =
            quota.raised_until.map(|end| format!("raised until {}", self.zone.local_text(end)));
        QuotaRow {
            id: quota.id,
            scope: self.scope(quota.holder),
            daily: limit(PeriodKind::Daily),
            monthly: limit(PeriodKind::Monthly),
            yearly: limit(PeriodKind::Yearly),
            summary: quota.limits.summary(|amount| self.money(amount)),
            others: others.map(|(_, words)| words).chain(raised).collect(),
            from: self.zone.local_text(quota.from),
            to: quota.to.map(|to| self.zone.local_text(to)),
            in_force: quota.to.is_none_or(|to| self.now < to),
            made_by: self.maker(&quota.made_by),
            version: quota.version,
        }
    }

    fn scope(&self, holder: Holder) -> QuotaScope {
        let name = |id: &Uuid| self.names.get(id).map(|named| named.name.clone());
        match holder {
            Holder::Organization => QuotaScope::Organization,
            Holder::Subtenant(id) => {
                let name = name(&id.0).unwrap_or_default();
                QuotaScope::Subtenant(SubtenantChoice { id, name })
            }
            Holder::Member(id) => QuotaScope::Member(MemberChoice {
                id,
                name: name(&id.0).unwrap_or_default(),
                email: self.names.get(&id.0).and_then(|of| of.email.clone()).unwrap_or_default(),
                subtenant: None,
            }),
        }
    }

    fn maker(&self, maker: &Maker) -> String {
        let name = maker.id.and_then(|id| self.names.get(&id)).map(|named| named.name.clone());
        match (maker.kind.as_str(), name) {
            ("plan", _) => "The plan".to_owned(),
            ("api_key", Some(name)) => format!("{name} (API key)"),
            ("api_key", None) => "An API key".to_owned(),
            (_, Some(name)) => name,
            (_, None) => "Somebody".to_owned(),
        }
    }
}
