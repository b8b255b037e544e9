-- Subtenants that are renamed, archived and counted; and the audit log, read newest first.

ALTER TABLE subtenants
    -- Counts edits, so that an edit of an old state is noticed.
    ADD COLUMN version bigint NOT NULL DEFAULT 1;

CREATE INDEX members_by_subtenant ON members (organization_id, subtenant_id);

-- What one subtenant used is summed up without walking through what everybody else did.
CREATE INDEX ledger_by_subtenant ON ledger (organization_id, subtenant_id, counts_at)
    WHERE subtenant_id IS NOT NULL;

-- Its pages end between two entries, and several can be of one instant.
CREATE INDEX audit_log_newest ON audit_log (organization_id, recorded_at, audit_id);
DROP INDEX audit_log_by_time;
