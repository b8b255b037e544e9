use crate::support::Installation;
use serde_json::Value;
use sqlx::{ConnectOptions as _, PgPool};

/// Everything that an operator does has a command, which answers people and, as JSON, programs.
#[sqlx::test(migrations = "../migrations")]
async fn an_installation_is_run_by_the_command_line(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || {
        operators(&installation);
        catalogue(&installation);
        organizations(&installation);
        assert_eq!(installation.answer(&["verify"])["agrees"], true);
    })
    .await
    .unwrap();
}

/// What a command prints for people.
fn says(installation: &Installation, arguments: &[&str]) -> String {
    let output = installation.allot(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn is_refused(installation: &Installation, arguments: &[&str]) {
    let output = installation.allot(arguments).stderr(std::process::Stdio::null()).output();
    assert!(!output.unwrap().status.success(), "{arguments:?}");
}

fn operators(installation: &Installation) {
    let olga = ["--email", "olga@allot.test", "--name", "Olga"];
    let made = installation.answer(&[&["operator", "create"], &olga[..]].concat());
    let link = made["sign_in_url"].as_str().unwrap();
    assert!(link.starts_with("http://127.0.0.1:3000/operator/sign-in/"), "{link}");
    is_refused(installation, &[&["operator", "create"], &olga[..]].concat());
    let key = installation.answer(&[&["operator", "key"], &olga[..]].concat());
    assert!(key["operator_key"].as_str().unwrap().starts_with("allot_op_"));
    let email = ["--email", "olga@allot.test"];
    let link = says(installation, &[&["operator", "link"], &email[..]].concat());
    assert!(link.contains("/operator/sign-in/"), "{link}");
    installation.answer(&[&["operator", "disable"], &email[..]].concat());
    is_refused(installation, &[&["operator", "key"], &olga[..]].concat());
}

fn catalogue(installation: &Installation) {
    let pro = ["plan", "set", "--code", "pro", "--name", "Pro", "--monthly-credits", "300"];
    is_refused(installation, &pro);
    let rest = ["--seats", "unlimited", "--usage-quota-feature", "true"];
    let made = installation.answer(&[&pro[..], &rest[..]].concat());
    assert_eq!((&made["monthly_credits"], &made["seats"]), (&300.into(), &Value::Null));
    let seats = installation.answer(&["plan", "set", "--code", "pro", "--seats", "7"]);
    assert_eq!((&seats["monthly_credits"], &seats["seats"]), (&300.into(), &7.into()));
    is_refused(installation, &["plan", "set", "--code", "pro", "--seats", "0"]);

    let meter = ["meter", "set", "--code", "faxes", "--name", "Faxes", "--unit", "pages"];
    assert_eq!(installation.answer(&meter)["kind"], "counter");
    installation.answer(&["operation", "set", "--code", "send_fax", "--name", "Send fax"]);
    let price = ["price", "set", "--operation", "send_fax", "--meter", "faxes", "--amount"];
    let priced = installation.answer(&[&price[..], &["2"]].concat());
    assert_eq!(priced["prices"], serde_json::json!([["faxes", 2]]));
    assert!(says(installation, &["operation", "list"]).contains("2 faxes"));
    assert!(says(installation, &[&price[..], &["0"]].concat()).contains("free"));
    is_refused(installation, &[&price[..], &["-1"]].concat());

    let limit = ["plan", "limit", "--plan", "pro", "--meter", "faxes", "--cap", "soft", "--limit"];
    assert!(says(installation, &[&limit[..], &["10"]].concat()).contains("soft"));
    is_refused(installation, &[&limit[..], &["many"]].concat());
    let lifted = installation.answer(&[&limit[..], &["unlimited"]].concat());
    let faxes = lifted["limits"].as_array().unwrap().iter().find(|of| of["meter"] == "faxes");
    assert_eq!(faxes.unwrap()["limit"], Value::Null);
    assert!(says(installation, &["plan", "list"]).contains("unlimited seats"));
    assert!(says(installation, &["meter", "list"]).contains("faxes"));
}

fn organizations(installation: &Installation) {
    let made = installation.organization();
    let id = made["organization_id"].as_str().unwrap();
    let on = |command: &[&'static str]| {
        let arguments = [command, &["--organization", id]].concat();
        installation.answer(&arguments)
    };
    assert_eq!(on(&["organization", "show"])["plan"], "enterprise");
    assert_eq!(on(&["organization", "suspend"])["status"], "suspended");
    assert_eq!(on(&["organization", "resume"])["status"], "active");
    assert_eq!(on(&["organization", "set-plan", "--plan", "pro"])["allowance"], 300);
    on(&["pack", "grant", "--credits", "200"]);
    assert_eq!(on(&["pack", "list"])["packs"][0]["remaining"], 200);
    let listed = installation.answer(&["organization", "list", "--plan", "pro"]);
    assert_eq!(listed["organizations"][0]["id"], id);
    assert!(says(installation, &["organization", "list", "--search", "acme"]).contains(id));
    let shown = says(installation, &["organization", "show", "--organization", id]);
    assert!(shown.contains("Extra credits") && shown.contains("200"), "{shown}");
    is_refused(installation, &["organization", "set-plan", "--organization", id, "--plan", "no"]);
}
