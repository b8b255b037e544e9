-- Organizations and the people in them. From here on organization_id comes first in every primary
-- key, unique constraint and foreign key, so that the schema can be distributed by organization.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE organizations (
    organization_id uuid CONSTRAINT organizations_pkey PRIMARY KEY,
    name text NOT NULL,
    plan_code text NOT NULL CONSTRAINT organizations_plan_fkey REFERENCES plans,
    currency text NOT NULL CONSTRAINT organizations_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    time_zone text NOT NULL,
    status text NOT NULL DEFAULT 'active'
        CONSTRAINT organizations_status CHECK (status IN ('active', 'suspended')),
    created_at timestamptz NOT NULL
);

CREATE TABLE subtenants (
    organization_id uuid CONSTRAINT subtenants_organization_fkey REFERENCES organizations,
    subtenant_id uuid NOT NULL,
    name text NOT NULL,
    archived_at timestamptz,
    CONSTRAINT subtenants_pkey PRIMARY KEY (organization_id, subtenant_id),
    CONSTRAINT subtenants_name_key UNIQUE (organization_id, name)
);

-- People who can sign in. One user can be a member of several organizations.
CREATE TABLE users (
    user_id uuid CONSTRAINT users_pkey PRIMARY KEY,
    email text NOT NULL CONSTRAINT users_email_key UNIQUE,
    -- argon2id in PHC form; NULL until a password is set.
    password_hash text
);

CREATE TABLE members (
    organization_id uuid CONSTRAINT members_organization_fkey REFERENCES organizations,
    member_id uuid NOT NULL,
    subtenant_id uuid,
    user_id uuid CONSTRAINT members_user_fkey REFERENCES users,
    email text NOT NULL,
    name text NOT NULL,
    external_id text,
    status text NOT NULL CONSTRAINT members_status CHECK (status IN ('active', 'inactive', 'invited')),
    job_role text NOT NULL DEFAULT 'other' CONSTRAINT members_job_role
        CHECK (job_role IN ('sales_lead', 'sales', 'intern', 'marketing', 'other')),
    -- Counts edits, so that an edit of an old state is noticed.
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (organization_id, member_id),
    CONSTRAINT members_email_key UNIQUE (organization_id, email),
    CONSTRAINT members_external_id_key UNIQUE (organization_id, external_id),
    CONSTRAINT members_subtenant_fkey FOREIGN KEY (organization_id, subtenant_id) REFERENCES subtenants
);
CREATE INDEX members_by_name ON members (organization_id, name, member_id);
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE member_roles (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    role text NOT NULL CONSTRAINT member_roles_role CHECK (role IN (
        'tenant_administrator', 'quota_administrator', 'subtenant_administrator',
        'user_quota_administrator', 'member')),
    CONSTRAINT member_roles_pkey PRIMARY KEY (organization_id, member_id, role),
    CONSTRAINT member_roles_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES members
);

CREATE TABLE api_keys (
    organization_id uuid CONSTRAINT api_keys_organization_fkey REFERENCES organizations,
    api_key_id uuid NOT NULL,
    name text NOT NULL,
    -- The part of the key that finds it; the rest is only known as a hash.
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL CONSTRAINT api_keys_scopes
        CHECK (scopes <@ ARRAY['consume', 'read', 'admin'] AND cardinality(scopes) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (organization_id, api_key_id)
);
CREATE INDEX api_keys_by_prefix ON api_keys (prefix);

-- Every use case that changes something says so here, in the same transaction.
CREATE TABLE audit_log (
    organization_id uuid CONSTRAINT audit_log_organization_fkey REFERENCES organizations,
    audit_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL CONSTRAINT audit_log_actor_kind
        CHECK (actor_kind IN ('member', 'api_key', 'operator')),
    actor_id uuid,
    ip text,
    action text NOT NULL,
    subject_id uuid NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT audit_log_pkey PRIMARY KEY (organization_id, audit_id)
);
CREATE INDEX audit_log_by_time ON audit_log (organization_id, recorded_at);

-- One-time links, each into one organization. Found by what the link ends with.
CREATE TABLE sign_in_links (
    token_hash bytea CONSTRAINT sign_in_links_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT sign_in_links_user_fkey REFERENCES users,
    organization_id uuid NOT NULL CONSTRAINT sign_in_links_organization_fkey REFERENCES organizations,
    expires_at timestamptz NOT NULL
);

CREATE TABLE sessions (
    session_id text CONSTRAINT sessions_pkey PRIMARY KEY,
    record jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Failed sign-ins, by email and by address, to slow down guessing.
CREATE TABLE failed_sign_ins (
    subject text NOT NULL,
    failed_at timestamptz NOT NULL
);
CREATE INDEX failed_sign_ins_by_subject ON failed_sign_ins (subject, failed_at);
