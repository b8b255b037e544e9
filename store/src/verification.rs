//! Questions whose answer should be "nothing": each finds rows that disagree with the ledger.

use crate::{Connection, Result};
use domain::ids::OrganizationId;

/// Balances whose ledger says something else.
pub async fn balances(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT format('balance of %s %s on %s from %s: has %s (packs %s), ledger says %s (packs %s)',
            b.holder_kind, b.holder_id, b.meter_code, b.starts_at, b.used, b.from_packs,
            l.used, l.from_packs) AS "text!"
        FROM balances b, LATERAL (
            SELECT COALESCE(sum(e.amount), 0) AS used, COALESCE(sum(e.from_packs), 0) AS from_packs
            FROM ledger e WHERE e.organization_id = $1 AND e.meter_code = b.meter_code
                AND (b.holder_kind = 'organization' OR e.member_id = b.holder_id)
                AND e.recorded_at >= b.starts_at AND e.recorded_at < b.ends_at
        ) l
        WHERE b.organization_id = $1 AND (b.used, b.from_packs) <> (l.used, l.from_packs)
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}

/// Packs whose ledger says something else.
pub async fn packs(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"WITH drawn AS (
            SELECT (draw->>'pack')::uuid AS pack_id, sum((draw->>'amount')::bigint) AS amount
            FROM ledger e, jsonb_array_elements(e.pack_draws) draw
            WHERE e.organization_id = $1 AND e.pack_draws IS NOT NULL GROUP BY 1
        )
        SELECT format('pack %s: %s of %s left, ledger says %s were used', p.pack_id, p.remaining,
            p.credits, COALESCE(d.amount, 0)) AS "text!"
        FROM credit_packs p LEFT JOIN drawn d USING (pack_id)
        WHERE p.organization_id = $1 AND p.credits - p.remaining <> COALESCE(d.amount, 0)
        UNION ALL
        SELECT format('consumption %s: packs paid %s, but the packs named add up to %s',
            e.consumption_id, e.from_packs, drawn.amount)
        FROM ledger e, LATERAL (
            SELECT COALESCE(sum((draw->>'amount')::bigint), 0) AS amount
            FROM jsonb_array_elements(e.pack_draws) draw
        ) drawn
        WHERE e.organization_id = $1 AND e.from_packs <> drawn.amount
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}

/// Consumptions that took from a meter twice, and answers that no consumption stands behind.
pub async fn effects(connection: &mut Connection, id: OrganizationId) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT format('consumption %s took from %s %s times', consumption_id, meter_code, count(*))
            AS "text!"
        FROM ledger WHERE organization_id = $1
        GROUP BY consumption_id, meter_code HAVING count(*) > 1
        UNION ALL
        SELECT format('key %s was answered with consumption %s, which took %s meters and not %s',
            k.key, k.answer->>'consumption_id', entries.count, charges.count)
        FROM idempotency_keys k, LATERAL (
            SELECT count(*) FROM ledger e WHERE e.organization_id = $1
                AND e.consumption_id = (k.answer->>'consumption_id')::uuid
        ) entries, LATERAL (
            SELECT count(*) FROM jsonb_array_elements(k.answer->'decision'->'charges')
        ) charges
        WHERE k.organization_id = $1 AND k.answer->'decision'->>'decision' = 'allowed'
            AND entries.count <> charges.count
        ORDER BY 1 LIMIT 1000"#,
        id.0
    );
    Ok(rows.fetch_all(connection).await?)
}
