-- What people and programs are told of. An event is written with what made it happen, in one transaction,
-- and everybody is told afterwards.
CREATE TABLE events (
    organization_id uuid NOT NULL CONSTRAINT events_organization_fkey REFERENCES organizations,
    event_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL CONSTRAINT events_kind CHECK (kind IN ('limit.reached',
        'raise_request.made', 'raise_request.answered', 'digest.weekly', 'report.monthly', 'channel.test')),
    happened_at timestamptz NOT NULL,
    news jsonb NOT NULL,
    -- What happens once only, such as the digest of a week; NULL: can happen again.
    once text COLLATE "C" CONSTRAINT events_once_length CHECK (char_length(once) BETWEEN 1 AND 100),
    -- When it was worked out who is told; NULL: not yet.
    told_at timestamptz,
    CONSTRAINT events_pkey PRIMARY KEY (organization_id, event_id),
    CONSTRAINT events_once_key UNIQUE (organization_id, once)
);
CREATE INDEX events_untold ON events (happened_at) WHERE told_at IS NULL;
CREATE INDEX events_by_age ON events USING brin (happened_at);

-- What members are told in the app.
CREATE TABLE notifications (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    event_id uuid NOT NULL,
    -- NULL: not yet.
    read_at timestamptz,
    CONSTRAINT notifications_pkey PRIMARY KEY (organization_id, member_id, event_id),
    CONSTRAINT notifications_member_fkey FOREIGN KEY (organization_id, member_id) REFERENCES members,
    CONSTRAINT notifications_event_fkey FOREIGN KEY (organization_id, event_id) REFERENCES events
        ON DELETE CASCADE
);
CREATE INDEX notifications_unread ON notifications (organization_id, member_id) WHERE read_at IS NULL;
CREATE INDEX notifications_by_event ON notifications (organization_id, event_id);

-- When limits say that they are nearly used up, and to whom. No row: what new organizations start with.
CREATE TABLE alert_settings (
    organization_id uuid NOT NULL
        CONSTRAINT alert_settings_organization_fkey REFERENCES organizations,
    settings jsonb NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT alert_settings_pkey PRIMARY KEY (organization_id)
);

-- How far a limit was used when people were told last, once per limit and period: the highest threshold,
-- and the limit as it was then. A raise takes it back (SPEC section 10).
CREATE TABLE alert_marks (
    organization_id uuid NOT NULL CONSTRAINT alert_marks_organization_fkey REFERENCES organizations,
    meter_code text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL CONSTRAINT alert_marks_scope
        CHECK (scope IN ('plan', 'organization', 'subtenant', 'member')),
    scope_id text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    -- The end of the period; `infinity` for what never starts anew.
    ends_at timestamptz NOT NULL,
    limit_then bigint NOT NULL,
    -- In percent.
    reached smallint NOT NULL CONSTRAINT alert_marks_reached_range CHECK (reached BETWEEN 0 AND 100),
    CONSTRAINT alert_marks_pkey
        PRIMARY KEY (organization_id, meter_code, scope, scope_id, period, ends_at)
);
CREATE INDEX alert_marks_by_end ON alert_marks (ends_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON events, notifications, alert_settings, alert_marks TO allot_app;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON events TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON events TO allot_operator USING (true) WITH CHECK (true);

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON notifications TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON notifications TO allot_operator USING (true) WITH CHECK (true);

ALTER TABLE alert_settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON alert_settings TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON alert_settings TO allot_operator USING (true) WITH CHECK (true);

ALTER TABLE alert_marks ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON alert_marks TO allot_app
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY all_organizations ON alert_marks TO allot_operator USING (true) WITH CHECK (true);

-- Decisions go by what these settings say, too.
CREATE TRIGGER alert_settings_counted AFTER INSERT OR UPDATE OR DELETE ON alert_settings
    FOR EACH ROW EXECUTE FUNCTION count_organization_edit();
