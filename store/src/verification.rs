//! Questions whose answer should be "nothing": each finds rows that disagree with the ledger.

use crate::{Connection, Result};
use domain::ids::OrganizationId;

/// Packs whose ledger says something else.
pub async fn packs(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"WITH drawn AS (
            SELECT (draw->>'pack')::uuid AS pack_id, sum((draw->>'amount')::bigint) AS amount
            FROM ledger e, jsonb_array_elements(e.pack_draws) draw
            WHERE e.organization_id = $1 AND e.pack_draws IS NOT NULL GROUP BY 1
        )
        SELECT format('pack %s: %s of %s left, ledger says %s were taken', p.pack_id, p.remaining,
            p.credits, p.carried + COALESCE(d.amount, 0)) AS "text!"
        FROM credit_packs p LEFT JOIN drawn d USING (pack_id)
        WHERE p.organization_id = $1 AND p.credits - p.remaining <> p.carried + COALESCE(d.amount, 0)
        UNION ALL
        SELECT format('entry %s: packs paid or hold %s, but the packs named add up to %s',
            e.seq, e.from_packs + e.reserved_from_packs, drawn.amount)
        FROM ledger e, LATERAL (
            SELECT COALESCE(sum((draw->>'amount')::bigint), 0) AS amount
            FROM jsonb_array_elements(e.pack_draws) draw
        ) drawn
        WHERE e.organization_id = $1 AND e.from_packs + e.reserved_from_packs <> drawn.amount
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}

/// What was recorded twice, given back more than it was taken, and answers that nothing stands
/// behind.
pub async fn effects(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT format('consumption %s took from %s %s times', consumption_id, meter_code, count(*))
            AS "text!"
        FROM ledger WHERE organization_id = $1 AND kind IN ('consumption', 'hold', 'import')
        GROUP BY consumption_id, meter_code HAVING count(*) > 1
        UNION ALL
        SELECT format('reservation %s was resolved on %s %s times', consumption_id, meter_code,
            count(*))
        FROM ledger WHERE organization_id = $1 AND kind IN ('commit', 'release', 'expiry')
        GROUP BY consumption_id, meter_code HAVING count(*) > 1
        UNION ALL
        SELECT format('consumption %s gave %s more than it took from %s', consumption_id,
            -sum(amount), meter_code)
        FROM ledger WHERE organization_id = $1 AND kind <> 'gauge'
        GROUP BY consumption_id, meter_code HAVING sum(amount) < 0 OR sum(from_packs) < 0
        UNION ALL
        SELECT format('key %s was answered with %s, which is not in the ledger', k.key, k.effect_id)
        FROM idempotency_keys k
        WHERE k.organization_id = $1 AND k.effect_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM ledger e
            WHERE e.organization_id = $1 AND e.consumption_id = k.effect_id
        )
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}

/// Reservations that hold something else than the ledger says.
pub async fn holds(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"WITH held AS (
            SELECT consumption_id, meter_code, sum(reserved)::bigint AS amount
            FROM ledger WHERE organization_id = $1 AND reserved <> 0
            GROUP BY consumption_id, meter_code
        ), open AS (
            SELECT r.reservation_id AS consumption_id, charge->>'meter' AS meter_code,
                (charge->>'amount')::bigint AS amount
            FROM reservations r, jsonb_array_elements(r.charges) charge
            WHERE r.organization_id = $1 AND r.status = 'open'
        )
        SELECT format('reservation %s is to hold %s of %s, ledger says %s', consumption_id,
            COALESCE(open.amount, 0), meter_code, COALESCE(held.amount, 0)) AS "text!"
        FROM held FULL JOIN open USING (consumption_id, meter_code)
        WHERE COALESCE(held.amount, 0) <> COALESCE(open.amount, 0)
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}

/// Jobs that ended otherwise than their reservations, or used another number of rows than they say.
pub async fn jobs(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT format('job %s is %s after %s rows, its reservation %s after %s', j.job_id, j.state,
            j.processed, r.status, COALESCE(used.units, 0)) AS "text!"
        FROM jobs j JOIN reservations r
            ON r.organization_id = j.organization_id AND r.reservation_id = j.job_id
        LEFT JOIN (
            SELECT consumption_id, max(quantity) AS units FROM ledger
            WHERE organization_id = $1 AND kind = 'commit' GROUP BY consumption_id
        ) used ON used.consumption_id = j.job_id
        WHERE j.organization_id = $1 AND NOT CASE j.state
            WHEN 'running' THEN r.status = 'open' AND used.units IS NULL
            WHEN 'failed' THEN r.status IN ('released', 'expired') AND used.units IS NULL
            ELSE r.status = CASE j.processed WHEN 0 THEN 'released' ELSE 'committed' END
                AND COALESCE(used.units, j.processed) = j.processed
            END
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}

/// Sums for pages about the past that say something else than the ledger, in the months of it that are
/// still there.
pub async fn history(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"WITH kept AS (
            SELECT CASE WHEN min(seq) > 1
                THEN date_trunc('month', min(recorded_at) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
                ELSE '-infinity' END AS since
            FROM ledger WHERE organization_id = $1
        ), said AS (
            SELECT e.meter_code,
                date_bin('15 minutes', e.counts_at, 'epoch'::timestamptz) AS starts_at,
                sum(e.amount) AS used
            FROM ledger e, kept
            WHERE e.organization_id = $1 AND e.amount <> 0 AND e.counts_at >= kept.since
                AND e.seq <= (SELECT rolled_seq FROM usage_rollups WHERE organization_id = $1)
            GROUP BY 1, 2
        ), quarters AS (
            SELECT q.meter_code, q.starts_at, sum(q.used) AS used
            FROM usage_quarters q, kept
            WHERE q.organization_id = $1 AND q.starts_at >= kept.since GROUP BY 1, 2
        ), by_meter AS (
            SELECT meter_code, sum(used) AS used FROM usage_quarters
            WHERE organization_id = $1 GROUP BY 1
        ), days AS (
            SELECT meter_code, sum(used) AS used FROM usage_days
            WHERE organization_id = $1 GROUP BY 1
        )
        SELECT format('history of %s: the quarter of an hour from %s has %s, ledger says %s',
            meter_code, starts_at, COALESCE(quarters.used, 0), COALESCE(said.used, 0)) AS "text!"
        FROM said FULL JOIN quarters USING (meter_code, starts_at)
        WHERE COALESCE(quarters.used, 0) <> COALESCE(said.used, 0)
        UNION ALL
        SELECT format('history of %s: days have %s, their quarters of an hour %s', meter_code,
            COALESCE(days.used, 0), COALESCE(by_meter.used, 0))
        FROM by_meter FULL JOIN days USING (meter_code)
        WHERE COALESCE(days.used, 0) <> COALESCE(by_meter.used, 0)
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}
