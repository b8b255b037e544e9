-- Channels by which teams and programs are told, and the outbox: what is on its way to them and to people.
CREATE TABLE channels (
    organization_id uuid NOT NULL CONSTRAINT channels_organization_fkey REFERENCES organizations,
    channel_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT channels_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    kind text COLLATE "C" NOT NULL CONSTRAINT channels_kind
        CHECK (kind IN ('webhook', 'slack', 'teams', 'feishu', 'dingtalk', 'wecom')),
    -- Encrypted: who knows the address of a chat can write to it.
    sealed_url bytea NOT NULL,
    -- Encrypted; NULL: the chat takes messages without a signature.
    sealed_secret bytea,
    -- The kinds of news that it carries, and of which levels limits are told.
    kinds text[] NOT NULL CONSTRAINT channels_kinds_some CHECK (cardinality(kinds) BETWEEN 1 AND 10),
    levels text[] NOT NULL CONSTRAINT channels_levels_few CHECK (cardinality(levels) <= 3),
    language text COLLATE "C" NOT NULL,
    enabled boolean NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT channels_pkey PRIMARY KEY (organization_id, channel_id),
    CONSTRAINT channels_name_key UNIQUE (organization_id, name),
    CONSTRAINT channels_webhook_signed CHECK (kind <> 'webhook' OR sealed_secret IS NOT NULL)
);

-- One way to one recipient, a channel or a member by email. One message at a time is on it, so that one
-- that is slow or dead holds up no other.
CREATE TABLE lanes (
    organization_id uuid NOT NULL,
    -- The id of the channel or of the member.
    lane_id uuid NOT NULL,
    channel_id uuid,
    member_id uuid,
    -- When there is something to do; NULL: nothing waits. While a message is on it: when whoever sends it
    -- must be gone.
    due_at timestamptz,
    -- Attempts in a row that failed.
    failures integer NOT NULL CONSTRAINT lanes_failures_range CHECK (failures >= 0),
    -- When something arrived last; NULL: never.
    delivered_at timestamptz,
    -- When and why an attempt failed last; NULL: never.
    failed_at timestamptz,
    error text CONSTRAINT lanes_error_length CHECK (char_length(error) <= 500),
    CONSTRAINT lanes_pkey PRIMARY KEY (organization_id, lane_id),
    CONSTRAINT lanes_channel_fkey FOREIGN KEY (organization_id, channel_id) REFERENCES channels
        ON DELETE CASCADE,
    CONSTRAINT lanes_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES members,
    CONSTRAINT lanes_recipient CHECK (num_nonnulls(channel_id, member_id) = 1
        AND lane_id IN (channel_id, member_id))
);
CREATE INDEX lanes_channels_due ON lanes (due_at) WHERE member_id IS NULL AND due_at IS NOT NULL;
CREATE INDEX lanes_members_due ON lanes (due_at) WHERE member_id IS NOT NULL AND due_at IS NOT NULL;
CREATE INDEX lanes_by_channel ON lanes (organization_id, channel_id) WHERE channel_id IS NOT NULL;
CREATE INDEX lanes_by_member ON lanes (organization_id, member_id) WHERE member_id IS NOT NULL;

-- What one recipient is told of one event.
CREATE TABLE deliveries (
    organization_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    event_id uuid NOT NULL,
    lane_id uuid NOT NULL,
    -- `sending` is written before a message leaves: who finds it there knows that nobody knows whether it
    -- arrived.
    state text COLLATE "C" NOT NULL CONSTRAINT deliveries_state
        CHECK (state IN ('waiting', 'sending', 'delivered', 'undelivered')),
    -- Since when it waits: since the event, or since somebody sent it again.
    queued_at timestamptz NOT NULL,
    -- Not to be tried before.
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL CONSTRAINT deliveries_attempts_range CHECK (attempts >= 0),
    -- NULL: never.
    tried_at timestamptz,
    -- When it arrived or was given up; NULL: neither.
    ended_at timestamptz,
    -- Why the last attempt failed; NULL: it did not.
    error text CONSTRAINT deliveries_error_length CHECK (char_length(error) <= 500),
    CONSTRAINT deliveries_pkey PRIMARY KEY (organization_id, delivery_id),
    CONSTRAINT deliveries_once UNIQUE (organization_id, event_id, lane_id),
    CONSTRAINT deliveries_event_fkey FOREIGN KEY (organization_id, event_id) REFERENCES events
        ON DELETE CASCADE,
    CONSTRAINT deliveries_lane_fkey FOREIGN KEY (organization_id, lane_id) REFERENCES lanes
        ON DELETE CASCADE,
    CONSTRAINT deliveries_ended CHECK ((state IN ('delivered', 'undelivered')) = (ended_at IS NOT NULL))
);
CREATE INDEX deliveries_next ON deliveries (organization_id, lane_id, state, due_at, delivery_id)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_by_state ON deliveries (organization_id, state, delivery_id);
CREATE INDEX deliveries_by_lane ON deliveries (organization_id, lane_id);
CREATE INDEX deliveries_by_end ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON channels, lanes, deliveries TO allot_app;

ALTER TABLE channels ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON channels TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON channels TO allot_operator USING (true) WITH CHECK (true);

ALTER TABLE lanes ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON lanes TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON lanes TO allot_operator USING (true) WITH CHECK (true);

ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON deliveries TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON deliveries TO allot_operator USING (true) WITH CHECK (true);
