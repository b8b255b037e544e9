//! Personal budgets: what a member may use in a month of AI tokens and enrichments (SPEC section 7).
//! Each is a quota of the member's, with its history.

use crate::{
    Caller, Error, Result, Service,
    loading::Loaded,
    quota_edits::change,
    quota_history::current,
    quotas::{NewQuota, SavedQuota, in_words, put, require_scope},
    standings::Reader,
};
use domain::{
    access::Action,
    amount::Amount,
    answer::LimitScope,
    balances::{Account, Holder, Path},
    budgets::{BudgetMeter, SeenQuota},
    ids::MemberId,
    input::{Code, Invalid},
    period::PeriodKind,
    quotas::{QuotaLimitsInput, QuotaLimitsPatch},
    units::grouped,
    views::Budget,
};
use serde_json::json;
use store::{Connection, quotas::Quota};

/// What is to become of a personal budget.
#[derive(Clone, Copy, Debug)]
pub struct BudgetEdit {
    /// On which meter.
    pub meter: BudgetMeter,
    /// How much a month; `None` shares the organization's pool.
    pub monthly: Option<Amount>,
    /// The quota behind it that the caller has seen.
    pub seen: SeenQuota,
}

impl Service {
    /// Saves personal budgets of a member. If one was changed since the caller read it, none is saved.
    pub async fn save_budgets(
        &self,
        caller: &Caller,
        member: MemberId,
        edits: &[BudgetEdit],
    ) -> Result<()> {
        caller.require(Action::EditUserQuotas)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let loaded = self.load_locked(&mut transaction, id).await?;
        save(&mut transaction, caller, &loaded, member, edits).await?;
        Ok(transaction.commit().await.map_err(store::Error::from)?)
    }
}

/// Saves personal budgets along with whatever else the transaction changes.
pub(crate) async fn save(
    connection: &mut Connection,
    caller: &Caller,
    loaded: &Loaded,
    member: MemberId,
    edits: &[BudgetEdit],
) -> Result<()> {
    let (id, now, holder) = (caller.organization, loaded.now, Holder::Member(member));
    caller.require(Action::edits_quotas_of(holder))?;
    require_scope(connection, caller, holder, now).await?;
    for edit in edits {
        let account: Account = (holder, edit.meter.into());
        let before = current(connection, id, &account, now).await?;
        if seen(before.as_ref()) != edit.seen {
            return Err(stale(edit.meter, before.as_ref(), loaded));
        }
        let monthly = edit.monthly.map(Amount::get);
        let is = before.as_ref().and_then(|quota| quota.limits.monthly).map(Amount::get);
        if is == monthly {
            continue;
        }
        let field = edit.meter.as_str();
        let saved = if let Some(before) = before {
            let edit = QuotaLimitsPatch { monthly: Some(monthly), ..QuotaLimitsPatch::default() };
            change(connection, caller, loaded, &before, edit).await
        } else {
            let limits = QuotaLimitsInput { monthly, ..QuotaLimitsInput::default() };
            let (meter, last_day, replaces) = (account.1, None, None);
            let new = NewQuota { meter, holder, limits, last_day, replaces };
            put(connection, caller, loaded, new, None).await
        };
        saved.map_err(|error| at_field(error, field))?;
    }
    Ok(())
}

/// The personal budgets of a member, and what is left of each.
pub(crate) async fn of_member(
    connection: &mut Connection,
    loaded: &mut Loaded,
    member: MemberId,
) -> Result<Vec<Budget>> {
    let (id, now) = (loaded.state.id, loaded.now);
    let found = store::members::get(connection, id, member, now).await?;
    let found = found.ok_or(Error::NotFound("member"))?;
    loaded.add_members(connection, std::slice::from_ref(&found)).await?;
    let path = Path { subtenant: found.subtenant, member: Some(member) };
    let meters = BudgetMeter::ALL.map(Code::from);
    loaded.add_balances_to_show(connection, path, &meters).await?;
    let reader = Reader::new(connection, loaded).await?;
    let mut budgets = Vec::with_capacity(BudgetMeter::ALL.len());
    for meter in BudgetMeter::ALL {
        let account = (Holder::Member(member), meter.into());
        let quota = current(connection, id, &account, now).await?;
        let standing = reader.standing(loaded, path, &account.1);
        let own = standing
            .chain
            .iter()
            .find(|row| row.scope == LimitScope::Member && row.period == PeriodKind::Monthly);
        let limit = own.and_then(|row| row.limit.as_ref());
        let binding = standing.binding();
        budgets.push(Budget {
            meter,
            monthly: limit.map(|limit| limit.text.clone()),
            taken: limit.map(|limit| grouped(limit.taken)),
            bound_by: binding.map(|row| row.scope),
            resets: binding.and_then(|row| row.resets.clone()),
            seen: seen(quota.as_ref()).to_string(),
            left: standing.left,
        });
    }
    Ok(budgets)
}

fn seen(quota: Option<&Quota>) -> SeenQuota {
    SeenQuota(quota.map(|quota| (quota.id, quota.version)))
}

fn stale(meter: BudgetMeter, quota: Option<&Quota>, loaded: &Loaded) -> Error {
    let limits = quota.map(|quota| in_words(quota, &loaded.organization));
    let limits = limits.unwrap_or_else(|| "none".to_owned());
    let summary = format!("the quota on {meter} is {limits}");
    // Not the version of what the form is about, which can be the member.
    let current = json!({"quota": quota.map(SavedQuota::from)});
    Error::Stale { summary, current }
}

/// The same about the field of the form: programs can set limits in other periods, too, which a budget
/// has to go with.
fn at_field(error: Error, field: &'static str) -> Error {
    match error {
        Error::Invalid(invalid) if invalid.field == "monthly" => invalid.at(field).into(),
        Error::Invalid(shorter) => {
            let message = format!("must be at least the {} limit of this member", shorter.field);
            Invalid::new(field, message).into()
        }
        other => other,
    }
}
