//! What messages say and how they leave: email, chats of teams, signed webhooks (SPEC section 10).
//!
//! A [`Courier`] sends one [`Notice`](domain::notices::Notice) to one [`Target`], once, and says what
//! came of it. When to try again, and what was sent before, is for who calls to know.

mod courier;
mod sealing;
mod words;

pub use courier::{ConfigError, Courier, CourierConfig, Failure, Retry, Target};
pub use sealing::{Key, SealError};
pub use words::{Words, words};
