//! Every operation of the API, with a call of it and the right that it needs.

use crate::support::Api;
use domain::{access::Action, amount::Quantity};
use serde_json::{Value, json};
use service::{CreatedOrganization, NewPack, Operator};

/// Things that belong to one part of an organization, by their ids.
pub(super) struct Things {
    pub member: String,
    /// A member who has not joined yet.
    pub invited: String,
    pub subtenant: String,
    /// A quota of the subtenant.
    pub usage_quota: String,
    /// A quota of the member.
    pub user_quota: String,
    pub consumption: String,
    pub pack: String,
    /// One to commit, one to release, one to renew.
    pub reservations: [String; 3],
    /// One to complete, one to fail.
    pub jobs: [String; 2],
    /// A change of a limit that can be undone.
    pub change: String,
    /// What the member asks for: more credits, to spend more a day, and to send more emails a day.
    pub requests: [String; 3],
    pub channel: String,
    /// A message to the channel that was given up.
    pub delivery: String,
    /// A key of the organization that administers it.
    pub api_key: String,
}

impl Things {
    /// Makes them in an organization, in a new part of this name. The people of it have it in their
    /// emails.
    pub(super) async fn of(api: &Api, organization: &CreatedOrganization, part: &str) -> Self {
        let call = async |method: &str, path: &str, body: Value| {
            let path = format!("/api/v1/{path}");
            api.call_as(&organization.api_key, method, &path, body, &[]).await
        };
        let id = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
        let made = async |path: &str, body: Value| call("POST", path, body).await.expect(201);
        let subtenant = id(&made("subtenants", json!({"name": part})).await, "id");
        let person = async |name: &str, status: &str| {
            let email = format!("{name}@{part}.test");
            let body = json!({"email": email, "name": format!("{name} of {part}"),
                "subtenant": subtenant, "status": status});
            id(&made("members", body).await, "id")
        };
        let (member, invited) = (person("bob", "active").await, person("cy", "invited").await);
        let of_part = json!({"meter": "spend", "daily": 5, "subtenant": subtenant});
        let of_member = json!({"meter": "spend", "daily": 5, "member": member});
        let one = json!({"operation": "prospect_search", "quantity": 1});
        let hold = async || id(&made("reservations", one.clone()).await, "reservation_id");
        let reservations = [hold().await, hold().await, hold().await];
        let rows = json!({"operation": "prospect_search", "rows": 1});
        let job = async || id(&made("jobs", rows.clone()).await, "id");
        let jobs = [job().await, job().await];
        let consumed = call("POST", "consume", one).await.expect(200);
        let credits = Quantity::parse("credits", 200).unwrap();
        let (operator, whose) = (Operator::command_line(), organization.id);
        let pack = api.service.grant_pack(&operator, whose, NewPack::of(credits), None).await;
        let limits = json!({"limits": [{"member": member, "kind": "credits", "amount": 5}]});
        let changed = call("PUT", "members/credit-limits", limits).await.expect(200);
        let of_member = id(&made("quotas", of_member).await, "id");
        let request = async |meter: &str, period: Option<&str>| -> String {
            let sql = "INSERT INTO raise_requests (organization_id, raise_request_id, member_id,
                    meter_code, period, limit_asked, reason, asked_at)
                VALUES ($1, gen_random_uuid(), $2::uuid, $3, $4, 50, 'More', '2026-11-21 12:00+00')
                RETURNING raise_request_id::text";
            let made = sqlx::query_scalar(sql).bind(whose.0).bind(&member).bind(meter).bind(period);
            made.fetch_one(&api.pool).await.unwrap()
        };
        let channel = made("channels", channel(&format!("Team of {part}"))).await;
        let channel = id(&channel, "id");
        let key = json!({"name": format!("Key of {part}"), "scopes": ["admin"]});
        let api_key = id(&made("api-keys", key).await, "id");
        Self {
            requests: [
                request("credits", None).await,
                request("spend", Some("daily")).await,
                request("emails", Some("daily")).await,
            ],
            delivery: given_up(api, organization, &channel).await,
            channel,
            api_key,
            usage_quota: id(&made("quotas", of_part).await, "id"),
            user_quota: of_member,
            consumption: id(&consumed, "consumption_id"),
            pack: pack.unwrap().pack_id.to_string(),
            change: id(&changed, "change_id"),
            member,
            invited,
            subtenant,
            reservations,
            jobs,
        }
    }
}

