-- What is kept of the ledger's months that were detached: only what never starts anew.

-- Levels of gauges.
CREATE TABLE carried_levels (
    organization_id uuid CONSTRAINT carried_levels_organization_fkey REFERENCES organizations,
    holder_kind text NOT NULL CONSTRAINT carried_levels_holder_kind
        CHECK (holder_kind IN ('organization', 'subtenant', 'member')),
    holder_id uuid NOT NULL,
    meter_code text NOT NULL CONSTRAINT carried_levels_meter_fkey REFERENCES meters,
    used bigint NOT NULL,
    CONSTRAINT carried_levels_pkey PRIMARY KEY (organization_id, holder_kind, holder_id, meter_code)
);

-- What was taken out of each pack.
ALTER TABLE credit_packs ADD COLUMN carried bigint NOT NULL DEFAULT 0;

-- The last number of the ledger that is not in it any more.
ALTER TABLE organization_states ADD COLUMN carried_seq bigint NOT NULL DEFAULT 0;

GRANT SELECT ON carried_levels TO allot_app;
