-- Who bought a pack and what it paid; what plans include, in the order in which pages list it; and
-- requests for another plan.

-- A name, as the operator heard it; NULL: nobody said.
ALTER TABLE credit_packs ADD COLUMN bought_by text
    CONSTRAINT credit_packs_bought_by_length CHECK (char_length(bought_by) BETWEEN 1 AND 200);

-- The ledger behind a pack, newest first. Nearly every entry that a pack paid names one pack only.
-- The few that used one up and went on with the next are found by themselves. Entries that no pack
-- paid are in neither index, and so cost nothing more.
CREATE INDEX ledger_by_pack ON ledger (organization_id, (pack_draws -> 0 ->> 'pack'), seq)
    WHERE pack_draws IS NOT NULL;
CREATE INDEX ledger_by_several_packs ON ledger (organization_id, seq)
    WHERE jsonb_array_length(pack_draws) > 1;

-- Where pages list a meter. NULL: in no group, after all others.
ALTER TABLE meters
    ADD COLUMN meter_group text CONSTRAINT meters_group
        CHECK (meter_group IN ('core_limits', 'monthly_activity', 'data_operations')),
    ADD COLUMN position smallint NOT NULL DEFAULT 0;
UPDATE meters SET meter_group = placed.meter_group, position = placed.position
FROM (VALUES
    ('users', 'core_limits', 1),
    ('contacts', 'core_limits', 2),
    ('companies', 'core_limits', 3),
    ('storage', 'core_limits', 4),
    ('emails', 'monthly_activity', 1),
    ('ai_tokens', 'monthly_activity', 2),
    ('enrichments', 'monthly_activity', 3),
    ('workflow_executions', 'monthly_activity', 4),
    ('import_rows', 'data_operations', 1),
    ('export_rows', 'data_operations', 2),
    ('lead_captures', 'data_operations', 3),
    ('api_calls', 'data_operations', 4)
) AS placed (code, meter_group, position)
WHERE meters.code = placed.code;

CREATE TABLE plan_requests (
    organization_id uuid NOT NULL CONSTRAINT plan_requests_organization_fkey REFERENCES organizations,
    plan_request_id uuid NOT NULL,
    plan_code text NOT NULL CONSTRAINT plan_requests_plan_fkey REFERENCES plans,
    note text CONSTRAINT plan_requests_note_length CHECK (char_length(note) BETWEEN 1 AND 500),
    -- NULL: a program asked, with an API key.
    requested_by uuid,
    requested_at timestamptz NOT NULL,
    answered_at timestamptz,
    answer text CONSTRAINT plan_requests_answer
        CHECK (answer IN ('granted', 'declined', 'withdrawn')),
    CONSTRAINT plan_requests_pkey PRIMARY KEY (organization_id, plan_request_id),
    CONSTRAINT plan_requests_member_fkey
        FOREIGN KEY (organization_id, requested_by) REFERENCES members,
    CONSTRAINT plan_requests_answered CHECK ((answered_at IS NULL) = (answer IS NULL))
);
CREATE UNIQUE INDEX plan_requests_open_key ON plan_requests (organization_id)
    WHERE answered_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON plan_requests TO allot_app;
