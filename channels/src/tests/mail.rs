use super::{courier, email};
use crate::{
    ConfigError, Courier, CourierConfig, Failure, Retry, StoredMail,
    fixtures::{MARKUP, limit_reached, notice, raise_requested},
};
use domain::notices::{LimitReached, News, Notice};
use std::path::PathBuf;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

fn used_up() -> Notice {
    notice(News::LimitReached(limit_reached(100)))
}

/// A folder of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("allot-mail-{}", uuid::Uuid::new_v4())))
    }

    fn courier(&self) -> Courier {
        courier(|config| config.mail_folder = Some(self.0.clone()))
    }

    async fn emails(&self) -> Vec<StoredMail> {
        self.courier().mail_folder().unwrap().list().await.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn an_email_says_the_same_as_text_and_as_html() {
    let folder = Folder::new();
    assert!(folder.courier().sends_mail());
    folder.courier().send(&email("Ann Lee", "ann@acme.test"), &used_up()).await.unwrap();
    let emails = folder.emails().await;
    assert_eq!(emails.len(), 1);
    let email = &emails[0];
    assert_eq!(email.to, "Ann Lee <ann@acme.test>");
    assert_eq!(email.subject, "Credits of Ann Lee: the monthly limit is used up");
    assert_eq!(
        email.text.replace("\r\n", "\n").trim_end(),
        "Hello Ann Lee,

Credits of Ann Lee: the monthly limit is used up.

Requests can be denied until 1 Dec 2026, 00:00 CET, when it starts anew.

Limit: 500 credits a month
Used: 500 credits
Left: 0 credits
Starts anew: 1 Dec 2026, 00:00 CET

See usage:
https://allot.example.com/usage?meter=credits&by=day

--\u{20}
Allot · Acme
You get this email because Acme uses Allot to share what it has."
    );
    for said in ["Hello Ann Lee,", "500 credits a month", "credits&amp;by=day", "Allot · Acme"] {
        assert!(email.html.contains(said), "{said} in {}", email.html);
    }
}

#[tokio::test]
async fn what_people_wrote_is_text_in_an_email_too() {
    let folder = Folder::new();
    let asked = notice(News::RaiseRequested(raise_requested(MARKUP)));
    folder.courier().send(&email("<i>Ann</i>", "ann@acme.test"), &asked).await.unwrap();
    let html = &folder.emails().await[0].html;
    assert!(html.contains("&lt;b&gt;*bold*&lt;/b&gt;"), "{html}");
    assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
}

#[tokio::test]
async fn nobody_writes_headers_by_a_name() {
    let folder = Folder::new();
    let scope_name = Some("Ann\r\nBcc: eve@evil.test\r\n\r\nHello".to_owned());
    let notice = notice(News::LimitReached(LimitReached { scope_name, ..limit_reached(100) }));
    let target = email("Ann\r\nBcc: eve@evil.test", "ann@acme.test");
    folder.courier().send(&target, &notice).await.unwrap();
    let name = &folder.emails().await[0].name;
    let stored = std::fs::read_to_string(folder.0.join(name)).unwrap();
    let headers = stored.split("\r\n\r\n").next().unwrap();
    assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
}

#[tokio::test]
async fn the_same_event_has_the_same_message_id_for_the_same_recipient() {
    let folder = Folder::new();
    for address in ["ann@acme.test", "ann@acme.test", "bo@acme.test"] {
        folder.courier().send(&email("", address), &used_up()).await.unwrap();
    }
    let emails = folder.emails().await;
    let mut ids: Vec<String> = emails
        .iter()
        .map(|email| {
            let stored = std::fs::read_to_string(folder.0.join(&email.name)).unwrap();
            stored.lines().find(|line| line.starts_with("Message-ID: ")).unwrap().to_owned()
        })
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.contains(&used_up().id.to_string())), "{ids:?}");
    let to_ann = emails.iter().find(|email| email.to == "ann@acme.test").unwrap();
    let stored = std::fs::read_to_string(folder.0.join(&to_ann.name)).unwrap();
    assert!(stored.contains("Auto-Submitted: auto-generated\r\n"), "{stored}");
    assert!(stored.contains("Content-Language: en\r\n"), "{stored}");
}

#[tokio::test]
async fn a_folder_gives_away_nothing_but_its_emails() {
    let folder = Folder::new();
    folder.courier().send(&email("", "ann@acme.test"), &used_up()).await.unwrap();
    std::fs::write(folder.0.join("other.txt"), "secret").unwrap();
    let courier = folder.courier();
    let mail = courier.mail_folder().unwrap();
    let name = &folder.emails().await[0].name;
    assert!(mail.read(name).await.unwrap().is_some());
    let outside = format!("../{}/{name}", folder.0.file_name().unwrap().to_str().unwrap());
    for other in ["other.txt", "", ".eml", "nothing.eml", "/etc/passwd", &outside] {
        assert_eq!(mail.read(other).await.unwrap(), None, "{other}");
    }
}