/// A channel that leads nowhere.
fn channel(name: &str) -> Value {
    json!({"name": name, "kind": "webhook", "url": "http://127.0.0.1:9/hook",
        "kinds": ["limit.reached"], "levels": ["organization"]})
}

/// A message to a channel that was given up.
async fn given_up(api: &Api, organization: &CreatedOrganization, channel: &str) -> String {
    let (id, channel): (uuid::Uuid, uuid::Uuid) = (uuid::Uuid::now_v7(), channel.parse().unwrap());
    for sql in [
        r#"INSERT INTO events (organization_id, event_id, kind, happened_at, news, told_at)
        VALUES ($1, $3, 'channel.test', now(),
            '{"type": "channel.test", "data": {"channel": "Team"}}', now())"#,
        "INSERT INTO lanes (organization_id, lane_id, channel_id, failures)
        SELECT $1, $2, $2, 0 WHERE $3::uuid IS NOT NULL",
        "INSERT INTO deliveries (organization_id, delivery_id, event_id, lane_id, state, queued_at,
            due_at, attempts, ended_at, error)
        VALUES ($1, $3, $3, $2, 'undelivered', now(), now(), 1, now(), 'It was not taken.')",
    ] {
        let query = sqlx::query(sql).bind(organization.id.0).bind(channel).bind(id);
        query.execute(&api.pool).await.unwrap();
    }
    id.to_string()
}

