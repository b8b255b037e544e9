//! Limits on spend: of the organization, its subtenants and its members.

#![expect(
    clippy::too_many_arguments,
    reason = "a form is posted flat: one argument for each of its fields"
)]

use super::json::Json;
use crate::error::AppError;
use domain::{
    ids::{MemberId, QuotaId, SubtenantId},
    views::{QuotasPage, UserQuotasPage},
};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{
        context::{answer_error, caller, service},
        members::chosen_subtenant,
    },
    crate::pages::quotas::{Place, Whose},
    domain::{
        balances::Holder,
        input::{Code, Invalid, Search},
        money::{MoneyFormat, SPEND_SCALE},
        quotas::{QuotaLimitsInput, QuotaLimitsPatch},
    },
    service::{AskedQuotas, NewQuota},
};

/// The page *Usage Quotas*: of the whole organization or of a subtenant, which page of the grid, and
/// the quota that is being changed.
#[server(prefix = "/actions", endpoint = "usage_quotas", output = Json)]
pub async fn usage_quotas(
    #[server(default)] subtenant: Option<SubtenantId>,
    #[server(default)] page: Option<i64>,
    #[server(default)] open: Option<QuotaId>,
) -> Result<QuotasPage, AppError> {
    let asked = AskedQuotas { page: page.unwrap_or(1), open };
    service()?.usage_quotas(&caller()?, subtenant, asked).await.map_err(answer_error)
}

/// The page *User Quotas*: members who are looked for, and likewise the quotas of one of them.
#[server(prefix = "/actions", endpoint = "user_quotas", output = Json)]
pub async fn user_quotas(
    #[server(default)] search: String,
    #[server(default)] member: Option<MemberId>,
    #[server(default)] page: Option<i64>,
    #[server(default)] open: Option<QuotaId>,
) -> Result<UserQuotasPage, AppError> {
    let load = async {
        let (search, asked) =
            (Search::optional(&search)?, AskedQuotas { page: page.unwrap_or(1), open });
        Ok(service()?.user_quotas(&caller()?, search, member, asked).await?)
    };
    load.await.map_err(|error: AppError| answer_error(error))
}

/// Makes a quota of a member, of a subtenant, or without either of the whole organization, and shows
/// the quotas there. `replaces` is the one in force there that the page told of.
#[server(prefix = "/actions", endpoint = "create_quota")]
pub async fn create_quota(
    #[server(default)] member: Option<MemberId>,
    #[server(default)] subtenant: String,
    #[server(default)] replaces: Option<QuotaId>,
    #[server(default)] daily: String,
    #[server(default)] monthly: String,
    #[server(default)] yearly: String,
    #[server(default)] unrestricted: bool,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let form = LimitsForm { amounts: [daily, monthly, yearly], unrestricted };
    let typed = form.typed().into_iter().chain([("subtenant", subtenant.clone())]);
    let save = async {
        let (service, caller, back) = (service()?, caller()?, Place::read(&back));
        let (holder, to) = if let Some(member) = member {
            (Holder::Member(member), Place::of(back.whose.clone()))
        } else {
            let subtenant = chosen_subtenant(&subtenant)?;
            let holder = subtenant.map_or(Holder::Organization, Holder::Subtenant);
            (holder, Place::of(Whose::Organization(subtenant)))
        };
        let [daily, monthly, yearly] =
            form.parse(&service.money_format(&caller).await?, Empty::Asks)?;
        let new = NewQuota {
            meter: Code::spend(),
            holder,
            limits: QuotaLimitsInput { daily, monthly, yearly, ..QuotaLimitsInput::default() },
            last_day: None,
            // The page told nothing of the quotas of another part.
            replaces: (to.whose == back.whose).then_some(replaces),
        };
        service.create_quota(&caller, new, None).await?;
        Ok::<_, AppError>(to)
    };
    let to = save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&to.with("saved", "quota-created"));
    Ok(())
}

