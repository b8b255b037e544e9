-- What belongs to one change of several members' limits, so that it can be undone as a whole.
ALTER TABLE audit_log ADD COLUMN change_id uuid;
CREATE INDEX audit_log_by_change ON audit_log (organization_id, change_id) WHERE change_id IS NOT NULL;
