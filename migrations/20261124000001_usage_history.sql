-- What was used when, summed up from the ledger, and who may see it.

-- Whether all members see what others use.
ALTER TABLE organizations ADD COLUMN usage_shared boolean NOT NULL DEFAULT false;

-- Per quarter of an hour: every time zone is a multiple of that away from UTC, so any zone's days can be
-- put together from these. Sums of `amount` in the ledger, by when it counts: what was given back is
-- taken off where it was used. For a gauge these are changes of its level.
CREATE TABLE usage_quarters (
    organization_id uuid NOT NULL CONSTRAINT usage_quarters_organization_fkey REFERENCES organizations,
    meter_code text COLLATE "C" NOT NULL,
    starts_at timestamptz NOT NULL,
    member_id uuid,
    subtenant_id uuid,
    operation_code text COLLATE "C",
    used bigint NOT NULL,
    -- The part of it that packs paid.
    from_packs bigint NOT NULL,
    -- What was given back, and so is not in `used`.
    refunded bigint NOT NULL,
    CONSTRAINT usage_quarters_key UNIQUE NULLS NOT DISTINCT
        (organization_id, meter_code, starts_at, member_id, subtenant_id, operation_code)
) WITH (fillfactor = 80);

-- The same per day of the organization's time zone: what pages nearly always ask for.
CREATE TABLE usage_days (
    organization_id uuid NOT NULL CONSTRAINT usage_days_organization_fkey REFERENCES organizations,
    meter_code text COLLATE "C" NOT NULL,
    day date NOT NULL,
    member_id uuid,
    subtenant_id uuid,
    operation_code text COLLATE "C",
    used bigint NOT NULL,
    from_packs bigint NOT NULL,
    refunded bigint NOT NULL,
    CONSTRAINT usage_days_key UNIQUE NULLS NOT DISTINCT
        (organization_id, meter_code, day, member_id, subtenant_id, operation_code)
) WITH (fillfactor = 80);

-- How far the ledger is summed up. A table of its own, because decisions lock the state of their
-- organization, and must not wait for this.
CREATE TABLE usage_rollups (
    organization_id uuid CONSTRAINT usage_rollups_pkey PRIMARY KEY
        CONSTRAINT usage_rollups_organization_fkey REFERENCES organizations,
    -- The last entry that is in the tables above.
    rolled_seq bigint NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON usage_quarters, usage_days, usage_rollups TO allot_app;

DO $$
DECLARE
    fenced text;
BEGIN
    FOREACH fenced IN ARRAY ARRAY['usage_quarters', 'usage_days', 'usage_rollups'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', fenced);
        EXECUTE format('CREATE POLICY one_organization ON %I TO allot_app
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()))', fenced);
        EXECUTE format('CREATE POLICY all_organizations ON %I TO allot_operator
            USING (true) WITH CHECK (true)', fenced);
    END LOOP;
END $$;