/// Changes the three limits of a quota; with `unrestricted`, limits in other periods end as well.
/// `may_be_empty` says that no amount typed is no question.
#[server(prefix = "/actions", endpoint = "edit_quota")]
pub async fn edit_quota(
    quota: QuotaId,
    version: i64,
    #[server(default)] daily: String,
    #[server(default)] monthly: String,
    #[server(default)] yearly: String,
    #[server(default)] unrestricted: bool,
    #[server(default)] may_be_empty: bool,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let form = LimitsForm { amounts: [daily, monthly, yearly], unrestricted };
    let typed = form.typed();
    let save = async {
        let (service, caller) = (service()?, caller()?);
        let empty = if may_be_empty { Empty::Counts } else { Empty::Asks };
        let [daily, monthly, yearly] =
            form.parse(&service.money_format(&caller).await?, empty)?.map(Some);
        let edit = QuotaLimitsPatch {
            daily,
            monthly,
            yearly,
            weekly: unrestricted.then_some(None),
            custom: unrestricted.then_some(None),
            ..QuotaLimitsPatch::default()
        };
        service.edit_quota(&caller, quota, edit, Some(version)).await?;
        Ok::<_, AppError>(())
    };
    save.await.map_err(|error| answer_error(error.with_typed(typed)))?;
    leptos_axum::redirect(&Place::read(&back).with("saved", "quota-edited"));
    Ok(())
}

/// Deletes a quota, and puts the one before it into force again.
#[server(prefix = "/actions", endpoint = "delete_quota")]
pub async fn delete_quota(
    quota: QuotaId,
    version: i64,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let delete = service()?.delete_quota(&caller()?, quota, Some(version)).await;
    delete.map_err(answer_error)?;
    leptos_axum::redirect(&Place::read(&back).with("saved", "quota-deleted"));
    Ok(())
}

/// The periods of a form's amounts, by their fields.
#[cfg(feature = "ssr")]
const PERIODS: [&str; 3] = ["daily", "monthly", "yearly"];

/// The limits of a quota as they are typed.
#[cfg(feature = "ssr")]
struct LimitsForm {
    /// One for each of [`PERIODS`]; nothing is no limit.
    amounts: [String; 3],
    /// Whether somebody said that nothing shall be limited.
    unrestricted: bool,
}

/// What it means that no amount was typed.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, PartialEq)]
enum Empty {
    /// Perhaps a mistake: somebody has to say that no restriction is meant.
    Asks,
    /// What it says: the quota has other limits, or its plan lets none be removed.
    Counts,
}

#[cfg(feature = "ssr")]
impl LimitsForm {
    fn typed(&self) -> Vec<(&'static str, String)> {
        let amounts = PERIODS.into_iter().zip(self.amounts.iter().cloned());
        amounts.chain([("unrestricted", self.unrestricted.to_string())]).collect()
    }

    /// The amounts in the smallest unit, or the field that is wrong.
    fn parse(&self, format: &MoneyFormat, empty: Empty) -> Result<[Option<i64>; 3], Invalid> {
        let mut limits = [None; 3];
        for ((field, text), limit) in PERIODS.into_iter().zip(&self.amounts).zip(&mut limits) {
            if text.trim().is_empty() {
                continue;
            }
            if self.unrestricted {
                let message = "must be empty, or No restriction must not be ticked";
                return Err(Invalid::new(field, message));
            }
            *limit = Some(format.parse(field, text, SPEND_SCALE)?.get());
        }
        if limits == [None; 3] && !self.unrestricted && empty == Empty::Asks {
            let message = "Enter a limit, or tick No restriction if nothing shall limit spending";
            return Err(Invalid::new("unrestricted", message));
        }
        Ok(limits)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn parse(
        amounts: [&str; 3],
        unrestricted: bool,
        empty: Empty,
    ) -> Result<[Option<i64>; 3], String> {
        let form = LimitsForm { amounts: amounts.map(str::to_owned), unrestricted };
        form.parse(&MoneyFormat::of("EUR"), empty).map_err(|invalid| invalid.field)
    }

    #[test]
    fn amounts_are_read_in_the_currencys_format() {
        let read = parse(["0,50", " ", "1.200 €"], false, Empty::Asks);
        assert_eq!(read, Ok([Some(500_000), None, Some(1_200_000_000)]));
        for (amounts, field) in
            [(["-1", "", ""], "daily"), (["", "1.50", ""], "monthly"), (["1", "", "x"], "yearly")]
        {
            assert_eq!(parse(amounts, false, Empty::Asks), Err(field.to_owned()));
        }
    }

    #[test]
    fn no_limit_at_all_has_to_be_meant() {
        let (nothing, none) = (["", "", " "], Ok([None; 3]));
        assert_eq!(parse(nothing, false, Empty::Asks), Err("unrestricted".to_owned()));
        assert_eq!(parse(nothing, true, Empty::Asks), none);
        assert_eq!(parse(nothing, false, Empty::Counts), none);
        assert_eq!(parse(["", "5", ""], true, Empty::Asks), Err("monthly".to_owned()));
    }
}
