//! Plans and their terms. They change for all organizations on a plan at once, so that each of
//! their decisions goes by the old terms or by the new ones, and `verify` knows by which.

use crate::{Error, Operator, Result, Service, audit, restrictions};
use domain::{
    console::{PlanDetail, PlanRow},
    input::{Code, Invalid},
    plans::{PlanEdit, PlanMeterLimit, check_limited},
};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Connection, Whose};

impl Service {
    /// All plans, the smallest first.
    pub async fn plans(&self, _operator: &Operator) -> Result<Vec<PlanRow>> {
        let mut transaction = self.store.read(Whose::Everybodys).await?;
        Ok(store::plans::list(&mut transaction, None).await?)
    }

    /// A plan with its limits.
    pub async fn plan(&self, _operator: &Operator, code: &Code) -> Result<PlanDetail> {
        let mut transaction = self.store.read(Whose::Everybodys).await?;
        detail(&mut transaction, code).await?.ok_or(Error::NotFound("plan"))
    }

    /// Changes the terms of a plan, or makes it; the next request is decided by them. `expected` is
    /// the version that the operator read, 0 for a plan that is to be new.
    pub async fn save_plan(
        &self,
        operator: &Operator,
        code: &Code,
        edit: PlanEdit,
        expected: Option<i64>,
    ) -> Result<PlanDetail> {
        let mut transaction = self.store.begin(Whose::Everybodys).await?;
        store::rate_card::lock(&mut transaction).await?;
        store::plans::lock(&mut transaction, code).await?;
        let before = detail(&mut transaction, code).await?;
        check_version(before.as_ref(), expected)?;
        let plan = merged(code, before.as_ref().map(|before| &before.row), &edit)?;
        let limits = changed_limits(&mut transaction, code, edit.limits).await?;
        let other_terms = before.as_ref().is_some_and(|before| {
            !limits.is_empty() || before.row.monthly_credits != plan.monthly_credits
        });
        let loses_feature = !plan.usage_quota_feature
            && before.as_ref().is_some_and(|before| before.row.usage_quota_feature);
        if other_terms || loses_feature {
            store::plans::lock_organizations(&mut transaction, code).await?;
        }
        let now = self.clock.now(&mut transaction).await?;
        if other_terms {
            store::plans::close(&mut transaction, code, None, now).await?;
            store::plans::tell_organizations(&mut transaction, code).await?;
        }
        if before.as_ref().is_none_or(|before| before.row != plan) {
            store::plans::save(&mut transaction, &plan).await?;
        }
        for (meter, limit) in limits {
            store::plans::save_limit(&mut transaction, code, &meter, limit).await?;
        }
        if loses_feature {
            for id in store::plans::organizations(&mut transaction, code).await? {
                restrictions::restrict(&mut transaction, operator, id, now).await?;
            }
        }
        let after = detail(&mut transaction, code).await?.ok_or(Error::NotFound("plan"))?;
        if before.as_ref() != Some(&after) {
            let states = (before.as_ref(), Some(&after));
            let subject = code.as_str();
            audit::log_operator(&mut transaction, operator, subject, "plan.saved", states, now)
                .await?;
        }
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(after)
    }
}

async fn detail(connection: &mut Connection, code: &Code) -> Result<Option<PlanDetail>> {
    let Some(row) = store::plans::list(connection, Some(code)).await?.pop() else {
        return Ok(None);
    };
    Ok(Some(PlanDetail { row, limits: store::plans::limits(connection, code).await? }))
}

fn check_version(before: Option<&PlanDetail>, expected: Option<i64>) -> Result<()> {
    match (before, expected) {
        (None, Some(1..)) => Err(Error::NotFound("plan")),
        (Some(before), Some(expected)) if before.row.version != expected => Err(Error::Stale {
            summary: format!(
                "the plan {} grants {} credits a month",
                before.row.name, before.row.monthly_credits
            ),
            current: json!(before),
        }),
        _ => Ok(()),
    }
}

/// The plan's own columns after the edit.
fn merged(code: &Code, before: Option<&PlanRow>, edit: &PlanEdit) -> Result<PlanRow, Invalid> {
    let needed = |field: &str| Invalid::new(field, "is needed for a new plan");
    let name = edit.name.as_ref().map(ToString::to_string);
    let credits = edit.monthly_credits.map(domain::amount::Amount::get);
    Ok(PlanRow {
        code: code.clone(),
        name: name
            .or_else(|| before.map(|before| before.name.clone()))
            .ok_or_else(|| needed("name"))?,
        monthly_credits: credits
            .or_else(|| before.map(|before| before.monthly_credits))
            .ok_or_else(|| needed("monthly_credits"))?,
        seats: edit
            .seats
            .or_else(|| before.map(|before| before.seats))
            .ok_or_else(|| needed("seats"))?,
        usage_quota_feature: edit
            .usage_quota_feature
            .or_else(|| before.map(|before| before.usage_quota_feature))
            .ok_or_else(|| needed("usage_quota_feature"))?,
        organizations: before.map_or(0, |before| before.organizations),
        version: before.map_or(1, |before| before.version),
    })
}

/// The limits of an edit that say something else than the plan does.
async fn changed_limits(
    connection: &mut Connection,
    code: &Code,
    limits: BTreeMap<Code, PlanMeterLimit>,
) -> Result<Vec<(Code, PlanMeterLimit)>> {
    let known = store::plans::limits(connection, code).await?;
    let mut changed = Vec::new();
    for (meter, limit) in limits {
        check_limited(&meter)?;
        let Some(before) = known.iter().find(|known| known.meter == meter) else {
            return Err(Invalid::new("meter", "is not a meter of this installation").into());
        };
        if before.limit != limit {
            changed.push((meter, limit));
        }
    }
    Ok(changed)
}