/// Method, path and body of a call, with the right that it needs.
pub(super) type Operation = (&'static str, String, Value, Action);

/// Every operation of the API, with those last that name one of `things`.
pub(super) fn operations(things: &Things) -> Vec<Operation> {
    // Only a change that nothing followed can be undone.
    let [undo, on_things @ ..] = operations_on(things);
    let at_large = operations_at_large().into_iter();
    let at_large =
        at_large.map(|(method, path, body, action)| (method, path.to_owned(), body, action));
    std::iter::once(undo).chain(at_large).chain(on_things).collect()
}

/// Every operation that names nothing of an organization.
pub(super) fn operations_at_large() -> [(&'static str, &'static str, Value, Action); 47] {
    use Action::{
        Consume, EditCreditSettings, EditMemberLimits, EditUsageQuotas, ImportUsage, ManageAlerts,
        ManageApiKeys, ManageMembers, RequestPlan, ShareUsage, ViewAlerts, ViewApiKeys, ViewAudit,
        ViewCredits, ViewMembers, ViewRaiseRequests, ViewUsage, ViewUsageQuotas, ViewWork,
    };
    let request = json!({"operation": "view_contacts", "quantity": 1});
    let batch = json!({"requests": [request]});
    let job = json!({"operation": "view_contacts", "rows": 1});
    let settings = json!({"cycle": {"kind": "monthly"}, "limit": 10, "set_aside": true,
        "packs_extend": true});
    let new = json!({"email": "n@acme.test", "name": "N"});
    let key = json!({"name": "CI", "scopes": ["admin"]});
    let quota = json!({"meter": "emails", "monthly": 5});
    let event = json!({"specversion": "1.0", "type": "allot.usage", "source": "/crm", "id": "1",
        "time": "2026-11-02T09:00:00Z", "data": {"operation": "send_email", "quantity": 1}});
    let events = json!({"events": [event]});
    let level = json!({"thresholds": [80], "administrators": true});
    let alerts = json!({"organization": level, "subtenants": level, "members": level});
    [
        ("GET", "/api/usage", Value::Null, ViewCredits),
        ("POST", "/api/v1/check", request.clone(), Consume),
        ("POST", "/api/v1/consume", request.clone(), Consume),
        ("POST", "/api/v1/consume/batch", batch, Consume),
        ("POST", "/api/v1/reservations", request, Consume),
        ("GET", "/api/v1/reservations", Value::Null, ViewWork),
        ("GET", "/api/v1/limits", Value::Null, ViewWork),
        ("GET", "/api/v1/gauges", Value::Null, ViewWork),
        ("GET", "/api/v1/organization", Value::Null, ViewWork),
        ("GET", "/api/v1/operations", Value::Null, ViewWork),
        ("GET", "/api/v1/meters", Value::Null, ViewWork),
        ("GET", "/api/v1/roles", Value::Null, ViewMembers),
        ("GET", "/api/v1/job-roles", Value::Null, ViewMembers),
        ("PUT", "/api/v1/usage-sharing", json!({"shared_with_members": true}), ShareUsage),
        ("POST", "/api/v1/jobs", job, Consume),
        ("GET", "/api/v1/jobs", Value::Null, ViewWork),
        ("PUT", "/api/v1/gauges/contacts", json!({"level": 5}), Consume),
        ("POST", "/api/v1/usage/import", events, ImportUsage),
        ("GET", "/api/v1/credit-settings", Value::Null, ViewCredits),
        ("PUT", "/api/v1/credit-settings", settings, EditCreditSettings),
        ("GET", "/api/v1/default-limits", Value::Null, ViewCredits),
        ("PUT", "/api/v1/default-limits", json!({"default": {"kind": "none"}}), EditMemberLimits),
        ("PUT", "/api/v1/members/credit-limits/evenly", Value::Null, EditMemberLimits),
        ("GET", "/api/v1/members", Value::Null, ViewMembers),
        ("POST", "/api/v1/members", new, ManageMembers),
        ("GET", "/api/v1/subtenants", Value::Null, ViewMembers),
        ("POST", "/api/v1/subtenants", json!({"name": "South"}), ManageMembers),
        ("GET", "/api/v1/alerts", Value::Null, ViewAlerts),
        ("GET", "/api/v1/alert-settings", Value::Null, ViewAlerts),
        ("PUT", "/api/v1/alert-settings", alerts, ManageAlerts),
        ("GET", "/api/v1/channels", Value::Null, ViewAlerts),
        ("POST", "/api/v1/channels", channel("Ops"), ManageAlerts),
        ("GET", "/api/v1/deliveries", Value::Null, ViewAlerts),
        ("GET", "/api/v1/api-keys", Value::Null, ViewApiKeys),
        ("POST", "/api/v1/api-keys", key, ManageApiKeys),
        ("GET", "/api/v1/audit", Value::Null, ViewAudit),
        ("GET", "/api/v1/usage", Value::Null, ViewUsage),
        ("GET", "/api/v1/ledger", Value::Null, ViewUsage),
        ("GET", "/api/v1/reports/month", Value::Null, ViewUsage),
        ("GET", "/api/v1/reports/reallocation", Value::Null, EditMemberLimits),
        ("GET", "/api/v1/quotas", Value::Null, ViewUsageQuotas),
        ("POST", "/api/v1/quotas", quota, EditUsageQuotas),
        ("GET", "/api/v1/raise-requests", Value::Null, ViewRaiseRequests),
        ("GET", "/api/v1/packs", Value::Null, ViewCredits),
        ("GET", "/api/v1/plan", Value::Null, ViewCredits),
        ("POST", "/api/v1/plan/request", json!({"plan": "team"}), RequestPlan),
        ("DELETE", "/api/v1/plan/request", Value::Null, RequestPlan),
    ]
}

/// Every operation that names something of an organization: for others it does not exist.
pub(super) fn operations_on(things: &Things) -> [Operation; 52] {
    use Action::{
        AnswerRaiseRequests, Consume, EditMemberLimits, EditUsageQuotas, EditUserQuotas,
        ManageAlerts, ManageApiKeys, ManageMembers, ViewAlerts, ViewApiKeys, ViewCredits,
        ViewMembers, ViewRaiseRequests, ViewUsage, ViewUsageQuotas, ViewWork,
    };
    let raises = "/api/v1/raise-requests".to_owned();
    let [more_credits, more_spend, more_emails] =
        things.requests.each_ref().map(|id| format!("{raises}/{id}"));
    let (approve, decline) = (format!("{more_credits}/approve"), format!("{more_spend}/decline"));
    let withdraw = format!("{more_emails}/withdraw");
    let more =
        json!({"member": things.member, "own_limit": "credits", "limit": 90, "reason": "More"});
    let Things { member, invited, subtenant, usage_quota, consumption, pack, change, .. } = things;
    let of_one = format!("/api/v1/members/{member}");
    let invitation = format!("/api/v1/members/{invited}/invitation");
    let limit = format!("/api/v1/members/{member}/credit-limit");
    let limits = json!({"limits": [{"member": member, "kind": "none"}]});
    let quotas = "/api/v1/quotas".to_owned();
    let quota = format!("{quotas}/{usage_quota}");
    let [commit, release, renew] = &things.reservations;
    let reservation = |id: &str, how: &str| format!("/api/v1/reservations/{id}/{how}");
    let one = json!({"quantity": 1});
    let [complete, fail] = &things.jobs;
    let job = |id: &str, what: &str| format!("/api/v1/jobs/{id}{what}");
    let refund = json!({"consumption_id": consumption, "quantity": 1});
    let of_member = json!({"meter": "emails", "member": member, "daily": 5});
    let of_subtenant = json!({"meter": "emails", "subtenant": subtenant, "daily": 5});
    let level = json!({"level": 5, "member": member});
    let one_subtenant = format!("/api/v1/subtenants/{subtenant}");
    let moved = format!("/api/v1/members/{member}/subtenant");
    let channel = format!("/api/v1/channels/{}", things.channel);
    let delivery = format!("/api/v1/deliveries/{}", things.delivery);
    let undo = format!("/api/v1/credit-limit-changes/{change}");
    let key = format!("/api/v1/api-keys/{}", things.api_key);
    [
        ("DELETE", undo, Value::Null, EditMemberLimits),
        ("GET", limit.clone(), Value::Null, ViewCredits),
        ("PUT", limit, json!({"kind": "none"}), EditMemberLimits),
        ("PUT", "/api/v1/members/credit-limits".to_owned(), limits, EditMemberLimits),
        ("GET", format!("/api/v1/reservations/{commit}"), Value::Null, ViewWork),
        ("POST", reservation(commit, "commit"), one, Consume),
        ("POST", reservation(release, "release"), json!({}), Consume),
        ("POST", reservation(renew, "renew"), json!({}), Consume),
        ("GET", job(complete, ""), Value::Null, ViewWork),
        ("POST", job(complete, "/progress"), json!({"processed": 1}), Consume),
        ("POST", job(complete, "/complete"), json!({"succeeded": 1}), Consume),
        ("POST", job(fail, "/fail"), json!({"reason": "validation"}), Consume),
        ("GET", format!("/api/v1/consumptions/{consumption}"), Value::Null, ViewWork),
        ("POST", "/api/v1/refunds".to_owned(), refund, Consume),
        ("GET", format!("/api/v1/limits?member={member}"), Value::Null, ViewWork),
        ("GET", format!("/api/v1/limits?subtenant={subtenant}"), Value::Null, ViewWork),
        ("GET", format!("/api/v1/gauges?member={member}"), Value::Null, ViewWork),
        ("PUT", "/api/v1/gauges/contacts".to_owned(), level, Consume),
        ("GET", one_subtenant.clone(), Value::Null, ViewMembers),
        ("PATCH", one_subtenant, json!({"name": "North-West"}), ManageMembers),
        ("PUT", moved, json!({"subtenant": null}), ManageMembers),
        ("POST", quotas.clone(), of_member, EditUserQuotas),
        ("POST", quotas, of_subtenant, EditUsageQuotas),
        ("GET", quota.clone(), Value::Null, ViewUsageQuotas),
        ("PATCH", quota.clone(), json!({"daily": 6}), EditUsageQuotas),
        ("DELETE", quota, Value::Null, EditUsageQuotas),
        ("GET", more_credits, Value::Null, ViewRaiseRequests),
        ("POST", approve, json!({}), AnswerRaiseRequests),
        ("POST", decline, json!({"answer": "No"}), AnswerRaiseRequests),
        ("POST", withdraw, Value::Null, AnswerRaiseRequests),
        ("POST", raises, more, AnswerRaiseRequests),
        ("GET", format!("/api/v1/packs/{pack}"), Value::Null, ViewCredits),
        ("GET", format!("/api/v1/packs/{pack}/ledger"), Value::Null, ViewCredits),
        ("GET", format!("/api/v1/usage?member={member}"), Value::Null, ViewUsage),
        ("GET", format!("/api/v1/ledger?member={member}"), Value::Null, ViewUsage),
        ("GET", format!("/api/v1/usage?subtenant={subtenant}"), Value::Null, ViewUsage),
        ("GET", of_one.clone(), Value::Null, ViewMembers),
        ("PATCH", of_one.clone(), json!({"name": "Robert"}), ManageMembers),
        ("POST", invitation.clone(), Value::Null, ManageMembers),
        ("DELETE", invitation, Value::Null, ManageMembers),
        ("DELETE", of_one, Value::Null, ManageMembers),
        ("GET", delivery.clone(), Value::Null, ViewAlerts),
        ("POST", format!("{delivery}/send"), Value::Null, ManageAlerts),
        ("GET", channel.clone(), Value::Null, ViewAlerts),
        ("PATCH", channel.clone(), json!({"enabled": false}), ManageAlerts),
        ("POST", format!("{channel}/secret"), Value::Null, ManageAlerts),
        ("POST", format!("{channel}/test"), Value::Null, ManageAlerts),
        ("DELETE", channel, Value::Null, ManageAlerts),
        ("GET", key.clone(), Value::Null, ViewApiKeys),
        ("PATCH", key.clone(), json!({"name": "CI"}), ManageApiKeys),
        ("POST", format!("{key}/rotate"), json!({"overlap_seconds": 60}), ManageApiKeys),
        ("DELETE", key, Value::Null, ManageApiKeys),
    ]
}

/// Every operation for operators.
pub(super) fn operator_operations(api: &Api) -> [(&'static str, String, Value); 20] {
    let organizations = "/api/v1/operator/organizations".to_owned();
    let ours = format!("{organizations}/{}", api.organization.id);
    let packs = format!("{ours}/packs");
    let path = |path: &str| format!("/api/v1/operator/{path}");
    let new = json!({"name": "N", "plan": "team", "admin": "n@n.test"});
    let plan =
        json!({"name": "Pro", "monthly_credits": 5, "seats": 5, "usage_quota_feature": true});
    let meter = json!({"name": "Faxes", "unit": "pages", "scale": 0, "kind": "counter"});
    [
        ("GET", organizations.clone(), Value::Null),
        ("POST", organizations, new),
        ("GET", ours.clone(), Value::Null),
        ("PATCH", ours.clone(), json!({"name": "Ours"})),
        ("PUT", format!("{ours}/plan-request"), json!({"answer": "declined"})),
        ("GET", packs.clone(), Value::Null),
        ("POST", packs, json!({"credits": 5})),
        ("GET", path("plan-requests"), Value::Null),
        ("GET", path("plans"), Value::Null),
        ("PUT", path("plans/pro"), plan),
        ("GET", path("plans/pro"), Value::Null),
        ("PUT", path("plans/pro/limits/emails"), json!({"limit": 5, "cap": "soft"})),
        ("GET", path("operations"), Value::Null),
        ("PUT", path("operations/fax"), json!({"name": "Fax"})),
        ("GET", path("operations/fax"), Value::Null),
        ("PUT", path("operations/fax/prices/emails"), json!({"amount": 1})),
        ("GET", path("meters"), Value::Null),
        ("PUT", path("meters/faxes"), meter),
        ("GET", path("meters/faxes"), Value::Null),
        ("GET", path("log"), Value::Null),
    ]
}
