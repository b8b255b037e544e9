-- Past usage that is imported, whatever the limits said.

ALTER TABLE ledger
    DROP CONSTRAINT ledger_kind,
    ADD CONSTRAINT ledger_kind CHECK (kind IN ('consumption', 'hold', 'commit', 'release', 'expiry',
        'refund', 'gauge', 'import'));

-- Each event once, for ever. Like the ledger it is only ever written under the lock of a row that
-- refers to the organization.
CREATE TABLE imported_events (
    organization_id uuid NOT NULL,
    source text COLLATE "C" NOT NULL
        CONSTRAINT imported_events_source_length CHECK (char_length(source) BETWEEN 1 AND 200),
    event_id text COLLATE "C" NOT NULL
        CONSTRAINT imported_events_event_id_length CHECK (char_length(event_id) BETWEEN 1 AND 200),
    -- What it is in the ledger; a free operation has no entry there.
    consumption_id uuid NOT NULL,
    imported_at timestamptz NOT NULL,
    CONSTRAINT imported_events_pkey PRIMARY KEY (organization_id, source, event_id)
);

GRANT SELECT, INSERT ON imported_events TO allot_app;
ALTER TABLE imported_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON imported_events TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON imported_events TO allot_operator
    USING (true) WITH CHECK (true);
