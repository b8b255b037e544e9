//! `allot config check`.

use crate::support::Installation;
use serde_json::Value;
use sqlx::{ConnectOptions as _, PgPool};
use std::{fs, path::PathBuf, process::Command};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_configuration_is_tried_before_it_is_used(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || check(&installation)).await.unwrap();
}

/// Runs it with these variables: whether all is well, and the report.
fn report(
    installation: &Installation,
    folder: &Folder,
    variables: &[(&str, &str)],
) -> (bool, Value) {
    let mut command: Command = installation.allot(&["config", "check", "--json"]);
    command.env("ALLOT_DATA_DIR", folder.0.join("data")).env("ALLOT_SITE", &folder.0);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    assert_eq!(report["ok"], output.status.success());
    assert!(!text.contains("s3cret"), "{text}");
    (output.status.success(), report)
}

/// What was found wrong, and why.
fn wrong(report: &Value) -> Vec<(String, String)> {
    let checks = report["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false);
    let text = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    checks.map(|check| (text(check, "what"), text(check, "detail"))).collect()
}

fn check(installation: &Installation) {
    let folder =
        Folder(std::env::temp_dir().join(format!("allot-config-{}", uuid::Uuid::now_v7())));
    fs::create_dir_all(folder.0.join("pkg")).unwrap();
    let (ok, good) = report(installation, &folder, &[("ALLOT_LOG", "info")]);
    assert!(ok, "{good:#}");
    let settings = good["settings"].as_array().unwrap();
    let setting = |name: &str| settings.iter().find(|of| of["variable"] == name).unwrap();
    assert_eq!(
        (&setting("ALLOT_LOG")["value"], &setting("ALLOT_LOG")["source"]),
        (&"info".into(), &"environment".into())
    );
    let requests = setting("ALLOT_REQUESTS_PER_SECOND");
    assert_eq!((&requests["value"], &requests["source"]), (&"20000".into(), &"default".into()));
    assert_eq!(setting("ALLOT_SECRET_KEY")["value"], "(set)");
    assert_eq!(setting("ALLOT_SMTP_URL")["value"], Value::Null);
    assert!(!folder.0.join("data").exists(), "it changes nothing");

    for (variable, value, what, why) in [
        (
            "DATABASE_URL",
            "postgres://allot:s3cret@127.0.0.1:1/allot",
            "database",
            "does not answer",
        ),
        ("ALLOT_DATA_DIR", "/dev/null/allot", "data folder", "can't be written to"),
        ("ALLOT_SITE", "/no/such/site", "compiled pages", "does not exist"),
        ("ALLOT_PUBLIC_URL", "allot.test", "public URL", "can't be read"),
        ("ALLOT_PUBLIC_URL", "https://allot.test/allot", "public URL", "root"),
        ("ALLOT_SECRET_KEY", "s3cret", "secret key", "must be"),
        ("ALLOT_SMTP_URL", "smtp://127.0.0.1:1", "email", "refuses"),
        ("ALLOT_MAIL_FROM", "nobody", "email", "sender"),
        ("ALLOT_METRICS_TOKEN", "s3cret", "metrics", "16 characters"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4318", "traces", "can't be read"),
        ("ALLOT_LISTEN", "everywhere", "ALLOT_LISTEN", "everywhere"),
        ("ALLOT_LOG_FORMAT", "xml", "ALLOT_LOG_FORMAT", "xml"),
        ("ALLOT_LEDGER_MONTHS", "12", "ALLOT_LEDGER_MONTHS", "12"),
    ] {
        let (ok, bad) = report(installation, &folder, &[(variable, value)]);
        assert!(!ok, "{variable}={value}");
        let found = wrong(&bad);
        assert_eq!(found.len(), 1, "{variable}={value}: {found:?}");
        assert_eq!(found[0].0, what);
        assert!(found[0].1.contains(why), "{variable}={value}: {found:?}");
    }

    // Everything that is wrong at once, and a name that is nearly right.
    let several =
        [("ALLOT_LISTEN", "x"), ("ALLOT_DEMO", "maybe"), ("ALLOT_REQUEST_PER_SECOND", "9")];
    let (ok, bad) = report(installation, &folder, &several);
    assert!(!ok);
    assert_eq!(wrong(&bad).len(), 2, "{bad:#}");
    let unknown = &bad["unknown"][0];
    let found = (&unknown["variable"], &unknown["like"]);
    assert_eq!(found, (&"ALLOT_REQUEST_PER_SECOND".into(), &"ALLOT_REQUESTS_PER_SECOND".into()));
}
