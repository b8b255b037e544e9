-- What can be metered and what it costs. All of it is data: operators add to it with no release.

CREATE TABLE meters (
    code text CONSTRAINT meters_pkey PRIMARY KEY
        CONSTRAINT meters_code_form CHECK (code ~ '^[a-z0-9_]{1,64}$'),
    name text NOT NULL,
    unit text NOT NULL,
    -- Decimal places of the unit: an amount of 15 at scale 6 is 0.000015.
    scale smallint NOT NULL CONSTRAINT meters_scale_range CHECK (scale BETWEEN 0 AND 9),
    -- A counter starts anew each period; a gauge is cumulative and can go down.
    kind text NOT NULL CONSTRAINT meters_kind CHECK (kind IN ('counter', 'gauge'))
);

CREATE TABLE operations (
    code text CONSTRAINT operations_pkey PRIMARY KEY
        CONSTRAINT operations_code_form CHECK (code ~ '^[a-z0-9_]{1,64}$'),
    name text NOT NULL
);

-- The rate card. An operation without a price is free, and never blocked.
CREATE TABLE prices (
    operation_code text CONSTRAINT prices_operation_fkey REFERENCES operations,
    meter_code text CONSTRAINT prices_meter_fkey REFERENCES meters,
    amount bigint NOT NULL CONSTRAINT prices_amount_range CHECK (amount >= 0),
    CONSTRAINT prices_pkey PRIMARY KEY (operation_code, meter_code)
);

CREATE TABLE plans (
    code text CONSTRAINT plans_pkey PRIMARY KEY
        CONSTRAINT plans_code_form CHECK (code ~ '^[a-z0-9_]{1,64}$'),
    name text NOT NULL,
    monthly_credits bigint NOT NULL
        CONSTRAINT plans_monthly_credits_range CHECK (monthly_credits >= 0),
    -- NULL is unlimited.
    seats bigint CONSTRAINT plans_seats_range CHECK (seats >= 1),
    usage_quota_feature boolean NOT NULL
);

-- Per billing month and meter. Credits and seats are limited by the plan's own columns.
CREATE TABLE plan_limits (
    plan_code text CONSTRAINT plan_limits_plan_fkey REFERENCES plans,
    meter_code text CONSTRAINT plan_limits_meter_fkey REFERENCES meters,
    -- NULL is unlimited: never denied, and still counted.
    limit_amount bigint CONSTRAINT plan_limits_amount_range CHECK (limit_amount >= 0),
    cap_kind text NOT NULL CONSTRAINT plan_limits_cap_kind CHECK (cap_kind IN ('hard', 'soft')),
    CONSTRAINT plan_limits_pkey PRIMARY KEY (plan_code, meter_code)
);

INSERT INTO meters (code, name, unit, scale, kind) VALUES
    ('credits', 'Credits', 'credits', 0, 'counter'),
    ('spend', 'Spend', 'currency', 6, 'counter'),
    ('users', 'Users', 'users', 0, 'gauge'),
    ('contacts', 'Contacts', 'contacts', 0, 'gauge'),
    ('companies', 'Companies', 'companies', 0, 'gauge'),
    ('storage', 'Storage', 'bytes', 0, 'gauge'),
    ('emails', 'Emails sent', 'emails', 0, 'counter'),
    ('ai_tokens', 'AI tokens', 'tokens', 0, 'counter'),
    ('enrichments', 'Enrichments', 'enrichments', 0, 'counter'),
    ('workflow_executions', 'Workflow executions', 'executions', 0, 'counter'),
    ('import_rows', 'Import rows', 'rows', 0, 'counter'),
    ('export_rows', 'Export rows', 'rows', 0, 'counter'),
    ('lead_captures', 'Lead captures', 'captures', 0, 'counter'),
    ('api_calls', 'API calls', 'calls', 0, 'counter');

INSERT INTO operations (code, name) VALUES
    ('prospect_search', 'Prospect search'),
    ('save_contacts', 'Save contacts'),
    ('mass_send', 'Mass send'),
    ('send_email', 'Send email'),
    ('ai_scoring', 'AI scoring'),
    ('enrich', 'Enrich'),
    ('ai_generate', 'AI generate'),
    ('run_workflow', 'Run workflow'),
    ('import_row', 'Import row'),
    ('export_row', 'Export row'),
    ('capture_lead', 'Capture lead'),
    ('api_call', 'API call'),
    ('view_contacts', 'View contacts'),
    ('edit_contacts', 'Edit contacts'),
    ('edit_templates', 'Edit templates');

INSERT INTO prices (operation_code, meter_code, amount) VALUES
    ('prospect_search', 'credits', 1),
    ('save_contacts', 'credits', 1),
    ('mass_send', 'credits', 1),
    ('mass_send', 'emails', 1),
    ('send_email', 'emails', 1),
    ('ai_scoring', 'credits', 1),
    ('enrich', 'credits', 1),
    ('enrich', 'enrichments', 1),
    ('ai_generate', 'ai_tokens', 1),
    ('ai_generate', 'spend', 15),
    ('run_workflow', 'workflow_executions', 1),
    ('import_row', 'import_rows', 1),
    ('export_row', 'export_rows', 1),
    ('capture_lead', 'lead_captures', 1),
    ('api_call', 'api_calls', 1);

INSERT INTO plans (code, name, monthly_credits, seats, usage_quota_feature) VALUES
    ('starter', 'Starter', 2000, 3, false),
    ('team', 'Team', 5000, 25, true),
    ('enterprise', 'Enterprise', 100000, NULL, true);

-- Every meter that an operation counts has a row in every plan; most are unlimited at first.
INSERT INTO plan_limits (plan_code, meter_code, limit_amount, cap_kind)
SELECT
    plans.code,
    meters.code,
    CASE
        WHEN meters.code = 'ai_tokens' AND plans.code = 'starter' THEN 200000
        WHEN meters.code = 'ai_tokens' AND plans.code = 'team' THEN 2000000
    END,
    CASE
        WHEN meters.code IN ('contacts', 'companies', 'workflow_executions', 'lead_captures')
        THEN 'soft' ELSE 'hard'
    END
FROM plans CROSS JOIN meters
WHERE meters.code NOT IN ('credits', 'users', 'spend');
