-- Keys of the API that people and programs make, rotate and revoke (SPEC sections 8 and 11). A server of
-- the version before takes a key of one subtenant for one of the whole organization: stop those before
-- anybody makes one.
ALTER TABLE api_keys
    -- All that the key reaches; NULL: the whole organization.
    ADD COLUMN subtenant_id uuid,
    -- Written about once a minute, however often the key is used; NULL: never used.
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN made_by_kind text COLLATE "C" NOT NULL DEFAULT 'operator'
        CONSTRAINT api_keys_made_by_kind CHECK (made_by_kind IN ('member', 'api_key', 'operator')),
    -- NULL: whoever has the command line.
    ADD COLUMN made_by uuid,
    -- The key that this one was made to replace; NULL: it was made anew.
    ADD COLUMN replaces uuid,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD CONSTRAINT api_keys_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    ADD CONSTRAINT api_keys_subtenant_fkey
        FOREIGN KEY (organization_id, subtenant_id) REFERENCES subtenants,
    ADD CONSTRAINT api_keys_replaces_fkey
        FOREIGN KEY (organization_id, replaces) REFERENCES api_keys;
