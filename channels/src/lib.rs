//! What messages say and how they leave: email, chats of teams, signed webhooks (SPEC section 10).
//!
//! A [`Courier`] sends one [`Notice`](domain::notices::Notice) to one [`Target`], once, and says what
//! came of it. When to try again, and what was sent before, is for who calls to know.

mod addresses;
mod chats;
mod courier;
mod failure;
#[cfg(test)]
mod fixtures;
mod http;
mod mail;
mod sealing;
mod signing;
#[cfg(test)]
mod tests;
mod webhook;
mod words;

pub use courier::{ConfigError, Courier, CourierConfig, Target};
pub use failure::{Failure, Retry};
pub use http::tls;
pub use mail::{MailFolder, StoredMail};
pub use sealing::{Key, SealError};
pub use words::{Words, words};
