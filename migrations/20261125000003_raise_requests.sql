-- What members ask for: more of a limit of their own, for good or until a day (SPEC section 4).
CREATE TABLE raise_requests (
    organization_id uuid NOT NULL
        CONSTRAINT raise_requests_organization_fkey REFERENCES organizations,
    raise_request_id uuid NOT NULL,
    member_id uuid NOT NULL,
    meter_code text COLLATE "C" NOT NULL CONSTRAINT raise_requests_meter_fkey REFERENCES meters,
    -- Of a quota on the meter; NULL: the custom credit limit.
    period text COLLATE "C" CONSTRAINT raise_requests_period
        CHECK (period IN ('daily', 'weekly', 'monthly', 'yearly', 'custom', 'level')),
    -- When it was asked for; NULL: the member had no limit of their own and shared the pool.
    limit_then bigint CONSTRAINT raise_requests_limit_then_range CHECK (limit_then >= 0),
    limit_asked bigint NOT NULL CONSTRAINT raise_requests_limit_asked_range CHECK (limit_asked > 0),
    -- NULL: for good.
    last_day date,
    reason text NOT NULL
        CONSTRAINT raise_requests_reason_length CHECK (char_length(reason) BETWEEN 1 AND 500),
    asked_at timestamptz NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'open' CONSTRAINT raise_requests_status
        CHECK (status IN ('open', 'approved', 'declined', 'withdrawn')),
    -- NULL: not approved.
    limit_granted bigint CONSTRAINT raise_requests_limit_granted_range CHECK (limit_granted > 0),
    -- NULL: for good, or not approved.
    granted_last_day date,
    answered_at timestamptz,
    answered_by_kind text COLLATE "C" CONSTRAINT raise_requests_answered_by_kind
        CHECK (answered_by_kind IN ('member', 'api_key')),
    answered_by uuid,
    answer text NOT NULL DEFAULT ''
        CONSTRAINT raise_requests_answer_length CHECK (char_length(answer) <= 500),
    CONSTRAINT raise_requests_pkey PRIMARY KEY (organization_id, raise_request_id),
    CONSTRAINT raise_requests_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES members,
    CONSTRAINT raise_requests_limit CHECK (period IS NOT NULL OR meter_code = 'credits'),
    CONSTRAINT raise_requests_answered CHECK ((status = 'open') = (answered_at IS NULL)),
    CONSTRAINT raise_requests_granted CHECK ((status = 'approved') = (limit_granted IS NOT NULL))
);
CREATE UNIQUE INDEX raise_requests_one_open
    ON raise_requests (organization_id, member_id, meter_code, COALESCE(period, ''))
    WHERE status = 'open';
-- As they are listed: open ones first, of each kind the latest.
CREATE INDEX raise_requests_listed ON raise_requests
    (organization_id, (status <> 'open'), COALESCE(answered_at, asked_at) DESC, raise_request_id DESC);
CREATE INDEX raise_requests_by_member ON raise_requests (organization_id, member_id, asked_at DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON raise_requests TO allot_app;

ALTER TABLE raise_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON raise_requests TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON raise_requests TO allot_operator USING (true) WITH CHECK (true);

-- The limits that last, of a quota that was closed while one of them was raised for a time: deleting the
-- quota that closed it puts these into force again, and not the raise. NULL: those in force last.
ALTER TABLE quotas ADD COLUMN lasting jsonb;
