//! Balances: what was used and is held, per holder, meter and period.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    balances::{Account, Balance, Holder},
    ids::{MemberId, OrganizationId, SubtenantId},
    period::Window,
};
use std::collections::HashMap;
use uuid::Uuid;

/// The balances of an account, one per period.
pub type Periods = Vec<(Window, Balance)>;

/// Numbers per period in the column `periods`.
const NUMBERS: usize = 6;

/// A holder as the table names it.
pub(crate) fn holder(id: OrganizationId, holder: Holder) -> (&'static str, Uuid) {
    match holder {
        Holder::Organization => ("organization", id.0),
        Holder::Subtenant(subtenant) => ("subtenant", subtenant.0),
        Holder::Member(member) => ("member", member.0),
    }
}

/// The holder that a table names.
pub(crate) fn named_holder(kind: &str, id: Uuid) -> Holder {
    match kind {
        "organization" => Holder::Organization,
        "subtenant" => Holder::Subtenant(SubtenantId(id)),
        _ => Holder::Member(MemberId(id)),
    }
}

/// Periods as the table writes them, in the text form of an array.
pub(crate) fn periods_text(periods: &[(Window, Balance)]) -> String {
    let numbers = periods.iter().flat_map(|(window, balance)| {
        [
            window.starts_at.timestamp_micros(),
            window.ends_at.timestamp_micros(),
            balance.used,
            balance.from_packs,
            balance.reserved,
            balance.reserved_from_packs,
        ]
    });
    let mut text = String::from("{");
    for (index, number) in numbers.enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&number.to_string());
    }
    text.push('}');
    text
}

fn periods(numbers: &[i64]) -> Result<Periods> {
    let instant = |micros| {
        DateTime::from_timestamp_micros(micros)
            .ok_or_else(|| Error::Corrupt(format!("{micros} is no instant")))
    };
    numbers
        .chunks_exact(NUMBERS)
        .map(|of| {
            let window = Window { starts_at: instant(of[0])?, ends_at: instant(of[1])? };
            let balance = Balance {
                used: of[2],
                from_packs: of[3],
                reserved: of[4],
                reserved_from_packs: of[5],
            };
            Ok((window, balance))
        })
        .collect()
}

/// Loads the balances of `accounts`; an account without any is left out.
pub async fn load(
    connection: &mut Connection,
    id: OrganizationId,
    accounts: &[Account],
) -> Result<Vec<(Account, Periods)>> {
    let (kinds, holders): (Vec<String>, Vec<Uuid>) = accounts
        .iter()
        .map(|(of, _)| holder(id, *of))
        .map(|(kind, holder)| (kind.to_owned(), holder))
        .unzip();
    let meters: Vec<String> = accounts.iter().map(|(_, meter)| meter.to_string()).collect();
    let rows = sqlx::query!(
        "SELECT b.holder_kind, b.holder_id, b.meter_code, b.periods
        FROM unnest($2::text[], $3::uuid[], $4::text[]) AS k (kind, holder, meter), LATERAL (
            SELECT * FROM balances b WHERE b.organization_id = $1 AND b.holder_kind = k.kind
                AND b.holder_id = k.holder AND b.meter_code = k.meter OFFSET 0
        ) b",
        id.0,
        &kinds,
        &holders,
        &meters
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let of = named_holder(&row.holder_kind, row.holder_id);
            Ok(((of, row.meter_code.parse()?), periods(&row.periods)?))
        })
        .collect()
}

/// The balances of credits that organizations have, of those that have any.
pub async fn credits_of(
    connection: &mut Connection,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Periods>> {
    let ids: Vec<Uuid> = organizations.iter().map(|organization| organization.0).collect();
    let rows = sqlx::query!(
        r#"SELECT k.id AS "id!", b.periods
        FROM unnest($1::uuid[]) AS k (id), LATERAL (
            SELECT periods FROM balances
            WHERE organization_id = k.id AND holder_kind = 'organization' AND holder_id = k.id
                AND meter_code = 'credits' LIMIT 1) b"#,
        &ids
    )
    .fetch_all(connection)
    .await?;
    let of = rows.into_iter().map(|row| Ok((OrganizationId(row.id), periods(&row.periods)?)));
    of.collect()
}

/// Up to `size` accounts with their balances, those after `last` in the order of the table.
pub async fn after(
    connection: &mut Connection,
    id: OrganizationId,
    last: Option<&Account>,
    size: i64,
) -> Result<Vec<(Account, Periods)>> {
    let last = last.map(|(of, meter)| (holder(id, *of), meter));
    let rows = sqlx::query!(
        "SELECT holder_kind, holder_id, meter_code, periods FROM balances
        WHERE organization_id = $1 AND ($2::text IS NULL
            OR (holder_kind, holder_id, meter_code) > ($2::text, $3::uuid, $4::text))
        ORDER BY holder_kind, holder_id, meter_code LIMIT $5",
        id.0,
        last.map(|((kind, _), _)| kind),
        last.map(|((_, holder), _)| holder),
        last.map(|(_, meter)| meter.as_str()),
        size
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let of = named_holder(&row.holder_kind, row.holder_id);
            Ok(((of, row.meter_code.parse()?), periods(&row.periods)?))
        })
        .collect()
}

