//! Quotas with their history, and the limits that they set when.

use crate::{Connection, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    amount::Amount,
    balances::{Account, Holder},
    ids::{MemberId, OrganizationId, QuotaId, SubtenantId},
    input::Code,
    period::CustomPeriod,
    quotas::{InForce, Maker, QuotaLimits, QuotaLimitsInput},
};
use uuid::Uuid;

/// A quota as people see it: one scope, one meter, one range.
#[derive(Clone, Debug)]
pub struct Quota {
    /// Which.
    pub id: QuotaId,
    /// Whom it limits.
    pub holder: Holder,
    /// On which meter.
    pub meter: Code,
    /// Its limits: those in force, or for a closed one, those that were in force last.
    pub limits: QuotaLimits,
    /// When these end because one of them is raised for a time; `None`: nothing is.
    pub raised_until: Option<DateTime<Utc>>,
    /// Of one that was closed while that was so: the limits that lasted.
    pub lasting: Option<QuotaLimits>,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; `None` has no end.
    pub to: Option<DateTime<Utc>>,
    /// Who made it.
    pub made_by: Maker,
    /// Counts edits.
    pub version: i64,
}

struct LimitsRow {
    daily: Option<i64>,
    weekly: Option<i64>,
    monthly: Option<i64>,
    yearly: Option<i64>,
    level: Option<i64>,
    custom: Option<i64>,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    repeat: Option<bool>,
}

/// The limits of a row that has these columns among others.
macro_rules! limits_row {
    ($row:ident) => {
        LimitsRow {
            daily: $row.daily,
            weekly: $row.weekly,
            monthly: $row.monthly,
            yearly: $row.yearly,
            level: $row.level,
            custom: $row.custom,
            first_day: $row.first_day,
            last_day: $row.last_day,
            repeat: $row.repeat,
        }
    };
}

impl TryFrom<LimitsRow> for QuotaLimits {
    type Error = Error;

    fn try_from(row: LimitsRow) -> Result<Self> {
        let amount = |limit: Option<i64>| limit.map(|limit| Amount::parse("limit", limit));
        let custom = match (row.custom, row.first_day, row.last_day, row.repeat) {
            (Some(limit), Some(first), Some(last), Some(repeat)) => {
                Some((CustomPeriod::new(first, last, repeat)?, Amount::parse("custom", limit)?))
            }
            _ => None,
        };
        Ok(Self {
            daily: amount(row.daily).transpose()?,
            weekly: amount(row.weekly).transpose()?,
            monthly: amount(row.monthly).transpose()?,
            yearly: amount(row.yearly).transpose()?,
            level: amount(row.level).transpose()?,
            custom,
        })
    }
}

fn holder(subtenant: Option<Uuid>, member: Option<Uuid>) -> Holder {
    match (subtenant, member) {
        (_, Some(member)) => Holder::Member(MemberId(member)),
        (Some(subtenant), None) => Holder::Subtenant(SubtenantId(subtenant)),
        (None, None) => Holder::Organization,
    }
}

/// What quotas limit when, of `holders`: everything that is in force after `since`.
pub async fn limits_of(
    connection: &mut Connection,
    id: OrganizationId,
    holders: &[Holder],
    since: DateTime<Utc>,
) -> Result<Vec<(Account, InForce<QuotaLimits>)>> {
    let holders: Vec<Uuid> = holders.iter().map(|of| crate::balances::holder(id, *of).1).collect();
    let rows = sqlx::query!(
        r#"SELECT q.meter_code, q.subtenant_id, q.member_id, lower(l.valid) AS "from!",
            upper(l.valid) AS "to", l.daily, l.weekly, l.monthly, l.yearly, l.level, l.custom,
            l.first_day, l.last_day, l.repeat
        FROM (SELECT DISTINCT k.id FROM unnest($2::uuid[]) AS k (id)) k, LATERAL (
            SELECT * FROM quotas q
            WHERE q.organization_id = $1 AND q.holder_id = k.id OFFSET 0
        ) q, LATERAL (
            SELECT * FROM quota_limits l
            WHERE l.organization_id = $1 AND l.quota_id = q.quota_id
                AND l.valid && tstzrange($3::timestamptz, NULL) OFFSET 0
        ) l
        ORDER BY lower(l.valid)"#,
        id.0,
        &holders,
        since
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let account = (holder(row.subtenant_id, row.member_id), row.meter_code.parse()?);
            let limits = limits_row!(row);
            Ok((account, InForce { value: limits.try_into()?, from: row.from, to: row.to }))
        })
        .collect()
}

/// The holders of all quotas that there ever were.
pub async fn holders(connection: &mut Connection, id: OrganizationId) -> Result<Vec<Holder>> {
    let rows = sqlx::query!(
        "SELECT DISTINCT subtenant_id, member_id FROM quotas WHERE organization_id = $1",
        id.0
    );
    let rows = rows.fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| holder(row.subtenant_id, row.member_id)).collect())
}

