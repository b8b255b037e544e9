-- A second fence between organizations: a transaction sees and writes the rows of the one that it says
-- it is for, whatever its statements ask. A server of the version before says none and finds nothing,
-- so stop those first.

-- For which organization the transaction is; NULL: for none.
CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('allot.organization', true), '')::uuid $$;

-- The role for what is no single organization's: finding out whose a key or a link is, what operators
-- see, what runs beside requests. It may do to each table what the server's role may.
DO $$
BEGIN
    -- Where the account may make no roles, somebody else has made it.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'allot_operator') THEN
        CREATE ROLE allot_operator NOLOGIN IN ROLE allot_app;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'allot_operator', 'MEMBER') THEN
        EXECUTE format('GRANT allot_operator TO %I', current_user);
    END IF;
END $$;

-- Not forced: the owner of the tables migrates them and makes partitions. The organization is looked up
-- in a query of its own, so once in a statement and not for each row.
DO $$
DECLARE
    fenced regclass;
BEGIN
    FOR fenced IN
        SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND a.attname = 'organization_id' AND NOT a.attisdropped
            AND c.relname !~ '^ledger_\d'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', fenced);
        EXECUTE format('CREATE POLICY one_organization ON %s TO allot_app
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()))', fenced);
        EXECUTE format('CREATE POLICY all_organizations ON %s TO allot_operator
            USING (true) WITH CHECK (true)', fenced);
    END LOOP;
END $$;

-- Nobody goes round the policy of the ledger by asking for one of its months. Who may ask for the whole
-- needs no right to its parts, and those that come are granted to nobody.
DO $$
DECLARE
    month regclass;
BEGIN
    FOR month IN SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ '^ledger_\d'
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM allot_app', month);
    END LOOP;
END $$;
