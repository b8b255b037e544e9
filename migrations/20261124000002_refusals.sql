-- Requests that a limit denied. Those of a quarter of an hour that are alike share a row, so that a client
-- that asks again and again fills no disk. Time zones are multiples of that away from UTC: what any zone's
-- day had is put together from these.
CREATE TABLE refusals (
    organization_id uuid NOT NULL CONSTRAINT refusals_organization_fkey REFERENCES organizations,
    starts_at timestamptz NOT NULL,
    -- NULL: the organization itself.
    member_id uuid,
    operation_code text COLLATE "C" NOT NULL,
    -- The limit that binds. Its id is that of an organization, a subtenant or a member, or the code of
    -- a plan.
    meter_code text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL CONSTRAINT refusals_scope
        CHECK (scope IN ('plan', 'organization', 'subtenant', 'member')),
    scope_id text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    times bigint NOT NULL CONSTRAINT refusals_times_range CHECK (times > 0),
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    -- Of the last one: where the member belonged, what was asked for, what would have fitted, and all
    -- limits that it had to pass.
    subtenant_id uuid,
    quantity bigint NOT NULL,
    would_fit bigint NOT NULL,
    chain jsonb NOT NULL,
    CONSTRAINT refusals_key UNIQUE NULLS NOT DISTINCT (organization_id, starts_at, member_id,
        operation_code, meter_code, scope, scope_id, period)
) WITH (fillfactor = 70);

CREATE INDEX refusals_by_member ON refusals (organization_id, member_id, starts_at);
CREATE INDEX refusals_by_age ON refusals USING brin (starts_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON refusals TO allot_app;

ALTER TABLE refusals ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON refusals TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON refusals TO allot_operator USING (true) WITH CHECK (true);