/// Which quotas are looked for, and how many of them at most.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// One by its id.
    pub quota: Option<QuotaId>,
    /// On one meter.
    pub meter: Option<&'a Code>,
    /// Of one holder.
    pub holder: Option<Holder>,
    /// Those of the organization and its subtenants.
    pub usage: bool,
    /// Those of members.
    pub user: bool,
    /// Of those only the ones of members of this subtenant; `None` is of all.
    pub members_of: Option<SubtenantId>,
    /// Those that come after the one that began then and has this id.
    pub after: Option<(DateTime<Utc>, QuotaId)>,
    /// How many are left out.
    pub offset: i64,
    /// How many are returned.
    pub size: i64,
}

impl<'a> Wanted<'a> {
    const ONE_OF_ALL: Self = Self {
        quota: None,
        meter: None,
        holder: None,
        usage: true,
        user: true,
        members_of: None,
        after: None,
        offset: 0,
        size: 1,
    };

    /// One by its id.
    pub fn by_id(quota: QuotaId) -> Self {
        Self { quota: Some(quota), ..Self::ONE_OF_ALL }
    }

    /// The newest on an account.
    pub fn newest_on((holder, meter): &'a Account) -> Self {
        Self { holder: Some(*holder), meter: Some(meter), ..Self::ONE_OF_ALL }
    }
}

/// Quotas that were not deleted, newest first, with the limits that they have at `now`.
pub async fn list(
    connection: &mut Connection,
    id: OrganizationId,
    wanted: Wanted<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Quota>> {
    let rows = sqlx::query!(
        r#"SELECT q.quota_id, q.meter_code, q.subtenant_id, q.member_id, q.version,
            q.made_by_kind, q.made_by, lower(q.valid) AS "from!", upper(q.valid) AS "to", q.lasting,
            CASE WHEN upper(l.valid) > $9 AND upper(l.valid) IS DISTINCT FROM upper(q.valid)
                THEN upper(l.valid) END AS raised_until, l.daily,
            l.weekly, l.monthly, l.yearly, l.level, l.custom, l.first_day, l.last_day, l.repeat
        FROM quotas q JOIN LATERAL (
            SELECT * FROM quota_limits l
            WHERE l.organization_id = q.organization_id AND l.quota_id = q.quota_id
                AND lower(l.valid) <= $9
            ORDER BY lower(l.valid) DESC LIMIT 1
        ) l ON true
        WHERE q.organization_id = $1 AND q.deleted_at IS NULL
            AND ($2::uuid IS NULL OR q.quota_id = $2)
            AND ($3::uuid IS NULL OR q.holder_id = $3)
            AND ($4::text IS NULL OR q.meter_code = $4)
            AND (($5 AND q.member_id IS NULL) OR ($6 AND q.member_id IS NOT NULL
                AND ($10::uuid IS NULL OR EXISTS (
                    SELECT FROM members m WHERE m.organization_id = $1
                        AND m.member_id = q.member_id AND m.subtenant_id = $10))))
            AND ($11::timestamptz IS NULL OR (lower(q.valid), q.quota_id) < ($11, $12))
        ORDER BY lower(q.valid) DESC, q.quota_id DESC OFFSET $7 LIMIT $8"#,
        id.0,
        wanted.quota.map(|quota| quota.0),
        wanted.holder.map(|holder| crate::balances::holder(id, holder).1),
        wanted.meter.map(Code::as_str),
        wanted.usage,
        wanted.user,
        wanted.offset,
        wanted.size,
        now,
        wanted.members_of.map(|subtenant| subtenant.0),
        wanted.after.map(|(began, _)| began),
        wanted.after.map(|(_, quota)| quota.0)
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let limits = limits_row!(row);
            Ok(Quota {
                raised_until: row.raised_until,
                lasting: row.lasting.map(lasting).transpose()?,
                id: QuotaId(row.quota_id),
                holder: holder(row.subtenant_id, row.member_id),
                meter: row.meter_code.parse()?,
                limits: limits.try_into()?,
                from: row.from,
                to: row.to,
                made_by: Maker { kind: row.made_by_kind, id: row.made_by },
                version: row.version,
            })
        })
        .collect()
}

fn lasting(stored: serde_json::Value) -> Result<QuotaLimits> {
    let input: QuotaLimitsInput = serde_json::from_value(stored)?;
    Ok(input.parse(input.level.is_some())?)
}

/// What a quota limits from `now` on, in the order of time.
pub async fn steps(
    connection: &mut Connection,
    id: OrganizationId,
    quota: QuotaId,
    now: DateTime<Utc>,
) -> Result<Vec<InForce<QuotaLimits>>> {
    let rows = sqlx::query!(
        r#"SELECT lower(valid) AS "from!", upper(valid) AS "to", daily, weekly, monthly, yearly, level,
            custom, first_day, last_day, repeat
        FROM quota_limits WHERE organization_id = $1 AND quota_id = $2
            AND valid && tstzrange($3::timestamptz, NULL)
        ORDER BY lower(valid)"#,
        id.0,
        quota.0,
        now
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let limits = limits_row!(row);
            Ok(InForce { value: limits.try_into()?, from: row.from, to: row.to })
        })
        .collect()
}

