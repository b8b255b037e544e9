-- Jobs: work whose rows are held before it starts (SPEC section 5). What a job holds is a reservation under
-- the same id, which also says who works, on what and until when.
CREATE TABLE jobs (
    organization_id uuid NOT NULL,
    job_id uuid NOT NULL,
    -- NULL: it was given none.
    name text CONSTRAINT jobs_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    -- That were asked for; the reservation holds fewer where only a part fitted.
    rows bigint NOT NULL CONSTRAINT jobs_rows_range CHECK (rows > 0),
    ttl_seconds bigint NOT NULL CONSTRAINT jobs_ttl_range CHECK (ttl_seconds BETWEEN 1 AND 3600),
    -- That have succeeded so far; those of a job that completed were used, those of any other were not.
    processed bigint NOT NULL
        CONSTRAINT jobs_processed_range CHECK (processed BETWEEN 0 AND rows),
    state text COLLATE "C" NOT NULL CONSTRAINT jobs_state
        CHECK (state IN ('running', 'completed', 'failed')),
    -- NULL: it has not failed.
    reason text COLLATE "C" CONSTRAINT jobs_reason
        CHECK (reason IN ('validation', 'server_error', 'expired')),
    detail text CONSTRAINT jobs_detail_length CHECK (char_length(detail) BETWEEN 1 AND 500),
    started_at timestamptz NOT NULL,
    -- NULL: it is running.
    ended_at timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (organization_id, job_id),
    CONSTRAINT jobs_reservation_fkey
        FOREIGN KEY (organization_id, job_id) REFERENCES reservations,
    CONSTRAINT jobs_ended CHECK ((state = 'running') = (ended_at IS NULL)),
    CONSTRAINT jobs_failed CHECK ((state = 'failed') = (reason IS NOT NULL))
);
-- As they are listed.
CREATE INDEX jobs_by_time ON jobs (organization_id, started_at DESC, job_id DESC);
CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX reservations_by_time ON reservations (organization_id, held_at DESC, reservation_id DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO allot_app;

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON jobs TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON jobs TO allot_operator USING (true) WITH CHECK (true);
