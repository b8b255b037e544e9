-- Quotas, reservations and refunds; who may write what; and what makes decisions fast.

-- What a server remembers of an organization is right while this number is the same.
ALTER TABLE organization_states
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    -- The transaction that counted last: many edits in one count once.
    ADD COLUMN counted_in xid8,
    -- No open reservation expires before this; NULL: none is open.
    ADD COLUMN next_expiry timestamptz;
CREATE INDEX organization_states_by_expiry ON organization_states (next_expiry);

-- The same for meters, operations, prices and plans.
CREATE TABLE catalogue_version (
    only_row boolean CONSTRAINT catalogue_version_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT catalogue_version_only_row CHECK (only_row),
    version bigint NOT NULL
);
INSERT INTO catalogue_version (version) VALUES (0);

CREATE FUNCTION count_catalogue_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalogue_version SET version = version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER meters_counted AFTER INSERT OR UPDATE OR DELETE ON meters
    FOR EACH STATEMENT EXECUTE FUNCTION count_catalogue_edit();
CREATE TRIGGER operations_counted AFTER INSERT OR UPDATE OR DELETE ON operations
    FOR EACH STATEMENT EXECUTE FUNCTION count_catalogue_edit();
CREATE TRIGGER prices_counted AFTER INSERT OR UPDATE OR DELETE ON prices
    FOR EACH STATEMENT EXECUTE FUNCTION count_catalogue_edit();
CREATE TRIGGER plans_counted AFTER INSERT OR UPDATE OR DELETE ON plans
    FOR EACH STATEMENT EXECUTE FUNCTION count_catalogue_edit();
CREATE TRIGGER plan_limits_counted AFTER INSERT OR UPDATE OR DELETE ON plan_limits
    FOR EACH STATEMENT EXECUTE FUNCTION count_catalogue_edit();

CREATE TABLE quotas (
    organization_id uuid CONSTRAINT quotas_organization_fkey REFERENCES organizations,
    quota_id uuid NOT NULL,
    meter_code text NOT NULL CONSTRAINT quotas_meter_fkey REFERENCES meters,
    -- Both NULL: the whole organization.
    subtenant_id uuid,
    member_id uuid,
    holder_id uuid NOT NULL
        GENERATED ALWAYS AS (COALESCE(member_id, subtenant_id, organization_id)) STORED,
    valid tstzrange NOT NULL CONSTRAINT quotas_valid_not_empty CHECK (NOT isempty(valid)),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT quotas_pkey PRIMARY KEY (organization_id, quota_id),
    CONSTRAINT quotas_subtenant_fkey FOREIGN KEY (organization_id, subtenant_id) REFERENCES subtenants,
    CONSTRAINT quotas_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES members,
    CONSTRAINT quotas_one_scope CHECK (subtenant_id IS NULL OR member_id IS NULL),
    CONSTRAINT quotas_one_at_a_time EXCLUDE USING gist
        (organization_id WITH =, holder_id WITH =, meter_code WITH =, valid WITH &&)
        WHERE (deleted_at IS NULL)
);

CREATE INDEX quotas_by_holder ON quotas (organization_id, holder_id, meter_code);

-- What a quota limited when: an edit ends one row and begins another, and so does closing,
-- deleting and opening again. Decisions go by this table, and so do checks of the past.
CREATE TABLE quota_limits (
    organization_id uuid NOT NULL,
    quota_limit_id uuid NOT NULL,
    quota_id uuid NOT NULL,
    valid tstzrange NOT NULL CONSTRAINT quota_limits_valid_not_empty CHECK (NOT isempty(valid)),
    -- NULL is no limit in that period.
    daily bigint CONSTRAINT quota_limits_daily_range CHECK (daily >= 0),
    weekly bigint CONSTRAINT quota_limits_weekly_range CHECK (weekly >= 0),
    monthly bigint CONSTRAINT quota_limits_monthly_range CHECK (monthly >= 0),
    yearly bigint CONSTRAINT quota_limits_yearly_range CHECK (yearly >= 0),
    level bigint CONSTRAINT quota_limits_level_range CHECK (level >= 0),
    custom bigint CONSTRAINT quota_limits_custom_range CHECK (custom >= 0),
    first_day date,
    last_day date,
    repeat boolean,
    CONSTRAINT quota_limits_pkey PRIMARY KEY (organization_id, quota_limit_id),
    CONSTRAINT quota_limits_quota_fkey FOREIGN KEY (organization_id, quota_id) REFERENCES quotas,
    CONSTRAINT quota_limits_days CHECK (
        (custom IS NOT NULL) = (first_day IS NOT NULL AND last_day IS NOT NULL AND repeat IS NOT NULL)
        AND last_day >= first_day),
    CONSTRAINT quota_limits_order CHECK (
        daily <= weekly AND daily <= monthly AND daily <= yearly
        AND weekly <= monthly AND weekly <= yearly AND monthly <= yearly),
    CONSTRAINT quota_limits_one_at_a_time
        EXCLUDE USING gist (organization_id WITH =, quota_id WITH =, valid WITH &&)
);

CREATE INDEX quota_limits_by_quota ON quota_limits (organization_id, quota_id);
CREATE INDEX member_limits_by_member ON member_limits (organization_id, member_id);

-- Every edit of what decisions go by counts, whoever makes it.
CREATE FUNCTION count_organization_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE organization_states SET version = version + 1, counted_in = pg_current_xact_id()
    WHERE organization_id = COALESCE(NEW.organization_id, OLD.organization_id)
        AND counted_in IS DISTINCT FROM pg_current_xact_id();
    RETURN NULL;