/// How many quotas there are of what [`list`] lists.
pub async fn count(
    connection: &mut Connection,
    id: OrganizationId,
    wanted: Wanted<'_>,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM quotas q
        WHERE q.organization_id = $1 AND q.deleted_at IS NULL
            AND ($2::uuid IS NULL OR q.holder_id = $2)
            AND ($3::text IS NULL OR q.meter_code = $3)
            AND (($4 AND q.member_id IS NULL) OR ($5 AND q.member_id IS NOT NULL
                AND ($6::uuid IS NULL OR EXISTS (
                    SELECT FROM members m WHERE m.organization_id = $1
                        AND m.member_id = q.member_id AND m.subtenant_id = $6))))"#,
        id.0,
        wanted.holder.map(|holder| crate::balances::holder(id, holder).1),
        wanted.meter.map(Code::as_str),
        wanted.usage,
        wanted.user,
        wanted.members_of.map(|subtenant| subtenant.0)
    );
    Ok(count.fetch_one(connection).await?)
}

/// Adds a quota, without its limits.
pub async fn insert(connection: &mut Connection, id: OrganizationId, quota: &Quota) -> Result<()> {
    let (subtenant, member) = match quota.holder {
        Holder::Organization => (None, None),
        Holder::Subtenant(subtenant) => (Some(subtenant.0), None),
        Holder::Member(member) => (None, Some(member.0)),
    };
    sqlx::query!(
        "INSERT INTO quotas
            (organization_id, quota_id, meter_code, subtenant_id, member_id, valid, created_at,
            made_by_kind, made_by)
        VALUES ($1, $2, $3, $4, $5, tstzrange($6, $7), $6, $8, $9)",
        id.0,
        quota.id.0,
        quota.meter.as_str(),
        subtenant,
        member,
        quota.from,
        quota.to,
        quota.made_by.kind,
        quota.made_by.id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a quota another end, and counts the edit.
pub async fn set_end(
    connection: &mut Connection,
    id: OrganizationId,
    quota: QuotaId,
    to: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE quotas SET valid = tstzrange(lower(valid), $3), version = version + 1
        WHERE organization_id = $1 AND quota_id = $2",
        id.0,
        quota.0,
        to
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Remembers the limits that last of a quota that is closed while one of them is raised for a time;
/// `None`: those in force last.
pub async fn set_lasting(
    connection: &mut Connection,
    id: OrganizationId,
    quota: QuotaId,
    lasting: Option<QuotaLimits>,
) -> Result<()> {
    let lasting = lasting.map(QuotaLimitsInput::from);
    sqlx::query!(
        "UPDATE quotas SET lasting = $3 WHERE organization_id = $1 AND quota_id = $2",
        id.0,
        quota.0,
        lasting.map(serde_json::to_value).transpose()?
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a quota out of the list. What it limited stays known.
pub async fn delete(
    connection: &mut Connection,
    id: OrganizationId,
    quota: QuotaId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE quotas SET deleted_at = $3 WHERE organization_id = $1 AND quota_id = $2",
        id.0,
        quota.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends what a quota limits at `now`; limits that begin at this very instant never were in force,
/// and go.
pub async fn close_limits(
    connection: &mut Connection,
    id: OrganizationId,
    quota: QuotaId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM quota_limits
        WHERE organization_id = $1 AND quota_id = $2 AND lower(valid) >= $3",
        id.0,
        quota.0,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE quota_limits SET valid = tstzrange(lower(valid), $3)
        WHERE organization_id = $1 AND quota_id = $2 AND valid @> $3::timestamptz",
        id.0,
        quota.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts limits of a quota into force. Those before must be closed.
pub async fn open_limits(
    connection: &mut Connection,
    id: OrganizationId,
    quota: QuotaId,
    limits: &InForce<QuotaLimits>,
) -> Result<()> {
    let number = |limit: Option<Amount>| limit.map(Amount::get);
    let QuotaLimits { daily, weekly, monthly, yearly, level, custom } = limits.value;
    let days = custom.map(|(period, _)| period);
    sqlx::query!(
        "INSERT INTO quota_limits (organization_id, quota_limit_id, quota_id, valid, daily, weekly,
            monthly, yearly, level, custom, first_day, last_day, repeat)
        VALUES ($1, gen_random_uuid(), $2, tstzrange($3, $4), $5, $6, $7, $8, $9, $10, $11, $12,
            $13)",
        id.0,
        quota.0,
        limits.from,
        limits.to,
        number(daily),
        number(weekly),
        number(monthly),
        number(yearly),
        number(level),
        custom.map(|(_, limit)| limit.get()),
        days.map(CustomPeriod::first_day),
        days.map(CustomPeriod::last_day),
        days.map(CustomPeriod::repeat)
    )
    .execute(connection)
    .await?;
    Ok(())
}
