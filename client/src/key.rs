//! Idempotency keys.

use std::fmt;

use reqwest::header::HeaderValue;
use uuid::Uuid;

use crate::Error;

const LONGEST: usize = 255;

/// Names one request, so that it counts once however often it is sent.
///
/// Take a key from what the request is for (an order, a job and its step) where the caller itself
/// may be started anew, and a random one otherwise. The same key with another request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(HeaderValue);

impl Key {
    /// A key of the caller's own: 1 to 255 visible ASCII characters.
    pub fn new(text: &str) -> Result<Self, Error> {
        let fits =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
        if !fits {
            let message = format!("an idempotency key is 1 to {LONGEST} visible ASCII characters");
            return Err(Error::Setup(message));
        }
        HeaderValue::from_str(text).map(Self).map_err(|error| Error::Setup(error.to_string()))
    }

    /// A key that nobody else has.
    #[expect(clippy::missing_panics_doc, reason = "hexadecimal digits and dashes always fit")]
    pub fn random() -> Self {
        let text = Uuid::new_v4().to_string();
        Self(HeaderValue::from_maybe_shared(text).expect("hexadecimal digits fit in a header"))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// The text of the key.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_visible_ascii() {
        assert_eq!(Key::new("job-17/step-2").unwrap().to_string(), "job-17/step-2");
        assert!(Key::new(&"k".repeat(LONGEST)).is_ok());
        for bad in ["", "a b", "é", "a\n", &"k".repeat(LONGEST + 1)] {
            assert!(Key::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn random_keys_differ() {
        assert_ne!(Key::random(), Key::random());
    }
}
