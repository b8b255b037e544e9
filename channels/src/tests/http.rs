use super::{channel, courier};
use crate::{
    Courier, Failure, Retry,
    fixtures::{digest, limit_reached, notice},
    http::{Http, Post, Unanswered},
    signing::hmac_base64,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse,
    routing::any,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::notices::{ChannelKind, News, Notice};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// What a receiver got.
#[derive(Clone, Debug)]
struct Got {
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

/// A receiver that answers everything alike, and remembers it.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    async fn answering<A>(answer: A) -> Self
    where
        A: IntoResponse + Clone + Send + Sync + 'static,
    {
        Self::answering_by(move || answer.clone()).await
    }

    async fn answering_by<A: IntoResponse>(
        answer: impl Fn() -> A + Clone + Send + Sync + 'static,
    ) -> Self {
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let receive = async move |State(got): State<Arc<Mutex<Vec<Got>>>>, uri, headers, body| {
            got.lock().unwrap().push(Got { uri, headers, body });
            answer().into_response()
        };
        let router = Router::new().fallback(any(receive)).with_state(Arc::clone(&got));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, got }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

fn used_up() -> Notice {
    notice(News::LimitReached(limit_reached(100)))
}

async fn sent(kind: ChannelKind, url: &str, secret: Option<&str>) -> Result<(), Failure> {
    courier(|_| {}).send(&channel(kind, url, secret), &used_up()).await
}

#[tokio::test]
async fn a_signed_webhook_arrives_under_the_id_of_its_event() {
    let receiver = Receiver::answering(StatusCode::NO_CONTENT).await;
    let secret = Courier::new_webhook_secret().unwrap();
    sent(ChannelKind::Webhook, &receiver.url, Some(&secret)).await.unwrap();
    sent(ChannelKind::Webhook, &receiver.url, Some(&secret)).await.unwrap();
    let got = receiver.got();
    let header = |got: &Got, name: &str| got.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header(&got[0], "webhook-id"), used_up().id.to_string());
    assert_eq!(header(&got[0], "webhook-id"), header(&got[1], "webhook-id"));
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert_eq!(key.len(), 32);
    let body = std::str::from_utf8(&got[0].body).unwrap();
    let (id, time) = (header(&got[0], "webhook-id"), header(&got[0], "webhook-timestamp"));
    let signed = hmac_base64(&key, format!("{id}.{time}.{body}").as_bytes());
    assert_eq!(header(&got[0], "webhook-signature"), format!("v1,{signed}"));
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        json!({"type": "limit.reached", "timestamp": "2026-11-25T08:30:00.000Z", "data": {
            "scope": "member", "scope_id": "00000000-0000-0000-0000-000000000002",
            "scope_name": "Ann Lee",
            "meter": {"code": "credits", "name": "Credits", "unit": "credits", "scale": 0},
            "period": "monthly", "threshold": 100, "limit": 500, "used": 500, "held": 0,
            "resets_at": "2026-11-30T23:00:00Z",
            "event_id": "00000000-0000-0000-0000-000000000007",
            "organization_id": "00000000-0000-0000-0000-000000000001", "organization": "Acme",
            "currency": "EUR", "link": "https://allot.example.com/usage?meter=credits&by=day",
        }})
    );
}

#[tokio::test]
async fn a_webhook_without_a_secret_is_not_sent() {
    let receiver = Receiver::answering(StatusCode::OK).await;
    for secret in [None, Some("secret"), Some("whsec_%")] {
        let failure = sent(ChannelKind::Webhook, &receiver.url, secret).await.unwrap_err();
        assert_eq!(failure.retry, Retry::Never);
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn programs_are_tried_again_until_they_want_no_more() {
    let secret = Courier::new_webhook_secret().unwrap();
    for (status, retry) in [
        (StatusCode::UNAUTHORIZED, Retry::Later),
        (StatusCode::NOT_FOUND, Retry::Later),
        (StatusCode::BAD_GATEWAY, Retry::Later),
        (StatusCode::GONE, Retry::Never),
    ] {
        let receiver = Receiver::answering(status).await;
        let failure = sent(ChannelKind::Webhook, &receiver.url, Some(&secret)).await.unwrap_err();
        assert_eq!(failure.retry, retry, "{status}");
    }
    let receiver =
        Receiver::answering((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "90")])).await;
    let failure = sent(ChannelKind::Webhook, &receiver.url, Some(&secret)).await.unwrap_err();
    assert_eq!(failure.retry, Retry::After(Duration::from_secs(90)));
}