END $$;
CREATE TRIGGER organizations_counted AFTER UPDATE ON organizations
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();
CREATE TRIGGER members_counted AFTER INSERT OR UPDATE OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();
CREATE TRIGGER credit_settings_counted AFTER INSERT OR UPDATE OR DELETE ON credit_settings
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();
CREATE TRIGGER member_limits_counted AFTER INSERT OR UPDATE OR DELETE ON member_limits
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();
CREATE TRIGGER quotas_counted AFTER INSERT OR UPDATE OR DELETE ON quotas
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();
CREATE TRIGGER quota_limits_counted AFTER INSERT OR UPDATE OR DELETE ON quota_limits
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();
-- What is left in a pack moves with every decision that it pays, and is no edit.
CREATE TRIGGER credit_packs_counted
    AFTER INSERT OR DELETE OR UPDATE OF credits, granted_at, ends_at ON credit_packs
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();

-- Balances become one row per holder and meter, with all its periods. They are a cache of the
-- ledger: what is missing is summed up from there.
DROP TABLE balances;
CREATE TABLE balances (
    organization_id uuid CONSTRAINT balances_organization_fkey REFERENCES organizations,
    -- Compared byte by byte, which is all that equality needs.
    holder_kind text COLLATE "C" NOT NULL CONSTRAINT balances_holder_kind
        CHECK (holder_kind IN ('organization', 'subtenant', 'member')),
    holder_id uuid NOT NULL,
    meter_code text COLLATE "C" NOT NULL CONSTRAINT balances_meter_fkey REFERENCES meters,
    -- Six numbers per period: its first microsecond since 1970 and the one after its last, used,
    -- paid by packs, held, held in packs.
    periods bigint[] NOT NULL CONSTRAINT balances_periods_form
        CHECK (cardinality(periods) % 6 = 0 AND 0 <= ALL (periods)),
    CONSTRAINT balances_pkey PRIMARY KEY (organization_id, holder_kind, holder_id, meter_code)
) WITH (fillfactor = 70);

-- A change can give back and can hold. It counts in the periods of `counts_at`, which is when it
-- was recorded, or when that was taken which it gives back.
-- Entries and keys are only ever written under the lock of a row that refers to the organization:
-- to look that up again for each of them is a good part of what they cost.
ALTER TABLE ledger
    DROP CONSTRAINT ledger_organization_fkey,
    DROP CONSTRAINT ledger_kind,
    ADD CONSTRAINT ledger_kind CHECK (kind IN
        ('consumption', 'hold', 'commit', 'release', 'expiry', 'refund', 'gauge')),
    ALTER COLUMN operation_code DROP NOT NULL,
    ADD COLUMN counts_at timestamptz,
    ADD COLUMN reserved bigint NOT NULL DEFAULT 0,
    ADD COLUMN reserved_from_packs bigint NOT NULL DEFAULT 0;
UPDATE ledger SET counts_at = recorded_at;
ALTER TABLE ledger
    ALTER COLUMN counts_at SET NOT NULL,
    -- For a server of the version before, which does not know the column.
    ALTER COLUMN counts_at SET DEFAULT clock_timestamp();
DROP INDEX ledger_by_time, ledger_by_member;
CREATE INDEX ledger_by_time ON ledger (organization_id, counts_at);
CREATE INDEX ledger_by_member ON ledger (organization_id, member_id, counts_at);

-- Work under way. What it holds is in the ledger under the same id, and so is what comes of it.
CREATE TABLE reservations (
    organization_id uuid CONSTRAINT reservations_organization_fkey REFERENCES organizations,
    reservation_id uuid NOT NULL,
    member_id uuid,
    subtenant_id uuid,
    operation_code text NOT NULL,
    quantity bigint NOT NULL CONSTRAINT reservations_quantity_range CHECK (quantity > 0),
    -- What is held on each meter, and which packs are to pay.
    charges jsonb NOT NULL,
    held_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    status text NOT NULL CONSTRAINT reservations_status
        CHECK (status IN ('open', 'committed', 'released', 'expired')),
    CONSTRAINT reservations_pkey PRIMARY KEY (organization_id, reservation_id),
    CONSTRAINT reservations_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES members,
    CONSTRAINT reservations_subtenant_fkey
        FOREIGN KEY (organization_id, subtenant_id) REFERENCES subtenants
);
CREATE INDEX reservations_open ON reservations (organization_id, expires_at) WHERE status = 'open';

-- The answer to an edit is JSON. That to a decision is large and frequent: compressed JSON, and
-- the id of what was recorded, so that the two can be held against each other.
ALTER TABLE idempotency_keys
    DROP CONSTRAINT idempotency_keys_organization_fkey,
    ALTER COLUMN key TYPE text COLLATE "C",
    ALTER COLUMN answer DROP NOT NULL,
    ADD COLUMN packed_answer bytea,
    ADD COLUMN effect_id uuid,
    ADD CONSTRAINT idempotency_keys_answered CHECK (num_nonnulls(answer, packed_answer) = 1);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING brin (created_at);

-- The role that the server works as: it can't change or remove what was recorded.
DO $$
BEGIN
    CREATE ROLE allot_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'allot_app', 'MEMBER') THEN
        EXECUTE format('GRANT allot_app TO %I', current_user);
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO allot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO allot_app;
DO $$
BEGIN
    -- Not there where the files are run by hand.
    IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
        REVOKE ALL ON _sqlx_migrations FROM allot_app;
    END IF;
END $$;
REVOKE UPDATE, DELETE ON ledger, audit_log FROM allot_app;
