//! What the pages *Usage Quotas* and *User Quotas* show (SPEC section 6). Amounts of money carry
//! their text in the format of the organization's currency.

use super::{Budget, Moment, members::SubtenantChoice};
use crate::{
    answer::LimitScope,
    ids::{MemberId, QuotaId},
    input::{Currency, Search},
    period::PeriodKind,
};
use serde::{Deserialize, Serialize};

/// Spending of one part of an organization, and the quotas that limit it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotasPage {
    /// The part that is shown.
    pub scope: QuotaScope,
    /// In which currency.
    pub currency: Currency,
    /// An amount that shows how to type one: `1.234,56 €`.
    pub example: String,
    /// The zone in which days begin.
    pub zone: String,
    /// Today, this month and this year.
    pub cards: Vec<SpendCard>,
    /// One page of the quotas, closed ones included, newest first: those of the part that is shown,
    /// and of the whole organization also those of its subtenants.
    pub rows: Vec<QuotaRow>,
    /// How many there are.
    pub total: i64,
    /// Which page this is, from 1.
    pub page: i64,
    /// How many pages there are.
    pub pages: i64,
    /// The quota in force on the part that is shown, which a new one would close.
    pub in_force: Option<QuotaRow>,
    /// The one that is being changed or deleted.
    pub open: Option<OpenQuota>,
    /// Why quotas can only be lowered; `None` where the plan includes the Usage Quota feature.
    pub restricted: Option<WithoutFeature>,
    /// The subtenants that can be chosen: all that are not archived and, if it is shown, one that is.
    pub subtenants: Vec<SubtenantChoice>,
}

/// Which part of an organization quotas limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuotaScope {
    /// Everybody and everything.
    Organization,
    /// The members of a subtenant together.
    Subtenant(SubtenantChoice),
    /// One member.
    Member(MemberChoice),
}

/// A member who can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChoice {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// The subtenant that they belong to.
    pub subtenant: Option<String>,
}

/// Spending in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendCard {
    /// How often it starts anew.
    pub period: PeriodKind,
    /// Spent.
    pub used: String,
    /// Held for work under way; `None` is nothing.
    pub held: Option<String>,
    /// What can still be spent until the period ends; `None` is unlimited.
    pub available: Option<String>,
    /// The limit that says so.
    pub bound_by: Option<BindingLimit>,
    /// When the period ends.
    pub resets: Moment,
}

/// The limit that leaves the least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingLimit {
    /// Whose it is.
    pub scope: LimitScope,
    /// How often it starts anew.
    pub period: PeriodKind,
    /// The limit.
    pub limit: String,
    /// Used and held of it.
    pub taken: String,
    /// The limit in the smallest unit, for a bar.
    pub limit_amount: i64,
    /// Used and held of it in the smallest unit, for a bar.
    pub taken_amount: i64,
}

/// A quota in the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaRow {
    /// Its id.
    pub id: QuotaId,
    /// Whom it limits.
    pub scope: QuotaScope,
    /// Per day.
    pub daily: Option<Money>,
    /// Per month.
    pub monthly: Option<Money>,
    /// Per year.
    pub yearly: Option<Money>,
    /// All its limits in words, such as `5,00 € a day and 100,00 € a month`, or `no restriction`.
    pub summary: String,
    /// Limits in other periods, which only programs set, such as `5,00 € a week`.
    pub others: Vec<String>,
    /// Since when.
    pub from: String,
    /// Until when; `None` has no end.
    pub to: Option<String>,
    /// Whether it is in force, and so can be changed.
    pub in_force: bool,
    /// Who made it.
    pub made_by: String,
    /// Counts edits; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

impl QuotaRow {
    /// Whether it limits anything.
    pub fn limits_something(&self) -> bool {
        let fixed = [&self.daily, &self.monthly, &self.yearly];
        fixed.into_iter().any(Option::is_some) || !self.others.is_empty()
    }
}

/// An amount of money, written twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// To be read: `1.234,56 €`.
    pub text: String,
    /// To be typed: `1.234,56`.
    pub typed: String,
}

/// A quota that is being changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuota {
    /// The quota.
    pub quota: QuotaRow,
    /// What would be in force if it were deleted; `None` is no restriction.
    pub afterwards: Option<QuotaRow>,
}

/// What a plan lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutFeature {
    /// The plan's name.
    pub plan: String,
    /// The names of plans that include the Usage Quota feature.
    pub plans_with: Vec<String>,
}

/// The page *User Quotas*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserQuotasPage {
    /// What was looked for.
    pub search: Option<Search>,
    /// Members who were found, by name.
    pub members: Vec<MemberChoice>,
    /// Whether there are more of them.
    pub more: bool,
    /// Whether only members of the caller's own subtenant can be chosen.
    pub own_only: bool,
    /// The member who was chosen, and their quotas.
    pub chosen: Option<QuotasPage>,
    /// Their personal budgets.
    pub budgets: Vec<Budget>,
}
