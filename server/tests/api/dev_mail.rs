//! `/dev/mail`, which shows emails that were kept instead of sent.

use crate::{
    browser::Browser,
    support::{Api, at, configured},
};
use channels::{Courier, CourierConfig, Target};
use domain::{
    ids::EventId,
    notices::{Language, News, Notice},
};
use server::http;
use sqlx::PgPool;
use std::path::PathBuf;

/// A folder of the test's own.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// A server whose emails end in `folder`.
async fn keeping(pool: PgPool, folder: &Folder) -> Api {
    let mail_folder = Some(folder.0.clone());
    let courier = Courier::new(CourierConfig { mail_folder, ..CourierConfig::default() }).unwrap();
    let api = Api::new(pool).await;
    let service = api.service.clone().delivering_by(courier);
    let router = http::router(service.clone(), &configured(&[]));
    Api { service, router, ..api }
}

fn folder() -> Folder {
    Folder(std::env::temp_dir().join(format!("allot-dev-mail-{}", uuid::Uuid::now_v7())))
}

/// Sends Ann an email about a channel of this name.
async fn send(api: &Api, channel: &str) {
    let notice = Notice {
        id: EventId(uuid::Uuid::now_v7()),
        at: at("2026-11-21T12:00:00Z"),
        organization: api.organization.id,
        organization_name: "Acme".to_owned(),
        currency: "EUR".to_owned(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        link: "http://allot.test/settings/webhooks".to_owned(),
        news: News::ChannelTest { channel: channel.to_owned() },
    };
    let (name, address) = ("Ann <Lee>".to_owned(), "ann@acme.test".to_owned());
    let target = Target::Email { name, address, language: Language::German };
    api.service.courier().send(&target, &notice).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn emails_that_were_kept_can_be_read(pool: PgPool) {
    let folder = folder();
    let api = keeping(pool, &folder).await;
    let mut browser = Browser::new(&api);
    let empty = browser.get("/dev/mail").await.expect(200);
    assert!(empty.as_str().unwrap().contains("No email was sent yet."), "{empty}");

    send(&api, "<b>Ops</b>").await;
    let page = browser.get("/dev/mail").await;
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let page = page.expect(200);
    let page = page.as_str().unwrap();
    assert!(page.contains("Das ist ein Test des Kanals „&lt;b&gt;Ops&lt;/b&gt;“"), "{page}");
    assert!(page.contains("Ann &lt;Lee&gt; &lt;ann@acme.test&gt;"), "{page}");

    let framed = page.split("<iframe").nth(1).unwrap().split("src=\"").nth(1).unwrap();
    let framed = framed.split('"').next().unwrap();
    let email = browser.get(framed).await;
    assert_eq!(email.header("x-frame-options"), Some("SAMEORIGIN"));
    assert!(email.header("content-security-policy").unwrap().contains("sandbox"));
    let email = email.expect(200);
    assert!(email.as_str().unwrap().contains("Hallo Ann &lt;Lee&gt;,"), "{email}");
    let one = framed.strip_suffix("/html").unwrap();
    assert_eq!(browser.get(one).await.status, 200);
    assert_eq!(browser.get("/dev/mail/style.css").await.status, 200);
    for missing in ["/dev/mail/other.eml", "/dev/mail/..%2Fother.eml/html"] {
        assert_eq!(browser.get(missing).await.status, 404, "{missing}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn where_none_are_kept_there_is_no_such_page(pool: PgPool) {
    let api = Api::new(pool).await;
    assert_eq!(Browser::new(&api).get("/dev/mail").await.status, 404);
}
