//! What administrators and operators do to the servers' organization.

use crate::{
    commands::{
        ALLOWANCE, Cap, Command, Cycle, Days, OPERATIONS, PLAN_LIMITS, QuotaLimits, Settings,
    },
    model::picked,
    servers::Servers,
};
use domain::{
    amount::{Amount, BasisPoints, Quantity},
    credits::{CreditCap, CreditSettings},
    ids::{MemberId, QuotaId, SubtenantId},
    input::{Invalid, Object},
    member_limits::LimitChange,
    period::{self, CustomPeriod},
    quotas::{CustomLimitInput, QuotaLimitsInput, QuotaLimitsPatch},
};
use service::{NewPack, NewQuota, Operator, QuotaFilter, Result, Service};
use sqlx::PgPool;
use uuid::Uuid;

/// Adds the plan and the rate card that every history is on.
pub(crate) async fn add_catalogue(pool: &PgPool) {
    let sql = "INSERT INTO plans VALUES ('histories', 'Histories', $1, NULL, true)";
    sqlx::query(sql).bind(ALLOWANCE).execute(pool).await.unwrap();
    for (meter, limit, soft) in PLAN_LIMITS {
        let sql = "INSERT INTO plan_limits VALUES ('histories', $1, $2, $3)";
        let kind = if soft { "soft" } else { "hard" };
        sqlx::query(sql).bind(meter).bind(limit).bind(kind).execute(pool).await.unwrap();
    }
    for (operation, prices) in OPERATIONS {
        let sql = "INSERT INTO operations VALUES ($1, $1)";
        sqlx::query(sql).bind(operation).execute(pool).await.unwrap();
        for (meter, price) in prices {
            let sql = "INSERT INTO prices VALUES ($1, $2, $3)";
            sqlx::query(sql).bind(operation).bind(meter).bind(price).execute(pool).await.unwrap();
        }
    }
}

/// Forgets everything that belongs to an organization.
pub(crate) async fn forget_organizations(pool: &PgPool) {
    sqlx::query("TRUNCATE organizations, ledger CASCADE").execute(pool).await.unwrap();
}

pub(crate) async fn edit(
    servers: &mut Servers,
    service: &Service,
    command: &Command,
) -> Result<()> {
    let caller = servers.caller.clone();
    match command {
        Command::SaveSettings(settings) => {
            service.save_credit_settings(&caller, credit_settings(*settings), None).await?;
        }
        Command::LimitMember { member, cap } => {
            let member = MemberId(servers.names.members[*member]);
            service
                .save_member_limit(&caller, member, LimitChange::lasting(cap.map(credit_cap)), None)
                .await?;
        }
        Command::GrantPack { credits, last_day } => {
            let credits = Quantity::parse("credits", *credits)?;
            let new = NewPack { last_day: *last_day, ..NewPack::of(credits) };
            let operator = Operator::command_line();
            let pack = service.grant_pack(&operator, caller.organization(), new, None).await?;
            servers.names.packs.push(pack.pack_id);
        }
        Command::CreateQuota { node, meter, limits } => {
            let new = NewQuota {
                meter: meter.parse()?,
                holder: servers.holder(*node),
                limits: quota_limits(*limits),
                last_day: None,
                replaces: None,
            };
            let saved = service.create_quota(&caller, new, None).await?;
            servers.quotas.push(saved.id);
        }
        Command::EditQuota { pick, factor } => edit_quota(servers, service, *pick, *factor).await?,
        Command::DeleteQuota { pick } => {
            service.delete_quota(&caller, quota(servers, *pick), None).await?;
        }
        Command::Move { member, subtenant } => {
            let member = MemberId(servers.names.members[*member]);
            let subtenant = subtenant.map(|of| SubtenantId(servers.names.subtenants[of]));
            service.move_member(&caller, member, subtenant, None).await?;
        }
        other => by_sql(servers, other).await,
    }
    Ok(())
}

/// What has no use case yet.
async fn by_sql(servers: &Servers, command: &Command) {
    let organization = servers.caller.organization().0;
    let member = |member: usize| servers.names.members[member];
    let query = match command {
        Command::SetActive { member: of, active } => {
            let sql = "UPDATE members SET status = $2 WHERE member_id = $1";
            sqlx::query(sql).bind(member(*of)).bind(if *active { "active" } else { "inactive" })
        }
        Command::Suspend(suspended) => {
            let sql = "UPDATE organizations SET status = $2 WHERE organization_id = $1";
            sqlx::query(sql).bind(organization).bind(if *suspended {
                "suspended"
            } else {
                "active"
            })
        }
        other => unreachable!("{other:?} is no edit"),
    };
    query.execute(&servers.pool).await.unwrap();
}

/// The quota that a pick names; without any, one that nobody knows.
fn quota(servers: &Servers, pick: usize) -> QuotaId {
    let position = picked(pick, servers.quotas.len());
    position.map_or_else(|| QuotaId(Uuid::now_v7()), |quota| servers.quotas[quota])
}

async fn edit_quota(servers: &Servers, service: &Service, pick: usize, factor: i64) -> Result<()> {
    let (caller, quota) = (&servers.caller, quota(servers, pick));
    let filter = QuotaFilter { meter: None, holder: None, cursor: None, size: 1_000 };
    let all = service.quotas(caller, &filter).await?.quotas;
    let before = all.iter().find(|saved| saved.id == quota).map(|saved| saved.limits);
    let before = before.unwrap_or_default();
    let times = |limit: Option<i64>| limit.map(|limit| Some(limit * factor / 10));
    // What is left out stays as it is.
    let patch = QuotaLimitsPatch {
        daily: times(before.daily),
        weekly: times(before.weekly),
        monthly: times(before.monthly),
        yearly: times(before.yearly),
        custom: before.custom.map(|custom| {
            Some(Object(CustomLimitInput { limit: custom.limit * factor / 10, ..custom }))
        }),
        level: times(before.level),
        version: None,
    };
    service.edit_quota(caller, quota, patch, None).await?;
    Ok(())
}

fn amount(amount: i64) -> Amount {
    Amount::parse("amount", amount).unwrap()
}

fn credit_cap(cap: Cap) -> CreditCap {
    match cap {
        Cap::Credits(credits) => CreditCap::Credits { amount: amount(credits) },
        Cap::BasisPoints(points) => {
            CreditCap::Percent { basis_points: BasisPoints::parse("basis_points", points).unwrap() }
        }
    }
}

fn custom_period(days: Days) -> Result<CustomPeriod, Invalid> {
    CustomPeriod::new(days.first, days.last, days.repeat)
}

fn credit_settings(settings: Settings) -> CreditSettings {
    CreditSettings {
        cycle: match settings.cycle {
            Cycle::Monthly => period::Cycle::Monthly,
            Cycle::Weekly => period::Cycle::Weekly,
            Cycle::Custom(days) => period::Cycle::Custom(custom_period(days).unwrap()),
        },
        limit: settings.limit.map(amount),
        set_aside: settings.set_aside,
        packs_extend: settings.packs_extend,
    }
}

fn quota_limits(limits: QuotaLimits) -> QuotaLimitsInput {
    QuotaLimitsInput {
        daily: limits.daily,
        weekly: limits.weekly,
        monthly: limits.monthly,
        yearly: limits.yearly,
        custom: limits.custom.map(|(days, limit)| CustomLimitInput {
            limit,
            first_day: days.first,
            last_day: days.last,
            repeat: days.repeat,
        }),
        level: limits.level,
    }
}