#[tokio::test]
async fn a_signed_message_to_dingtalk_keeps_the_key_in_the_url() {
    let receiver = Receiver::answering(r#"{"errcode":0,"errmsg":"ok"}"#).await;
    let url = format!("{}?access_token=t", receiver.url);
    sent(ChannelKind::Dingtalk, &url, Some("SECtest")).await.unwrap();
    let query = receiver.got()[0].uri.query().unwrap().to_owned();
    assert!(query.starts_with("access_token=t&timestamp="), "{query}");
    assert!(query.contains("&sign="), "{query}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Receiver::answering("ok").await;
    let url = elsewhere.url.clone();
    let location = [(header::LOCATION, url)];
    let receiver = Receiver::answering((StatusCode::TEMPORARY_REDIRECT, location)).await;
    let failure = sent(ChannelKind::Slack, &receiver.url, None).await.unwrap_err();
    assert_eq!(failure.retry, Retry::Never);
    assert!(failure.message.contains("Redirects are not followed"), "{}", failure.message);
    assert_eq!((receiver.got().len(), elsewhere.got().len()), (1, 0));
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let endless =
        || Body::from_stream(futures_util::stream::repeat(Ok::<_, String>("ok ".repeat(999))));
    let receiver = Receiver::answering_by(endless).await;
    let http = Http::new(true, Duration::from_mins(1));
    let answer = http.post(Post::json(receiver.url.parse().unwrap(), Vec::new())).await.unwrap();
    assert_eq!(answer.body.len(), 64 * 1024);
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_left() {
    // It takes connections, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let http = Http::new(true, Duration::from_millis(50));
    let unanswered = http.post(Post::json(url.parse().unwrap(), Vec::new())).await.unwrap_err();
    assert_eq!(unanswered, Unanswered::Lost("no answer in time".to_owned()));
}

#[tokio::test]
async fn where_nobody_listens_another_try_can_help() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let failure = sent(ChannelKind::Slack, &url, None).await.unwrap_err();
    assert_eq!(failure.retry, Retry::Later);
    assert!(failure.message.starts_with("No connection: "), "{}", failure.message);
}

#[tokio::test]
async fn a_message_that_may_have_arrived_is_sent_again_to_programs_only() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?key=verysecret", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let secret = Courier::new_webhook_secret().unwrap();
    for (kind, retry) in [(ChannelKind::Webhook, Retry::Later), (ChannelKind::Slack, Retry::Never)]
    {
        let failure = sent(kind, &url, Some(&secret)).await.unwrap_err();
        assert_eq!(failure.retry, retry, "{}", failure.message);
        assert!(!failure.message.contains("verysecret"), "{}", failure.message);
    }
}

#[tokio::test]
async fn no_private_address_is_reached_by_its_name_either() {
    let receiver = Receiver::answering("ok").await;
    let port = receiver.url.rsplit_once(':').unwrap().1;
    for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"] {
        for scheme in ["http", "https"] {
            let http = Http::new(false, Duration::from_secs(5));
            let url = format!("{scheme}://{host}:{port}").parse().unwrap();
            let unanswered = http.post(Post::json(url, Vec::new())).await.unwrap_err();
            assert_eq!(unanswered, Unanswered::Private, "{scheme} {host}");
        }
    }
    assert!(receiver.got().is_empty());
    let target = channel(ChannelKind::Slack, &format!("https://localhost:{port}"), None);
    let courier = courier(|config| config.allow_private_addresses = false);
    let failure = courier.send(&target, &used_up()).await.unwrap_err();
    assert_eq!(failure, Failure::never("The URL leads to a private address."));
}

#[tokio::test]
async fn the_url_of_a_robot_has_its_key() {
    let courier = courier(|_| {});
    for (kind, without, with) in [
        (ChannelKind::Wecom, "http://127.0.0.1/send", "http://127.0.0.1/send?key=1"),
        (
            ChannelKind::Dingtalk,
            "http://127.0.0.1/send?x=1",
            "http://127.0.0.1/send?access_token=1",
        ),
    ] {
        assert_eq!(courier.check(kind, without).await.unwrap_err().field, "url");
        assert_eq!(courier.check(kind, with).await, Ok(()));
    }
}

#[tokio::test]
async fn every_kind_of_news_reaches_every_kind_of_channel() {
    let receiver = Receiver::answering(r#"{"errcode":0}"#).await;
    let url = format!("{}?key=k&access_token=t", receiver.url);
    let secret = Courier::new_webhook_secret().unwrap();
    let courier = courier(|_| {});
    let news = [
        News::LimitReached(limit_reached(80)),
        News::RaiseRequested(crate::fixtures::raise_requested("Why not?")),
        News::RaiseAnswered(crate::fixtures::raise_answered(None)),
        News::WeeklyDigest(digest()),
        News::MonthReport(digest()),
        News::ChannelTest { channel: "Ops".to_owned() },
    ];
    for news in news {
        let notice = notice(news);
        for kind in ChannelKind::ALL {
            let target = channel(kind, &url, Some(&secret));
            assert_eq!(courier.send(&target, &notice).await, Ok(()), "{kind:?} {:?}", notice.news);
        }
    }
    assert_eq!(receiver.got().len(), 6 * ChannelKind::ALL.len());
}
