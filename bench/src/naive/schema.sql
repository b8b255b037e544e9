-- What a handler needs that decides one request per transaction; the same facts as Allot's.

CREATE TABLE organizations (
    organization_id uuid PRIMARY KEY,
    api_key_hash bytea NOT NULL UNIQUE,
    last_seq bigint NOT NULL DEFAULT 0
);

CREATE TABLE members (
    organization_id uuid,
    member_id uuid,
    subtenant_id uuid NOT NULL,
    email text NOT NULL,
    status text NOT NULL,
    PRIMARY KEY (organization_id, member_id),
    UNIQUE (organization_id, email)
);

CREATE TABLE prices (
    operation text PRIMARY KEY,
    meter text NOT NULL,
    amount bigint NOT NULL
);

-- The period is `daily`, `monthly` or `yearly`; `unit` is what Postgres calls it.
CREATE TABLE limits (
    organization_id uuid,
    scope text,
    scope_id text,
    meter text,
    period text,
    unit text NOT NULL,
    -- Whether it counts only what the plan's allowance pays.
    without_packs boolean NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (organization_id, scope, scope_id, meter, period, without_packs)
);

CREATE TABLE balances (
    organization_id uuid,
    scope text,
    scope_id text,
    meter text,
    period text,
    without_packs boolean,
    starts_at timestamptz,
    used bigint NOT NULL,
    PRIMARY KEY (organization_id, scope, scope_id, meter, period, without_packs, starts_at)
);

CREATE TABLE packs (
    organization_id uuid,
    pack_id uuid,
    remaining bigint NOT NULL CHECK (remaining >= 0),
    granted_at timestamptz NOT NULL,
    ends_at timestamptz,
    PRIMARY KEY (organization_id, pack_id)
);

CREATE TABLE ledger (
    organization_id uuid,
    seq bigint,
    recorded_at timestamptz NOT NULL,
    consumption_id uuid NOT NULL,
    member_id uuid NOT NULL,
    subtenant_id uuid NOT NULL,
    operation text NOT NULL,
    quantity bigint NOT NULL,
    meter text NOT NULL,
    amount bigint NOT NULL,
    from_allowance bigint NOT NULL,
    from_packs bigint NOT NULL,
    PRIMARY KEY (organization_id, seq)
);
CREATE INDEX ledger_by_time ON ledger (organization_id, recorded_at);
CREATE INDEX ledger_by_member ON ledger (organization_id, member_id, recorded_at);
CREATE INDEX ledger_by_consumption ON ledger (organization_id, consumption_id);

CREATE TABLE idempotency_keys (
    organization_id uuid,
    key text,
    request_hash bytea NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, key)
);

-- The same organization as Allot's: 100 members in 10 subtenants, and limits that are never hit.
INSERT INTO prices VALUES ('prospect_search', 'credits', 1);

INSERT INTO organizations (organization_id, api_key_hash)
VALUES (gen_random_uuid(), sha256('naive'));

INSERT INTO packs
SELECT organization_id, gen_random_uuid(), 1000000000000, now(), NULL FROM organizations;

INSERT INTO members
SELECT organization_id, gen_random_uuid(), subtenant_id, 'member-' || number || '@naive.test', 'active'
FROM organizations
CROSS JOIN LATERAL (
    SELECT gen_random_uuid() AS subtenant_id, first FROM generate_series(0, 9) AS first
) AS subtenants
CROSS JOIN LATERAL generate_series(first * 10, first * 10 + 9) AS number;

INSERT INTO limits
SELECT organization_id, scope, scope_id, 'credits', period, unit, without_packs, amount
FROM (
    SELECT organization_id, 'plan', 'enterprise', 'monthly', 'month', true, 1000 FROM organizations
    UNION ALL
    SELECT organization_id, 'organization', organization_id::text, 'monthly', 'month', true, 1000
    FROM organizations
    UNION ALL
    SELECT DISTINCT organization_id, scope, scope_id, period, unit, false, 1000000000000
    FROM members
    CROSS JOIN LATERAL (VALUES
        ('organization', organization_id::text), ('subtenant', subtenant_id::text),
        ('member', member_id::text)) AS levels (scope, scope_id)
    CROSS JOIN (VALUES ('daily', 'day'), ('monthly', 'month'), ('yearly', 'year'))
        AS periods (period, unit)
) AS all_limits (organization_id, scope, scope_id, period, unit, without_packs, amount);
