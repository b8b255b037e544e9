-- Who made a quota, and the default restriction of plans without the Usage Quota feature.

ALTER TABLE quotas
    -- The default is for a server of the version before, which does not know the column.
    ADD COLUMN made_by_kind text NOT NULL DEFAULT 'member'
        CONSTRAINT quotas_made_by_kind CHECK (made_by_kind IN ('member', 'api_key', 'plan')),
    ADD COLUMN made_by uuid;
UPDATE quotas q SET made_by_kind = a.actor_kind, made_by = a.actor_id
FROM audit_log a
WHERE a.organization_id = q.organization_id AND a.subject_id = q.quota_id
    AND a.action = 'quota.created';

-- Organizations that are on such a plan already, as if it had been made when they signed up.
WITH made AS (
    INSERT INTO quotas (organization_id, quota_id, meter_code, valid, created_at, made_by_kind)
    SELECT o.organization_id, gen_random_uuid(), 'spend', tstzrange(clock.now, NULL), clock.now,
        'plan'
    FROM organizations o JOIN plans p ON p.code = o.plan_code,
        (SELECT clock_timestamp() AS now) clock
    WHERE NOT p.usage_quota_feature AND NOT EXISTS (
        SELECT FROM quotas q
        WHERE q.organization_id = o.organization_id AND q.holder_id = o.organization_id
            AND q.meter_code = 'spend' AND q.deleted_at IS NULL
            AND (upper_inf(q.valid) OR upper(q.valid) > clock.now))
    RETURNING organization_id, quota_id, valid
)
INSERT INTO quota_limits (organization_id, quota_limit_id, quota_id, valid, daily)
SELECT organization_id, gen_random_uuid(), quota_id, valid, 500000 FROM made;
