use super::*;
use crate::{
    fixtures::{MARKUP, at, digest, limit_reached, notice, raise_requested},
    words::words,
};
use domain::notices::{Language, Notice};
use serde_json::{Value, json};
use std::time::Duration;

const URL: &str = "https://chat.example.com/hook?key=k&access_token=t";

/// What a chat is posted about `notice`.
fn posted(chat: Chat, notice: &Notice, secret: Option<&str>) -> Post {
    let words = words(notice, Language::English);
    let message = Message { words: &words, tone: Tone::of(&notice.news), link: &notice.link };
    chat.post(URL.parse().unwrap(), secret, &message, at("2026-11-25T08:30:00Z"))
}

fn body(chat: Chat, notice: &Notice) -> Value {
    serde_json::from_slice(&posted(chat, notice, None).body).unwrap()
}

fn used_up() -> Notice {
    notice(News::LimitReached(limit_reached(100)))
}

#[test]
fn slack_gets_blocks() {
    let body = body(Chat::Slack, &used_up());
    assert_eq!(body["text"], "Credits of Ann Lee: the monthly limit is used up");
    let kinds: Vec<&str> =
        body["blocks"].as_array().unwrap().iter().map(|b| b["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["header", "section", "section", "actions", "context"]);
    assert_eq!(body["blocks"][2]["fields"][0], json!({"type": "mrkdwn", "text": "*Limit*"}));
    assert_eq!(body["blocks"][2]["fields"][1]["text"], "500 credits a month");
    assert_eq!(body["blocks"][3]["elements"][0]["url"], used_up().link);
}

#[test]
fn teams_gets_an_adaptive_card() {
    let body = body(Chat::Teams, &used_up());
    assert_eq!(body["type"], "message");
    let attachment = &body["attachments"][0];
    assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
    let card = &attachment["content"];
    assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
    assert_eq!(card["body"][0]["style"], "attention");
    assert_eq!(card["actions"][0]["url"], used_up().link);
}

#[test]
fn feishu_gets_a_card_that_is_signed_where_the_bot_asks_for_it() {
    let card = body(Chat::Feishu, &used_up());
    assert_eq!(card["msg_type"], "interactive");
    assert_eq!(card["card"]["header"]["template"], "red");
    assert_eq!(card.get("sign"), None);
    let signed = posted(Chat::Feishu, &used_up(), Some("demo"));
    let signed: Value = serde_json::from_slice(&signed.body).unwrap();
    assert_eq!(signed["timestamp"], "1795595400");
    assert_eq!(signed["sign"], "uuWhISwKs7UNIYcgvOxkBWmg2nH1IXLCDUxMqbYy8mg=");
}

#[test]
fn dingtalk_gets_a_card_with_one_button() {
    let body = body(Chat::Dingtalk, &used_up());
    assert_eq!(body["msgtype"], "actionCard");
    assert_eq!(body["actionCard"]["singleURL"], used_up().link);
    let text = body["actionCard"]["text"].as_str().unwrap();
    assert!(text.starts_with("### Credits of Ann Lee: the monthly limit is used up\n\n"), "{text}");
    assert!(text.contains("\n\n**Used**: 500 credits\n\n"), "{text}");
}

#[test]
fn wecom_gets_markdown_with_the_link() {
    let body = body(Chat::Wecom, &used_up());
    assert_eq!(body["msgtype"], "markdown");
    let text = body["markdown"]["content"].as_str().unwrap();
    assert!(text.contains(&format!("[See usage]({})", used_up().link)), "{text}");
}

#[test]
fn what_people_wrote_is_no_markup() {
    let notice = notice(News::RaiseRequested(raise_requested(MARKUP)));
    let slack = body(Chat::Slack, &notice);
    let facts = slack["blocks"][1]["fields"].as_array().unwrap();
    let reason = facts.last().unwrap();
    assert_eq!(reason["type"], "plain_text");
    assert!(reason["text"].as_str().unwrap().contains("&lt;!channel&gt; &lt;@U1&gt; &amp;"));
    for chat in [Chat::Dingtalk, Chat::Wecom] {
        let body = body(chat, &notice).to_string();
        for markup in ["*bold*", "`code`", "[link]", "<@U1>", "_it_", "<b>"] {
            assert!(!body.contains(markup), "{markup} in {body}");
        }
    }
    // These two show the texts of runs and of `plain_text` as they are.
    let teams = body(Chat::Teams, &notice);
    let card = teams["attachments"][0]["content"]["body"].as_array().unwrap();
    assert!(card[1..].iter().all(|block| block["type"] == "RichTextBlock"), "{card:?}");
    let feishu = body(Chat::Feishu, &notice)["card"].to_string();
    assert!(feishu.contains("*bold*") && !feishu.contains("lark_md"), "{feishu}");
}

#[test]
fn no_message_is_larger_than_a_chat_takes() {
    let mut digest = digest();
    digest.members = vec![("&<长>".repeat(50), 1); 10];
    digest.tight = vec![("\"长".repeat(100), 97); 10];
    let mut large = notice(News::RaiseRequested(raise_requested(&"&<长>\"".repeat(100))));
    large.organization_name = "长&".repeat(100);
    for notice in [large, notice(News::WeeklyDigest(digest))] {
        for (chat, limit) in
            [(Chat::Feishu, 20 * 1024), (Chat::Dingtalk, 20 * 1024), (Chat::Teams, 28 * 1024)]
        {
            let size = posted(chat, &notice, Some("secret")).body.len();
            assert!(size <= limit, "{chat:?}: {size}");
        }
        let wecom = body(Chat::Wecom, &notice);
        assert!(wecom["markdown"]["content"].as_str().unwrap().len() <= 4_096);
        let slack = body(Chat::Slack, &notice);
        for block in slack["blocks"].as_array().unwrap() {
            let length = |text: &Value| text["text"].as_str().unwrap().chars().count();
            match block["type"].as_str().unwrap() {
                "header" => assert!(length(&block["text"]) <= 150),
                "section" => {
                    assert!(block["text"].is_null() || length(&block["text"]) <= 3_000);
                    let fields = block["fields"].as_array().cloned().unwrap_or_default();
                    assert!(
                        fields.len() <= 10 && fields.iter().all(|field| length(field) <= 2_000)
                    );
                }
                _ => {}
            }
        }
    }
}

fn answer(status: u16, body: &str) -> Answer {
    let status = status.try_into().unwrap();
    Answer { status, retry_after: None, body: body.as_bytes().to_vec() }
}

#[test]
fn success_is_what_each_chat_means_by_it() {
    for (chat, body) in [
        (Chat::Slack, "ok"),
        (Chat::Teams, ""),
        (Chat::Teams, "1"),
        (Chat::Feishu, r#"{"code":0,"data":{},"msg":"success"}"#),
        (Chat::Feishu, r#"{"StatusCode":0,"StatusMessage":"success"}"#),
        (
            Chat::Feishu,
            r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#,
        ),
        (Chat::Dingtalk, r#"{"errcode":0,"errmsg":"ok"}"#),
        (Chat::Wecom, r#"{"errcode":0,"errmsg":"ok"}"#),
    ] {
        assert_eq!(chat.verdict(&answer(200, body)), Ok(()), "{chat:?} {body}");
    }
}

#[test]
fn an_answer_of_200_can_say_no() {
    for (chat, body, retry) in [
        (
            Chat::Feishu,
            r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}"#,
            Retry::Never,
        ),
        (Chat::Feishu, r#"{"code":11232,"msg":"frequency limited"}"#, Retry::Later),
        (Chat::Dingtalk, r#"{"errcode":310000,"errmsg":"sign not match"}"#, Retry::Never),
        (Chat::Dingtalk, r#"{"errcode":130101,"errmsg":"send too fast"}"#, Retry::Later),
        (Chat::Wecom, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, Retry::Never),
        (Chat::Wecom, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#, Retry::Later),
        (Chat::Wecom, "<html>a portal</html>", Retry::Never),
        (
            Chat::Teams,
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
            Retry::Later,
        ),
    ] {
        let failure = chat.verdict(&answer(200, body)).unwrap_err();
        assert_eq!(failure.retry, retry, "{chat:?} {body}");
    }
    let refused = answer(200, r#"{"errcode":310000,"errmsg":"sign not match"}"#);
    let failure = Chat::Dingtalk.verdict(&refused).unwrap_err();
    assert_eq!(failure.message, "It was refused with the code 310000: sign not match");
}

#[test]
fn a_status_says_whether_to_try_again() {
    for (status, retry) in [
        (302, Retry::Never),
        (400, Retry::Never),
        (404, Retry::Never),
        (410, Retry::Never),
        (429, Retry::Later),
        (500, Retry::Later),
        (503, Retry::Later),
    ] {
        let failure = Chat::Slack.verdict(&answer(status, "no_service")).unwrap_err();
        assert_eq!(failure.retry, retry, "{status}");
    }
    let wait = Some(Duration::from_secs(30));
    let busy = Answer { retry_after: wait, ..answer(429, "rate_limited") };
    let failure = Chat::Slack.verdict(&busy).unwrap_err();
    assert_eq!(failure.retry, Retry::After(Duration::from_secs(30)));
    assert_eq!(failure.message, "The answer was 429 Too Many Requests: rate_limited");
}
