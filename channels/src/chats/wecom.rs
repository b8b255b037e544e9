//! WeCom: Markdown for the robot of a group. The key in its URL is the secret.

use super::{Message, markdown};
use serde_json::json;

/// The longest text, in bytes.
const LONGEST: usize = 4_096;
/// The system is busy, or the robot has sent 20 messages within a minute.
pub(super) const BUSY: &[i64] = &[-1, 45_009, 45_033];

pub(super) fn body(message: &Message<'_>) -> Vec<u8> {
    let text = markdown(message, true, LONGEST);
    json!({"msgtype": "markdown", "markdown": {"content": text}}).to_string().into_bytes()
}
