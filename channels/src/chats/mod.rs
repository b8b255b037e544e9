//! Messages to the chats of teams, by their incoming webhooks. What people wrote stays text in all of
//! them: each has a way of its own to keep it from being read as markup.

mod dingtalk;
mod feishu;
mod slack;
mod teams;
mod wecom;

use crate::{
    failure::{Failure, Retry, quoted},
    http::{Answer, Post},
    words::Words,
};
use chrono::{DateTime, Utc};
use domain::notices::{ChannelKind, News};
use reqwest::Url;
use serde::Deserialize;

/// A message as a chat is to show it.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) words: &'a Words,
    pub(crate) tone: Tone,
    /// The page that says more.
    pub(crate) link: &'a str,
}

/// How urgent it is, for the colour of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something works again, or somebody got what they asked for.
    Good,
    /// Good to know.
    Plain,
    /// Somebody should look at it soon.
    Warning,
    /// Something is denied by now.
    Alarm,
}

impl Tone {
    pub(crate) fn of(news: &News) -> Self {
        match news {
            News::LimitReached(reached) if reached.threshold >= 100 => Self::Alarm,
            News::LimitReached(_) => Self::Warning,
            News::RaiseAnswered(answered) if answered.granted.is_some() => Self::Good,
            News::RaiseRequested(_)
            | News::RaiseAnswered(_)
            | News::WeeklyDigest(_)
            | News::MonthReport(_)
            | News::ChannelTest { .. } => Self::Plain,
        }
    }
}

/// A chat by which a team is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chat {
    Slack,
    Teams,
    Feishu,
    Dingtalk,
    Wecom,
}

impl Chat {
    /// The chat that a channel of `kind` is; `None` for one that programs listen to.
    pub(crate) fn of(kind: ChannelKind) -> Option<Self> {
        match kind {
            ChannelKind::Webhook => None,
            ChannelKind::Slack => Some(Self::Slack),
            ChannelKind::Teams => Some(Self::Teams),
            ChannelKind::Feishu => Some(Self::Feishu),
            ChannelKind::Dingtalk => Some(Self::Dingtalk),
            ChannelKind::Wecom => Some(Self::Wecom),
        }
    }

    /// The name in the query of its URLs under which the key of the robot is.
    pub(crate) fn key_in_query(self) -> Option<&'static str> {
        match self {
            Self::Slack | Self::Teams | Self::Feishu => None,
            Self::Dingtalk => Some("access_token"),
            Self::Wecom => Some("key"),
        }
    }

    /// What is posted, signed at `now` where there is a secret.
    pub(crate) fn post(
        self,
        url: Url,
        secret: Option<&str>,
        message: &Message<'_>,
        now: DateTime<Utc>,
    ) -> Post {
        match self {
            Self::Slack => Post::json(url, slack::body(message)),
            Self::Teams => Post::json(url, teams::body(message)),
            Self::Feishu => Post::json(url, feishu::body(message, secret, now)),
            Self::Dingtalk => {
                Post::json(dingtalk::signed(url, secret, now), dingtalk::body(message))
            }
            Self::Wecom => Post::json(url, wecom::body(message)),
        }
    }

    /// Whether it took a message. Some answer 200 and say in the body that they did not.
    pub(crate) fn verdict(self, answer: &Answer) -> Result<(), Failure> {
        if !answer.status.is_success() {
            return Err(Failure::status(answer, Retry::Never));
        }
        match self {
            Self::Slack => Ok(()),
            Self::Teams => teams::verdict(answer),
            Self::Feishu => coded(answer, feishu::BUSY),
            Self::Dingtalk => coded(answer, dingtalk::BUSY),
            Self::Wecom => coded(answer, wecom::BUSY),
        }
    }
}

/// What Feishu, DingTalk and WeCom say of a message, each under names of its own. Feishu says it twice.
#[derive(Deserialize)]
struct Said {
    #[serde(alias = "errcode")]
    code: Option<i64>,
    #[serde(alias = "errmsg")]
    msg: Option<String>,
    #[serde(rename = "StatusCode")]
    status: Option<i64>,
}

/// Reads such an answer. `busy` are the codes after which another try can help.
fn coded(answer: &Answer, busy: &[i64]) -> Result<(), Failure> {
    let said: Option<Said> = serde_json::from_slice(&answer.body).ok();
    let code = said.as_ref().and_then(|said| said.code.or(said.status));
    let Some(code) = code else {
        let said = quoted(&String::from_utf8_lossy(&answer.body));
        return Err(Failure::never(format!("The answer can't be understood: {said}")));
    };
    let message = said.and_then(|said| said.msg).unwrap_or_default();
    let message = format!("It was refused with the code {code}: {}", quoted(&message));
    match code {
        0 => Ok(()),
        code if busy.contains(&code) => Err(Failure::later(message)),
        _ => Err(Failure::never(message)),
    }
}

/// Writes `words` by `write` within `limit` bytes: what they say last is left out first.
fn within(limit: usize, words: &Words, write: impl Fn(&Words) -> Vec<u8>) -> Vec<u8> {
    let mut words = words.clone();
    loop {
        let written = write(&words);
        if written.len() <= limit || (words.facts.pop().is_none() && words.lines.pop().is_none()) {
            return written;
        }
    }
}

/// At most `length` characters of `text`.
fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let kept = text.chars().take(length.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// The same text without what Markdown reads as markup, for chats that have no way to escape it: signs
/// that look alike stand in, and lines are joined.
fn without_markup(text: &str) -> String {
    let alike = |c| match c {
        '*' => '＊',
        '_' => '＿',
        '`' => '｀',
        '~' => '～',
        '#' => '＃',
        '<' => '＜',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        '\\' => '＼',
        '|' => '｜',
        c if c.is_control() => ' ',
        c => c,
    };
    let text: String = text.chars().map(alike).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A message in the Markdown that DingTalk and WeCom share, with `limit` bytes at most.
fn markdown(message: &Message<'_>, with_link: bool, limit: usize) -> String {
    let write = |words: &Words| {
        let mut parts = vec![format!("### {}", without_markup(&cut(&words.title, 200)))];
        parts.extend(words.lines.iter().map(|line| without_markup(&cut(line, 500))));
        parts.extend(words.facts.iter().map(|(name, value)| {
            format!("**{}**: {}", without_markup(name), without_markup(&cut(value, 500)))
        }));
        if with_link {
            parts.push(format!("[{}]({})", without_markup(&words.button), message.link));
        }
        parts.push(without_markup(&words.footer));
        parts.join("\n\n").into_bytes()
    };
    String::from_utf8_lossy(&within(limit, message.words, write)).into_owned()
}

#[cfg(test)]
mod tests;
