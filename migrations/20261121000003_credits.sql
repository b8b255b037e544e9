-- Limits on credits, what was used of them, and the ledger behind every balance.

-- One row per save; the open one is in force.
CREATE TABLE credit_settings (
    organization_id uuid CONSTRAINT credit_settings_organization_fkey REFERENCES organizations,
    version bigint NOT NULL,
    cycle_kind text NOT NULL CONSTRAINT credit_settings_cycle_kind
        CHECK (cycle_kind IN ('monthly', 'weekly', 'custom')),
    first_day date,
    last_day date,
    repeat boolean,
    -- NULL is "no limit", which is not a limit of 0.
    limit_amount bigint CONSTRAINT credit_settings_limit_range CHECK (limit_amount >= 0),
    set_aside boolean NOT NULL,
    packs_extend boolean NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    CONSTRAINT credit_settings_pkey PRIMARY KEY (organization_id, version),
    CONSTRAINT credit_settings_days CHECK (
        (cycle_kind = 'custom') = (first_day IS NOT NULL AND last_day IS NOT NULL AND repeat IS NOT NULL)
        AND last_day >= first_day),
    CONSTRAINT credit_settings_order CHECK (valid_to >= valid_from)
);
CREATE UNIQUE INDEX credit_settings_open_key ON credit_settings (organization_id) WHERE valid_to IS NULL;

-- Members' custom limits with the time in which each is in force.
CREATE TABLE member_limits (
    organization_id uuid NOT NULL,
    member_limit_id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT member_limits_kind CHECK (kind IN ('credits', 'percent')),
    basis_points bigint CONSTRAINT member_limits_basis_points_range
        CHECK (basis_points BETWEEN 0 AND 10000),
    -- The limit in credits; for a percentage, what it came to.
    amount bigint NOT NULL CONSTRAINT member_limits_amount_range CHECK (amount >= 0),
    valid tstzrange NOT NULL CONSTRAINT member_limits_valid_not_empty CHECK (NOT isempty(valid)),
    CONSTRAINT member_limits_pkey PRIMARY KEY (organization_id, member_limit_id),
    CONSTRAINT member_limits_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES members,
    CONSTRAINT member_limits_percent CHECK ((kind = 'percent') = (basis_points IS NOT NULL)),
    CONSTRAINT member_limits_one_at_a_time
        EXCLUDE USING gist (organization_id WITH =, member_id WITH =, valid WITH &&)
);

CREATE TABLE credit_packs (
    organization_id uuid CONSTRAINT credit_packs_organization_fkey REFERENCES organizations,
    pack_id uuid NOT NULL,
    credits bigint NOT NULL CONSTRAINT credit_packs_credits_range CHECK (credits > 0),
    remaining bigint NOT NULL,
    granted_at timestamptz NOT NULL,
    ends_at timestamptz,
    CONSTRAINT credit_packs_pkey PRIMARY KEY (organization_id, pack_id),
    CONSTRAINT credit_packs_remaining_range CHECK (remaining BETWEEN 0 AND credits)
);

-- The row that every decision of an organization locks first.
CREATE TABLE organization_states (
    organization_id uuid CONSTRAINT organization_states_pkey PRIMARY KEY
        CONSTRAINT organization_states_organization_fkey REFERENCES organizations,
    -- The ledger's last number: gapless, because it only moves under the lock.
    last_seq bigint NOT NULL DEFAULT 0,
    -- The unused part of all active custom limits, right until set_aside_until: the end of the
    -- period, or the moment at which a limit begins or ends. NULL: to be worked out again.
    set_aside bigint NOT NULL DEFAULT 0,
    set_aside_until timestamptz
);

-- Used and held per period: a cache of the ledger. A row that is missing is summed up from there.
CREATE TABLE balances (
    organization_id uuid CONSTRAINT balances_organization_fkey REFERENCES organizations,
    holder_kind text NOT NULL CONSTRAINT balances_holder_kind
        CHECK (holder_kind IN ('organization', 'member')),
    holder_id uuid NOT NULL,
    meter_code text NOT NULL CONSTRAINT balances_meter_fkey REFERENCES meters,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    used bigint NOT NULL CONSTRAINT balances_used_range CHECK (used >= 0),
    from_packs bigint NOT NULL,
    reserved bigint NOT NULL CONSTRAINT balances_reserved_range CHECK (reserved >= 0),
    CONSTRAINT balances_pkey
        PRIMARY KEY (organization_id, holder_kind, holder_id, meter_code, starts_at, ends_at),
    CONSTRAINT balances_from_packs_range CHECK (from_packs BETWEEN 0 AND used)
);

-- The append-only record of every change of a balance, one partition a month. Partitions are made
-- ahead by the application, because their names depend on the date.
CREATE TABLE ledger (
    organization_id uuid NOT NULL CONSTRAINT ledger_organization_fkey REFERENCES organizations,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    kind text NOT NULL CONSTRAINT ledger_kind CHECK (kind IN ('consumption')),
    consumption_id uuid NOT NULL,
    member_id uuid,
    subtenant_id uuid,
    operation_code text NOT NULL,
    quantity bigint NOT NULL,
    meter_code text NOT NULL,
    amount bigint NOT NULL,
    from_allowance bigint NOT NULL,
    from_packs bigint NOT NULL,
    -- [{"pack": id, "amount": n}, …] where packs paid.
    pack_draws jsonb,
    CONSTRAINT ledger_pkey PRIMARY KEY (organization_id, seq, recorded_at),
    CONSTRAINT ledger_paid CHECK (from_allowance + from_packs = amount)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX ledger_by_time ON ledger (organization_id, recorded_at);
CREATE INDEX ledger_by_member ON ledger (organization_id, member_id, recorded_at);
CREATE INDEX ledger_by_consumption ON ledger (organization_id, consumption_id);

-- A table of its own: a partitioned table could not hold the keys unique.
CREATE TABLE idempotency_keys (
    organization_id uuid CONSTRAINT idempotency_keys_organization_fkey REFERENCES organizations,
    key text NOT NULL,
    -- Of what was asked: the same key with another request is an error.
    request_hash bytea NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, key)
);
