//! `ETag` and `If-Match` on everything that can be edited: an edit of an old version is 412, with how it
//! is now, and changes nothing (SPEC section 12).

use crate::{bad_input::everything, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

/// A call that edits something, and where that is read with its tag, if there is one.
type Edit = (&'static str, String, Value, Option<String>);

/// Makes one thing of each kind, and says how it is edited.
async fn edits(api: &Api) -> Vec<Edit> {
    let made = async |path: &str, body: Value| {
        let made = api.call("POST", &format!("/api/v1/{path}"), body).await.expect(201);
        format!("/api/v1/{path}/{}", made["id"].as_str().unwrap())
    };
    let member = json!({"email": "bob@acme.test", "name": "Bob", "status": "active"});
    let invited = json!({"email": "cy@acme.test", "name": "Cy"});
    let channel = json!({"name": "Ops", "kind": "webhook", "url": "http://127.0.0.1:9/",
        "kinds": ["limit.reached"], "levels": ["organization"]});
    let (member, invited) = (made("members", member).await, made("members", invited).await);
    let subtenant = made("subtenants", json!({"name": "North"})).await;
    let quota = made("quotas", json!({"meter": "emails", "monthly": 5})).await;
    let channel = made("channels", channel).await;
    let path = |path: &str| format!("/api/v1/{path}");
    let settings = json!({"cycle": {"kind": "monthly"}, "limit": 10, "set_aside": true,
        "packs_extend": true});
    let level = json!({"thresholds": [80], "administrators": true});
    let alerts = json!({"organization": level, "subtenants": level, "members": level});
    let limit = format!("{member}/credit-limit");
    let here = |path: &str| Some(path.to_owned());
    vec![
        ("PUT", path("credit-settings"), settings, Some(path("credit-settings"))),
        (
            "PUT",
            path("default-limits"),
            json!({"default": {"kind": "none"}}),
            Some(path("default-limits")),
        ),
        ("PUT", path("alert-settings"), alerts, Some(path("alert-settings"))),
        ("PUT", limit.clone(), json!({"kind": "none"}), Some(limit)),
        ("PUT", format!("{member}/subtenant"), json!({"subtenant": null}), None),
        ("PATCH", subtenant.clone(), json!({"name": "South"}), here(&subtenant)),
        ("PATCH", quota.clone(), json!({"monthly": 6}), here(&quota)),
        ("DELETE", quota.clone(), Value::Null, None),
        ("PATCH", channel.clone(), json!({"enabled": false}), here(&channel)),
        ("POST", format!("{channel}/secret"), Value::Null, None),
        ("DELETE", channel, Value::Null, None),
        ("DELETE", format!("{invited}/invitation"), Value::Null, None),
        ("PATCH", member.clone(), json!({"name": "Robert"}), here(&member)),
        ("DELETE", member, Value::Null, None),
    ]
}

/// The same for what operators edit.
fn operators_edits(api: &Api) -> Vec<Edit> {
    let path = |path: &str| format!("/api/v1/operator/{path}");
    let here = |name: &str| Some(path(name));
    let ours = path(&format!("organizations/{}", api.organization.id));
    let plan =
        json!({"name": "Team", "monthly_credits": 5, "seats": 5, "usage_quota_feature": true});
    let limit = json!({"limit": 5, "cap": "soft"});
    let meter = json!({"name": "Mails", "unit": "mails", "scale": 0, "kind": "counter"});
    vec![
        ("PATCH", ours.clone(), json!({"name": "Ours"}), Some(ours)),
        ("PUT", path("plans/team"), plan, here("plans/team")),
        ("PUT", path("plans/team/limits/emails"), limit, None),
        ("PUT", path("operations/enrich"), json!({"name": "E"}), here("operations/enrich")),
        ("PUT", path("operations/enrich/prices/emails"), json!({"amount": 1}), None),
        ("PUT", path("meters/emails"), meter, here("meters/emails")),
    ]
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_of_an_old_version_is_refused_with_how_it_is_now(pool: PgPool) {
    let api = Api::new(pool).await;
    let (organization, operator) = (api.organization.api_key.clone(), api.operator_key().await);
    let of_organization = edits(&api).await.into_iter().map(|edit| (&organization, edit));
    let of_operator = operators_edits(&api).into_iter().map(|edit| (&operator, edit));
    let all: Vec<_> = of_organization.chain(of_operator).collect();
    let before = everything(&api).await;
    for (key, (method, path, body, _)) in &all {
        for old in ["\"99\"", "99", "\"x\"", "W/\"1\""] {
            let reply = api.call_as(key, method, path, body.clone(), &[("if-match", old)]).await;
            let stale = reply.expect(412);
            assert_eq!(stale["code"], "STALE", "{method} {path} {old}");
            assert!(stale["current"].is_object(), "{method} {path}: {stale}");
        }
    }
    assert_eq!(everything(&api).await, before);
    for (key, (method, path, body, read)) in all {
        let tag = match read {
            Some(read) => {
                let reply = api.call_as(key, "GET", &read, Value::Null, &[]).await;
                reply.header("etag").unwrap_or_else(|| panic!("{read} has no tag")).to_owned()
            }
            None => "*".to_owned(),
        };
        let saved = api.call_as(key, method, &path, body, &[("if-match", &tag)]).await;
        assert!(saved.status < 300, "{method} {path} {tag}: {}", saved.body);
    }
}
