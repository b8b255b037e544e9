-- Members and a past for an organization that has neither: MEMBERS members in all, and ENTRIES
-- entries of the ledger in the current month. The first ones were paid by the allowance.

INSERT INTO members (organization_id, member_id, subtenant_id, email, name, status, created_at)
SELECT organization_id, gen_random_uuid(), subtenant_id, 'filled-' || number || '@bench.test',
    'Filled ' || number, 'active', now()
FROM generate_series(1, MEMBERS - (SELECT count(*) FROM members)) AS number
JOIN (SELECT *, row_number() OVER () AS place FROM subtenants) AS subtenants
    ON place = 1 + number % (SELECT count(*) FROM subtenants);

UPDATE credit_packs SET granted_at = date_trunc('month', now(), 'UTC');

INSERT INTO ledger (organization_id, seq, recorded_at, counts_at, kind, consumption_id, member_id,
    subtenant_id, operation_code, quantity, meter_code, amount, from_allowance, from_packs,
    pack_draws)
SELECT members.organization_id, seq, recorded_at, recorded_at, 'consumption',
    gen_random_uuid(), member_id, subtenant_id, 'prospect_search', 1, 'credits', 1,
    CASE WHEN by_pack THEN 0 ELSE 1 END, CASE WHEN by_pack THEN 1 ELSE 0 END,
    CASE WHEN by_pack THEN jsonb_build_array(jsonb_build_object('pack', pack_id, 'amount', 1)) END
FROM (
    SELECT seq, seq > monthly_credits AS by_pack, date_trunc('month', now(), 'UTC')
        + (now() - date_trunc('month', now(), 'UTC')) * (seq::double precision / ENTRIES)
        AS recorded_at
    FROM generate_series(1, ENTRIES) AS seq CROSS JOIN plans WHERE plans.code = 'enterprise'
) AS entries
JOIN (SELECT *, row_number() OVER () AS place FROM members WHERE subtenant_id IS NOT NULL) AS members
    ON place = 1 + seq % (SELECT count(*) FROM members WHERE subtenant_id IS NOT NULL)
CROSS JOIN credit_packs;

UPDATE organization_states SET last_seq = ENTRIES;
UPDATE credit_packs SET remaining =
    remaining - (SELECT sum(from_packs) FROM ledger);
-- Summed up from the ledger when they are next needed.
DELETE FROM balances;
