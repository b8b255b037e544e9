-- Those who run the installation, and which terms of which plan were in force when.

CREATE TABLE operators (
    operator_id uuid CONSTRAINT operators_pkey PRIMARY KEY,
    email text NOT NULL CONSTRAINT operators_email_key UNIQUE,
    name text NOT NULL,
    -- argon2id in PHC form; NULL until a password is set.
    password_hash text,
    created_at timestamptz NOT NULL,
    -- NULL: may sign in.
    disabled_at timestamptz
);

-- One-time links. Found by what the link ends with.
CREATE TABLE operator_links (
    token_hash bytea CONSTRAINT operator_links_pkey PRIMARY KEY,
    operator_id uuid NOT NULL CONSTRAINT operator_links_operator_fkey REFERENCES operators,
    expires_at timestamptz NOT NULL
);

CREATE TABLE operator_keys (
    operator_key_id uuid CONSTRAINT operator_keys_pkey PRIMARY KEY,
    operator_id uuid NOT NULL CONSTRAINT operator_keys_operator_fkey REFERENCES operators,
    name text NOT NULL,
    -- The part of the key that finds it; the rest is only known as a hash.
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX operator_keys_by_prefix ON operator_keys (prefix);

-- What operators did, in the whole installation. What concerns an organization is in its own audit
-- log as well.
CREATE TABLE operator_log (
    log_id uuid CONSTRAINT operator_log_pkey PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    -- NULL: by the command line.
    operator_id uuid CONSTRAINT operator_log_operator_fkey REFERENCES operators,
    ip text,
    action text NOT NULL,
    -- To what: the code of a plan, an operation or a meter, an organization's id, an operator's email.
    subject text NOT NULL,
    before jsonb,
    after jsonb
);

-- Count edits, so that an edit of an old state is noticed.
ALTER TABLE plans ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE operations ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE meters ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE organizations ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- Whoever makes it, by SQL too.
CREATE FUNCTION count_own_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER plans_versioned BEFORE UPDATE ON plans
    FOR EACH ROW EXECUTE FUNCTION count_own_edit();
CREATE TRIGGER operations_versioned BEFORE UPDATE ON operations
    FOR EACH ROW EXECUTE FUNCTION count_own_edit();
CREATE TRIGGER meters_versioned BEFORE UPDATE ON meters
    FOR EACH ROW EXECUTE FUNCTION count_own_edit();
CREATE TRIGGER organizations_versioned BEFORE UPDATE OF name, plan_code, status ON organizations
    FOR EACH ROW EXECUTE FUNCTION count_own_edit();
CREATE FUNCTION count_edit_of_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE plans SET version = version WHERE code = COALESCE(NEW.plan_code, OLD.plan_code);
    RETURN NULL;
END $$;
CREATE TRIGGER plan_limits_versioned AFTER INSERT OR UPDATE OR DELETE ON plan_limits
    FOR EACH ROW EXECUTE FUNCTION count_edit_of_plan();
CREATE FUNCTION count_edit_of_operation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE operations SET version = version
    WHERE code = COALESCE(NEW.operation_code, OLD.operation_code);
    RETURN NULL;
END $$;
CREATE TRIGGER prices_versioned AFTER INSERT OR UPDATE OR DELETE ON prices
    FOR EACH ROW EXECUTE FUNCTION count_edit_of_operation();

-- Terms that a plan had and that something was decided by. Those of today are in `plans` and
-- `plan_limits`.
CREATE TABLE plan_versions (
    plan_code text CONSTRAINT plan_versions_plan_fkey REFERENCES plans,
    version bigint NOT NULL,
    monthly_credits bigint NOT NULL,
    CONSTRAINT plan_versions_pkey PRIMARY KEY (plan_code, version)
);
CREATE TABLE plan_limit_versions (
    plan_code text NOT NULL,
    version bigint NOT NULL,
    meter_code text NOT NULL CONSTRAINT plan_limit_versions_meter_fkey REFERENCES meters,
    limit_amount bigint NOT NULL,
    cap_kind text NOT NULL,
    CONSTRAINT plan_limit_versions_pkey PRIMARY KEY (plan_code, version, meter_code),
    CONSTRAINT plan_limit_versions_version_fkey
        FOREIGN KEY (plan_code, version) REFERENCES plan_versions
);

-- What decided the ledger's entries of an organization up to `until_seq`; later ones were decided
-- by the next row, or by today's terms of today's plan. By number and not by time: it only moves
-- under the organization's lock, also while a clock stands still.
CREATE TABLE organization_plans (
    organization_id uuid CONSTRAINT organization_plans_organization_fkey REFERENCES organizations,
    until_seq bigint NOT NULL,
    plan_code text NOT NULL,
    plan_version bigint NOT NULL,
    ended_at timestamptz NOT NULL,
    CONSTRAINT organization_plans_pkey PRIMARY KEY (organization_id, until_seq),
    CONSTRAINT organization_plans_version_fkey
        FOREIGN KEY (plan_code, plan_version) REFERENCES plan_versions
);

CREATE INDEX organizations_by_plan ON organizations (plan_code, organization_id);
CREATE INDEX organizations_by_name ON organizations (lower(name), organization_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON operators, operator_links, operator_keys TO allot_app;
GRANT SELECT, INSERT ON operator_log, plan_versions, plan_limit_versions, organization_plans
    TO allot_app;
