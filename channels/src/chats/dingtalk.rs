//! DingTalk: a card for a custom robot. Signed in its URL by a secret, if the robot asks for that.

use super::{Message, cut, markdown};
use crate::signing::hmac_base64;
use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::json;

/// The largest message that is taken is 20 KB; the rest of it needs little.
const LONGEST: usize = 17 * 1024;
/// The system is busy, or the robot has sent 20 messages within a minute.
pub(super) const BUSY: &[i64] = &[-1, 130_101, 410_100];

pub(super) fn body(message: &Message<'_>) -> Vec<u8> {
    let words = message.words;
    let card = json!({
        "title": cut(&words.title, 200),
        "text": markdown(message, false, LONGEST),
        "singleTitle": cut(&words.button, 100),
        "singleURL": message.link,
    });
    json!({"msgtype": "actionCard", "actionCard": card}).to_string().into_bytes()
}

/// The URL with the time, in milliseconds, and the signature.
pub(super) fn signed(mut url: Url, secret: Option<&str>, now: DateTime<Utc>) -> Url {
    if let Some(secret) = secret {
        let timestamp = now.timestamp_millis().to_string();
        let sign = hmac_base64(secret.as_bytes(), format!("{timestamp}\n{secret}").as_bytes());
        url.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("sign", &sign);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_signature_go_into_the_url() {
        let robot = "https://oapi.dingtalk.com/robot/send?access_token=abc";
        let now = DateTime::from_timestamp_millis(1_600_000_000_003).unwrap();
        let url = signed(robot.parse().unwrap(), Some("SECtest"), now);
        let sign = "grA0ZRsx9a7%2FcTk%2FaA5I%2BBR1saCzjuyhjTLjSTgnGTQ%3D";
        assert_eq!(url.as_str(), format!("{robot}&timestamp=1600000000003&sign={sign}"));
        assert_eq!(signed(robot.parse().unwrap(), None, now).as_str(), robot);
    }
}
