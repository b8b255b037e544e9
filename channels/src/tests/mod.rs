//! Messages that really leave, to receivers in the tests' own process.

mod http;
mod mail;

use crate::{Courier, CourierConfig, Target};
use domain::notices::{ChannelKind, Language};

/// A courier that reaches receivers of tests.
fn courier(change: impl FnOnce(&mut CourierConfig)) -> Courier {
    let mut config = CourierConfig { allow_private_addresses: true, ..CourierConfig::default() };
    change(&mut config);
    Courier::new(config).unwrap()
}

fn channel(kind: ChannelKind, url: &str, secret: Option<&str>) -> Target {
    let (url, secret) = (url.to_owned(), secret.map(str::to_owned));
    Target::Channel { kind, url, secret, language: Language::English }
}

fn email(name: &str, address: &str) -> Target {
    let (name, address) = (name.to_owned(), address.to_owned());
    Target::Email { name, address, language: Language::English }
}
