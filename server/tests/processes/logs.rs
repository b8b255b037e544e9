//! What a server logs: each request by its id, and nothing that is secret.

use crate::support::{CONSUME, Installation, Server, agent};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    fs::{self, File},
    path::PathBuf,
};
use ureq::Agent;

#[sqlx::test(migrations = "../migrations")]
async fn the_log_has_every_request_and_no_secret(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || log(&installation)).await.unwrap();
}

/// What a client sends, and keeps for itself.
struct Client {
    server: String,
    key: String,
    agent: Agent,
}

impl Client {
    fn send(&self, id: &str, (method, path): (&str, &str), cookie: &str, body: &Value) -> String {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .header("cookie", cookie)
            .header("x-request-id", id);
        let mut reply = self.agent.run(request.body(body.to_string()).unwrap()).unwrap();
        let cookie = reply.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap());
        let cookie = cookie.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        let _body = reply.body_mut().read_to_string().unwrap();
        cookie
    }
}

fn log(installation: &Installation) {
    let file: PathBuf = std::env::temp_dir().join(format!("allot-log-{}", uuid::Uuid::now_v7()));
    let server = Server::start_with(installation, |command| {
        // Everything that ours could say, and what libraries tell at most.
        let filter = "info,server=trace,service=trace,store=trace,app=trace,channels=trace";
        command.env("ALLOT_LOG", filter).env("ALLOT_LOG_FORMAT", "json");
        command.env("ALLOT_METRICS_TOKEN", "metrics-token-4711");
        command.stderr(File::create(&file).unwrap());
    });
    let organization = installation.organization();
    let text = |name: &str| organization[name].as_str().unwrap().to_owned();
    let (key, sign_in_url) = (text("api_key"), text("sign_in_url"));
    let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
    let agent_without_redirects = Agent::new_with_config(config);
    let client = Client { server: server.url.clone(), key, agent: agent_without_redirects };

    let (_, sign_in_token) = sign_in_url.split_once("/sign-in/").unwrap();
    let sign_in = format!("/sign-in/{sign_in_token}");
    let cookie = client.send("log-1", ("GET", &sign_in), "", &Value::Null);
    assert!(cookie.starts_with("allot="), "{cookie}");
    client.send("log-2", ("GET", "/my-usage?search=secret-query"), &cookie, &Value::Null);
    let member = json!({"email": "eve-secret@acme.test", "name": "Secret Eve", "status": "active"});
    client.send("log-3", ("POST", "/api/v1/members"), "", &member);
    let refused = json!({"operation": "secret_operation", "quantity": 1});
    client.send("log-4", CONSUME, "", &refused);
    let malformed = json!({"operation": "prospect_search", "quantity": "secret-quantity"});
    client.send("log-5", CONSUME, "", &malformed);
    let allowed = json!({"operation": "prospect_search", "quantity": 1});
    client.send("log-6", CONSUME, "", &allowed);
    let hook = json!({"name": "Ops", "kind": "webhook", "url": "http://127.0.0.1:1/secret-path",
        "kinds": ["limit.reached"], "levels": ["organization"]});
    client.send("log-7", ("POST", "/api/v1/channels"), "", &hook);
    client.send("log-8", ("POST", "/actions/login"), "", &json!({"password": "secret-password"}));
    client.send("log-9", ("GET", "/metrics"), "", &Value::Null);
    let metrics = agent().get(format!("{}/metrics", server.url));
    let metrics = metrics.header("authorization", "Bearer metrics-token-4711").call().unwrap();
    assert_eq!(metrics.status(), 200);
    server.stop();

    let log = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    for (id, method, route, status) in [
        ("log-1", "GET", "/sign-in/{token}", 303),
        ("log-2", "GET", "/my-usage", 200),
        ("log-3", "POST", "/api/v1/members", 201),
        ("log-4", "POST", "/api/v1/consume", 422),
        ("log-5", "POST", "/api/v1/consume", 422),
        ("log-6", "POST", "/api/v1/consume", 200),
        ("log-9", "GET", "/metrics", 401),
    ] {
        let of_request: Vec<&Value> = lines
            .iter()
            .filter(|line| line["request_id"] == id && line["status"].is_u64())
            .collect();
        let [line] = of_request[..] else { panic!("{id}: {of_request:?}") };
        let found = (&line["method"], &line["route"], &line["status"], &line["level"]);
        assert_eq!(found, (&method.into(), &route.into(), &status.into(), &"INFO".into()), "{id}");
        assert!(line["milliseconds"].is_u64() && line["timestamp"].is_string(), "{line}");
    }
    let cookie = cookie.strip_prefix("allot=").unwrap();
    let secret_of_key = client.key.rsplit('_').next().unwrap();
    let secrets = [
        secret_of_key,
        sign_in_token,
        cookie,
        "metrics-token-4711",
        "secret",
        "Secret",
        "acme.test",
    ];
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}