/// Sums balances up from the ledger, as it stands at `now`: for periods that have no balance yet,
/// because they have just begun or because nothing counted in them before.
pub async fn sum_up(
    connection: &mut Connection,
    id: OrganizationId,
    missing: &[(Account, Window)],
    now: DateTime<Utc>,
) -> Result<Vec<Balance>> {
    let (kinds, holders): (Vec<String>, Vec<Uuid>) = missing
        .iter()
        .map(|((of, _), _)| holder(id, *of))
        .map(|(kind, holder)| (kind.to_owned(), holder))
        .unzip();
    let meters: Vec<String> = missing.iter().map(|((_, meter), _)| meter.to_string()).collect();
    let starts: Vec<DateTime<Utc>> = missing.iter().map(|(_, window)| window.starts_at).collect();
    let ends: Vec<DateTime<Utc>> = missing.iter().map(|(_, window)| window.ends_at).collect();
    // What counts in a period was recorded in it or later, and never later than a day from now,
    // whatever the clocks say: bounds that spare the partitions outside.
    let rows = sqlx::query!(
        r#"SELECT COALESCE(l.used, 0) + COALESCE(c.used, 0) AS "used!", COALESCE(l.from_packs, 0) AS "from_packs!",
            COALESCE(l.reserved, 0) AS "reserved!",
            COALESCE(l.reserved_from_packs, 0) AS "reserved_from_packs!"
        FROM unnest($2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])
            WITH ORDINALITY AS k (kind, holder, meter, starts_at, ends_at, position)
        LEFT JOIN LATERAL (
            SELECT sum(e.amount)::bigint AS used, sum(e.from_packs)::bigint AS from_packs,
                sum(e.reserved)::bigint AS reserved,
                sum(e.reserved_from_packs)::bigint AS reserved_from_packs
            FROM ledger e
            WHERE k.kind = 'organization' AND e.organization_id = $1 AND e.meter_code = k.meter
                AND e.counts_at >= k.starts_at AND e.counts_at < k.ends_at
                AND e.recorded_at >= k.starts_at AND e.recorded_at < $7::timestamptz + interval '1 day'
            UNION ALL
            SELECT sum(e.amount)::bigint, sum(e.from_packs)::bigint,
                sum(e.reserved)::bigint, sum(e.reserved_from_packs)::bigint
            FROM ledger e
            WHERE k.kind = 'subtenant' AND e.organization_id = $1 AND e.subtenant_id = k.holder
                AND e.meter_code = k.meter
                AND e.counts_at >= k.starts_at AND e.counts_at < k.ends_at
                AND e.recorded_at >= k.starts_at AND e.recorded_at < $7::timestamptz + interval '1 day'
            UNION ALL
            SELECT sum(e.amount)::bigint, sum(e.from_packs)::bigint,
                sum(e.reserved)::bigint, sum(e.reserved_from_packs)::bigint
            FROM ledger e
            WHERE k.kind = 'member' AND e.organization_id = $1 AND e.member_id = k.holder
                AND e.meter_code = k.meter
                AND e.counts_at >= k.starts_at AND e.counts_at < k.ends_at
                AND e.recorded_at >= k.starts_at AND e.recorded_at < $7::timestamptz + interval '1 day'
        ) l ON l.used IS NOT NULL
        -- Levels of gauges, which count since ever.
        LEFT JOIN carried_levels c ON c.organization_id = $1 AND c.holder_kind = k.kind
            AND c.holder_id = k.holder AND c.meter_code = k.meter AND k.starts_at = 'epoch'
        ORDER BY k.position"#,
        id.0,
        &kinds,
        &holders,
        &meters,
        &starts,
        &ends,
        now
    )
    .fetch_all(connection)
    .await?;
    let rows = rows.into_iter().map(|row| Balance {
        used: row.used,
        from_packs: row.from_packs,
        reserved: row.reserved,
        reserved_from_packs: row.reserved_from_packs,
    });
    Ok(rows.collect())
}

/// Removes all balances of an organization: each is summed up from the ledger when it is needed
/// next.
pub async fn clear(connection: &mut Connection, id: OrganizationId) -> Result<()> {
    sqlx::query!("DELETE FROM balances WHERE organization_id = $1", id.0)
        .execute(connection)
        .await?;
    Ok(())
}
