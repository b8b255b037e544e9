-- When the organization was decided on last. Its time does not go back behind that where a clock
-- does; NULL: never yet.
ALTER TABLE organization_states ADD COLUMN decided_at timestamptz;
