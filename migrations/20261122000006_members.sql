-- Members who are invited, removed, and added by the thousand.

-- Whoever was removed stays, since the ledger names them; their email and external id can be given
-- to a new member.
ALTER TABLE members
    DROP CONSTRAINT members_status,
    ADD CONSTRAINT members_status
        CHECK (status IN ('active', 'inactive', 'invited', 'removed')),
    DROP CONSTRAINT members_email_key,
    DROP CONSTRAINT members_external_id_key,
    -- When they accepted their invitation or were added without one; NULL: not yet.
    ADD COLUMN joined_at timestamptz;
UPDATE members SET joined_at = created_at WHERE status <> 'invited';
CREATE UNIQUE INDEX members_email_key ON members (organization_id, email)
    WHERE status <> 'removed';
CREATE UNIQUE INDEX members_external_id_key ON members (organization_id, external_id)
    WHERE status <> 'removed';

-- Links that let somebody join, found by what the link ends with. At most one of each member is open.
CREATE TABLE invitations (
    organization_id uuid NOT NULL
        CONSTRAINT invitations_organization_fkey REFERENCES organizations,
    invitation_id uuid NOT NULL,
    member_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    -- The member who invited; NULL: a program did.
    invited_by uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- NULL: still open, until it expires.
    ended_as text CONSTRAINT invitations_ended_as
        CHECK (ended_as IN ('accepted', 'replaced', 'revoked')),
    ended_at timestamptz,
    CONSTRAINT invitations_pkey PRIMARY KEY (organization_id, invitation_id),
    CONSTRAINT invitations_member_fkey
        FOREIGN KEY (organization_id, member_id) REFERENCES members,
    CONSTRAINT invitations_invited_by_fkey
        FOREIGN KEY (organization_id, invited_by) REFERENCES members,
    CONSTRAINT invitations_ended CHECK ((ended_as IS NULL) = (ended_at IS NULL)),
    CONSTRAINT invitations_order CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX invitations_open_key ON invitations (organization_id, member_id)
    WHERE ended_as IS NULL;
CREATE INDEX invitations_by_token ON invitations (token_hash);
CREATE INDEX invitations_by_end ON invitations (ended_at);

-- Lists of members that somebody looks through before they are added.
CREATE TABLE member_imports (
    organization_id uuid NOT NULL
        CONSTRAINT member_imports_organization_fkey REFERENCES organizations,
    member_import_id uuid NOT NULL,
    -- As CSV.
    content text NOT NULL CONSTRAINT member_imports_content_size
        CHECK (octet_length(content) <= 1048576),
    created_at timestamptz NOT NULL,
    CONSTRAINT member_imports_pkey PRIMARY KEY (organization_id, member_import_id)
);
CREATE INDEX member_imports_by_age ON member_imports (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON invitations, member_imports TO allot_app;
