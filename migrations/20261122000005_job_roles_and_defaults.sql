-- What people do in the company, and what new members get for it.

-- Job roles are data: operators add to them with no release.
CREATE TABLE job_roles (
    code text CONSTRAINT job_roles_pkey PRIMARY KEY
        CONSTRAINT job_roles_code_form CHECK (code ~ '^[a-z0-9_]{1,64}$'),
    name text NOT NULL,
    -- The order in which forms list them.
    position smallint NOT NULL,
    -- Credits that are usual for a month; NULL where nothing is.
    suggested bigint CONSTRAINT job_roles_suggested_range CHECK (suggested >= 0),
    suggested_to bigint,
    CONSTRAINT job_roles_suggested_order CHECK (suggested_to >= suggested)
);
INSERT INTO job_roles (code, name, position, suggested, suggested_to) VALUES
    ('sales_lead', 'Sales lead', 1, 3000, 5000),
    ('sales', 'Sales', 2, 1000, 2000),
    ('intern', 'Intern or new employee', 3, 500, NULL),
    ('marketing', 'Marketing', 4, 500, NULL),
    ('other', 'Other', 5, NULL, NULL);

ALTER TABLE members
    DROP CONSTRAINT members_job_role,
    ADD CONSTRAINT members_job_role_fkey FOREIGN KEY (job_role) REFERENCES job_roles;

-- The limit that a new member starts with.
CREATE TABLE default_limits (
    organization_id uuid NOT NULL
        CONSTRAINT default_limits_organization_fkey REFERENCES organizations,
    -- NULL: for every job role that has none of its own.
    job_role text CONSTRAINT default_limits_job_role_fkey REFERENCES job_roles,
    kind text NOT NULL CONSTRAINT default_limits_kind CHECK (kind IN ('none', 'credits', 'percent')),
    amount bigint CONSTRAINT default_limits_amount_range CHECK (amount >= 0),
    basis_points bigint CONSTRAINT default_limits_basis_points_range
        CHECK (basis_points BETWEEN 0 AND 10000),
    CONSTRAINT default_limits_key UNIQUE NULLS NOT DISTINCT (organization_id, job_role),
    CONSTRAINT default_limits_amount CHECK ((kind = 'credits') = (amount IS NOT NULL)),
    CONSTRAINT default_limits_percent CHECK ((kind = 'percent') = (basis_points IS NOT NULL))
);
-- Counts saves of the defaults, so that a save of an old state is noticed.
ALTER TABLE organizations ADD COLUMN defaults_version bigint NOT NULL DEFAULT 1;

GRANT SELECT, INSERT, UPDATE, DELETE ON job_roles, default_limits TO allot_app;