#[tokio::test]
async fn without_a_server_or_a_folder_there_is_no_mail() {
    let courier = Courier::default();
    assert!(!courier.sends_mail());
    let failure = courier.send(&email("", "ann@acme.test"), &used_up()).await.unwrap_err();
    assert_eq!(failure, Failure::never("No mail server is configured."));
}

#[test]
fn a_configuration_that_is_wrong_is_told_at_the_start() {
    let smtp_url = Some("mail.example.com".to_owned());
    let wrong = CourierConfig { smtp_url, ..CourierConfig::default() };
    assert!(matches!(Courier::new(wrong), Err(ConfigError::SmtpUrl(_))));
    let wrong = CourierConfig { mail_from: "Allot".to_owned(), ..CourierConfig::default() };
    assert!(matches!(Courier::new(wrong), Err(ConfigError::MailFrom(_))));
}

/// A mail server for one email. It says to each command what `answers` has for it; else it is content.
/// Where that is nothing it hangs up. In the end, all that it was told.
async fn mail_server(answers: &'static [(&str, &str)]) -> (Courier, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        let mut told = String::new();
        let mut reading_text = false;
        writing.write_all(b"220 mail.test ESMTP\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            told.push_str(&line);
            told.push('\n');
            if reading_text && line != "." {
                continue;
            }
            let command = if reading_text { "." } else { line.split(' ').next().unwrap() };
            reading_text = command == "DATA";
            let usual = if reading_text { "354 go on" } else { "250 fine" };
            let given = answers.iter().find(|(of, _)| *of == command);
            let answer = given.map_or(usual, |(_, answer)| answer);
            if answer.is_empty() {
                break;
            }
            writing.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
        told
    });
    (courier(|config| config.smtp_url = Some(url)), server)
}

#[tokio::test]
async fn an_email_is_handed_to_a_mail_server() {
    let (courier, server) = mail_server(&[]).await;
    courier.send(&email("Ann Lee", "ann@acme.test"), &used_up()).await.unwrap();
    drop(courier);
    let told = server.await.unwrap();
    for said in [
        "MAIL FROM:<allot@localhost>",
        "RCPT TO:<ann@acme.test>",
        "To: \"Ann Lee\" <ann@acme.test>",
        "Subject: Credits of Ann Lee: the monthly limit is used up",
        "QUIT",
    ] {
        assert!(told.contains(said), "{said} in {told}");
    }
}

#[tokio::test]
async fn what_a_mail_server_refuses_is_tried_again_where_that_can_help() {
    for (answers, retry, said) in [
        (&[("RCPT", "550 no such user")] as &'static [_], Retry::Never, "no such user"),
        (&[("RCPT", "451 greylisted")], Retry::Later, "greylisted"),
        (&[("MAIL", "530 sign in first")], Retry::Later, "sign in first"),
        (&[("EHLO", "421 too busy")], Retry::Later, "too busy"),
        (&[(".", "554 looks like spam")], Retry::Never, "looks like spam"),
        (&[("DATA", "")], Retry::Later, "can't be reached"),
        (&[(".", "")], Retry::Never, "Whether the email arrived is not known."),
    ] {
        let (courier, _server) = mail_server(answers).await;
        let failure = courier.send(&email("", "ann@acme.test"), &used_up()).await.unwrap_err();
        assert_eq!(failure.retry, retry, "{answers:?}: {}", failure.message);
        assert!(failure.message.contains(said), "{}", failure.message);
    }
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    drop(listener);
    let courier = courier(|config| config.smtp_url = Some(url));
    let failure = courier.send(&email("", "ann@acme.test"), &used_up()).await.unwrap_err();
    assert_eq!(failure.retry, Retry::Later);
}

#[tokio::test]
async fn a_mail_server_that_does_not_speak_tls_gets_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let mut told = Vec::new();
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            let (reading, mut writing) = stream.into_split();
            let mut lines = BufReader::new(reading).split(b'\n');
            writing.write_all(b"220 mail.test ESMTP\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_segment().await {
                told.extend(line);
                if writing.write_all(b"250 fine\r\n").await.is_err() {
                    break;
                }
            }
        }
        told
    });
    for scheme in ["smtp", "smtps"] {
        let url = format!("{scheme}://ann:verysecret@{address}");
        let courier = courier(|config| config.smtp_url = Some(url));
        let failure = courier.send(&email("", "ann@acme.test"), &used_up()).await.unwrap_err();
        assert_eq!(failure.retry, Retry::Later, "{}", failure.message);
    }
    let told = String::from_utf8_lossy(&server.await.unwrap()).into_owned();
    assert!(told.contains("EHLO") && !told.contains("AUTH"), "{told}");
}

#[tokio::test]
async fn no_email_goes_to_what_is_no_address() {
    let folder = Folder::new();
    for address in ["", "ann", "ann@acme.test\r\nRCPT TO:<eve@evil.test>"] {
        let failure = folder.courier().send(&email("", address), &used_up()).await.unwrap_err();
        assert_eq!(failure.retry, Retry::Never, "{address}");
    }
    assert!(folder.emails().await.is_empty());
}
