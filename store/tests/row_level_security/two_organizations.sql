-- Two organizations with a row in every table that has rows of organizations. Where a row needs an id
-- of its own, that is the organization's.
INSERT INTO organizations (organization_id, name, plan_code, currency, time_zone, created_at)
SELECT id, 'Acme', (SELECT min(code) FROM plans), 'EUR', 'UTC', now()
FROM unnest(ARRAY['aaaaaaaa-0000-7000-8000-000000000000',
    'bbbbbbbb-0000-7000-8000-000000000000']::uuid[]) AS id;
INSERT INTO users (user_id, email)
SELECT organization_id, organization_id || '@acme.test' FROM organizations;
INSERT INTO plan_versions (plan_code, version, monthly_credits)
SELECT code, version, monthly_credits FROM plans;

INSERT INTO organization_states (organization_id) SELECT organization_id FROM organizations;
INSERT INTO organization_plans (organization_id, until_seq, plan_code, plan_version, ended_at)
SELECT o.organization_id, 1, p.code, p.version, now()
FROM organizations o JOIN plans p ON p.code = o.plan_code;
INSERT INTO subtenants (organization_id, subtenant_id, name)
SELECT organization_id, organization_id, 'North' FROM organizations;
INSERT INTO members (organization_id, member_id, user_id, email, name, status, created_at)
SELECT organization_id, organization_id, organization_id, 'eve@acme.test', 'Eve', 'active', now()
FROM organizations;
INSERT INTO member_roles (organization_id, member_id, role)
SELECT organization_id, organization_id, 'member' FROM organizations;
INSERT INTO api_keys
    (organization_id, api_key_id, name, prefix, secret_hash, scopes, created_at)
SELECT organization_id, organization_id, 'First key', 'prefix', '', '{read}', now()
FROM organizations;
INSERT INTO sign_in_links (token_hash, user_id, organization_id, expires_at)
SELECT uuid_send(organization_id), organization_id, organization_id, now() FROM organizations;
INSERT INTO invitations
    (organization_id, invitation_id, member_id, token_hash, created_at, expires_at)
SELECT organization_id, organization_id, organization_id, '', now(), now() + interval '1 day'
FROM organizations;
INSERT INTO member_imports (organization_id, member_import_id, content, created_at)
SELECT organization_id, organization_id, '', now() FROM organizations;
INSERT INTO raise_requests
    (organization_id, raise_request_id, member_id, meter_code, limit_asked, reason, asked_at)
SELECT organization_id, organization_id, organization_id, 'credits', 5, 'More', now()
FROM organizations;
INSERT INTO plan_requests (organization_id, plan_request_id, plan_code, requested_at)
SELECT organization_id, organization_id, plan_code, now() FROM organizations;

INSERT INTO credit_settings
    (organization_id, version, cycle_kind, set_aside, packs_extend, valid_from)
SELECT organization_id, 1, 'monthly', false, false, now() FROM organizations;
INSERT INTO default_limits (organization_id, kind) SELECT organization_id, 'none' FROM organizations;
INSERT INTO member_limits (organization_id, member_limit_id, member_id, kind, amount, valid)
SELECT organization_id, organization_id, organization_id, 'credits', 500, tstzrange(now(), NULL)
FROM organizations;
INSERT INTO quotas (organization_id, quota_id, meter_code, valid, created_at)
SELECT organization_id, organization_id, 'credits', tstzrange(now(), NULL), now()
FROM organizations;
INSERT INTO quota_limits (organization_id, quota_limit_id, quota_id, valid, monthly)
SELECT organization_id, organization_id, organization_id, tstzrange(now(), NULL), 500
FROM organizations;
INSERT INTO credit_packs (organization_id, pack_id, credits, remaining, granted_at)
SELECT organization_id, organization_id, 500, 500, now() FROM organizations;

INSERT INTO ledger (organization_id, seq, recorded_at, kind, consumption_id, quantity, meter_code,
    amount, from_allowance, from_packs)
SELECT organization_id, 1, now(), 'consumption', organization_id, 1, 'credits', 1, 1, 0
FROM organizations;
INSERT INTO imported_events (organization_id, source, event_id, consumption_id, imported_at)
SELECT organization_id, '/crm', '1', organization_id, now() FROM organizations;
INSERT INTO balances (organization_id, holder_kind, holder_id, meter_code, periods)
SELECT organization_id, 'organization', organization_id, 'credits', '{}' FROM organizations;
INSERT INTO carried_levels (organization_id, holder_kind, holder_id, meter_code, used)
SELECT organization_id, 'organization', organization_id, 'users', 1 FROM organizations;
INSERT INTO reservations (organization_id, reservation_id, operation_code, quantity, charges,
    held_at, expires_at, status)
SELECT organization_id, organization_id, 'search', 1, '[]', now(), now(), 'open' FROM organizations;
INSERT INTO jobs (organization_id, job_id, rows, ttl_seconds, processed, state, started_at)
SELECT organization_id, organization_id, 1, 900, 0, 'running', now() FROM organizations;
INSERT INTO refusals (organization_id, starts_at, operation_code, meter_code, scope, scope_id, period,
    times, first_at, last_at, quantity, would_fit, chain)
SELECT organization_id, now(), 'search', 'credits', 'plan', 'team', 'monthly', 1, now(), now(), 1, 0, '[]'
FROM organizations;
INSERT INTO idempotency_keys (organization_id, key, request_hash, answer, created_at)
SELECT organization_id, 'key', '', '{}', now() FROM organizations;
INSERT INTO audit_log (organization_id, audit_id, recorded_at, actor_kind, action, subject_id)
SELECT organization_id, organization_id, now(), 'member', 'member.edited', organization_id
FROM organizations;

INSERT INTO usage_quarters (organization_id, meter_code, starts_at, used, from_packs, refunded)
SELECT organization_id, 'credits', '2026-11-01', 1, 0, 0 FROM organizations;
INSERT INTO usage_days (organization_id, meter_code, day, used, from_packs, refunded)
SELECT organization_id, 'credits', '2026-11-01', 1, 0, 0 FROM organizations;
INSERT INTO usage_rollups (organization_id, rolled_seq) SELECT organization_id, 1 FROM organizations;

INSERT INTO events (organization_id, event_id, kind, happened_at, news)
SELECT organization_id, organization_id, 'channel.test', now(), '{}' FROM organizations;
INSERT INTO notifications (organization_id, member_id, event_id)
SELECT organization_id, organization_id, organization_id FROM organizations;
INSERT INTO alert_settings (organization_id, settings, version)
SELECT organization_id, '{}', 1 FROM organizations;
INSERT INTO alert_marks
    (organization_id, meter_code, scope, scope_id, period, ends_at, limit_then, reached)
SELECT organization_id, 'credits', 'plan', 'team', 'monthly', now(), 1, 80 FROM organizations;

INSERT INTO channels (organization_id, channel_id, name, kind, sealed_url, kinds, levels, language,
    enabled, version)
SELECT organization_id, organization_id, 'Ops', 'slack', '', '{limit.reached}', '{}', 'en', true, 1
FROM organizations;
INSERT INTO lanes (organization_id, lane_id, channel_id, failures)
SELECT organization_id, organization_id, organization_id, 0 FROM organizations;
INSERT INTO deliveries (organization_id, delivery_id, event_id, lane_id, state, queued_at, due_at,
    attempts)
SELECT organization_id, organization_id, organization_id, organization_id, 'waiting', now(), now(), 0
FROM organizations;
