//! Which addresses messages may go to. A channel's URL is written by a customer; without this, it could
//! lead to what only the server itself reaches (SPEC section 10).

use domain::input::Invalid;
use reqwest::Url;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{net::lookup_host, time::timeout};

/// The longest URL that is taken.
const LONGEST: usize = 2_000;
/// How long a name may take to be found.
const LOOKING_UP: Duration = Duration::from_secs(5);

/// A name or an address leads to what is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it leads to a private address")]
pub(crate) struct PrivateAddress;

/// Whether everybody on the internet means the same by `address`.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// All but what IANA's registry of special addresses keeps from being reached globally.
fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        // "This network", private, loopback; multicast and what is reserved.
        [0 | 10 | 127 | 224..=255, ..] | [172, 16..=31, ..] | [192, 168, ..]
        // What providers share among customers; link-local, which has the metadata of clouds.
        | [100, 64..=127, ..] | [169, 254, ..]
        // For protocols, documentation, relays and benchmarks.
        | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..]
        | [198, 51, 100, _] | [203, 0, 113, _]
    )
}

/// Global unicast, without what carries an IPv4 address to somewhere else.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(address) = address.to_ipv4_mapped() {
        return is_public_v4(address);
    }
    match address.segments() {
        // Networks without IPv4 reach it by this prefix.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        // For protocols such as Teredo; documentation; 6to4.
        [0x2001, ..0x200 | 0xdb8, ..] | [0x2002, ..] | [0x3fff, ..0x1000, ..] => false,
        [0x2000..0x4000, ..] => true,
        _ => false,
    }
}

/// Where a URL leads: a name that has to be looked up, or an address.
enum Host<'a> {
    Name(&'a str),
    Address(IpAddr),
}

fn host(url: &Url) -> Option<Host<'_>> {
    let text = url.host_str()?;
    let literal = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    Some(literal.parse().map_or(Host::Name(text), Host::Address))
}

/// Refuses an address that is written in `url`, which no name server is asked about.
pub(crate) fn refuse_private_literal(url: &Url) -> Result<(), PrivateAddress> {
    match host(url) {
        Some(Host::Address(address)) if !is_public(address) => Err(PrivateAddress),
        _ => Ok(()),
    }
}

/// Looks `name` up. One private address among others refuses all of them: nobody can say which of
/// them would be used.
pub(crate) async fn look_up(
    name: &str,
    port: u16,
    allow_private: bool,
) -> std::io::Result<Result<Vec<SocketAddr>, PrivateAddress>> {
    let found: Vec<SocketAddr> = lookup_host((name, port)).await?.collect();
    let public = allow_private || found.iter().all(|address| is_public(address.ip()));
    Ok(if public { Ok(found) } else { Err(PrivateAddress) })
}

/// Reads the URL of a channel. What it says that is wrong is about the field `url`.
pub(crate) fn parse(url: &str, allow_private: bool) -> Result<Url, Invalid> {
    let invalid = |message: &str| Invalid::new("url", message);
    if url.len() > LONGEST {
        return Err(invalid(&format!("must have at most {LONGEST} characters")));
    }
    let malformed = || invalid("must be a URL such as https://example.com/hook");
    let parsed = Url::parse(url.trim()).map_err(|_| malformed())?;
    match parsed.scheme() {
        "https" => {}
        "http" if allow_private => {}
        "http" => return Err(invalid("must begin with https://")),
        _ => return Err(malformed()),
    }
    if host(&parsed).is_none() {
        return Err(malformed());
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(invalid("must not have a user name or a password in it"));
    }
    Ok(parsed)
}

/// Refuses a URL that leads nowhere, or to a private address unless these are allowed.
pub(crate) async fn check(url: &Url, allow_private: bool) -> Result<(), Invalid> {
    let private = || Invalid::new("url", "must not lead to a private address");
    let port = url.port_or_known_default().unwrap_or_default();
    match host(url) {
        Some(Host::Address(address)) if !allow_private && !is_public(address) => Err(private()),
        Some(Host::Name(name)) => {
            match timeout(LOOKING_UP, look_up(name, port, allow_private)).await {
                Ok(Ok(Ok(_public))) => Ok(()),
                Ok(Ok(Err(PrivateAddress))) => Err(private()),
                Ok(Err(_)) | Err(_) => {
                    Err(Invalid::new("url", "has a host that can't be found; check its spelling"))
                }
            }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_those_that_everybody_reaches() {
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn private_addresses_are_all_others() {
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    async fn check(url: &str, allow_private: bool) -> Result<(), Invalid> {
        super::check(&parse(url, allow_private)?, allow_private).await
    }

    #[tokio::test]
    async fn private_urls_are_refused_in_whatever_way_they_are_written() {
        for private in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://[::1]:8443/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
        ] {
            let refused = check(private, false).await.unwrap_err();
            assert_eq!(refused, Invalid::new("url", "must not lead to a private address"));
            assert_eq!(check(private, true).await, Ok(()), "{private}");
        }
    }

    #[tokio::test]
    async fn malformed_urls_are_refused_even_where_private_ones_are_allowed() {
        for malformed in [
            "",
            "hooks.example.com",
            "https://",
            "https:///path",
            "ftp://1.1.1.1/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://ann:secret@1.1.1.1/",
            "https://1.1.1.1:99999/",
            &format!("https://1.1.1.1/{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(check(malformed, true).await.unwrap_err().field, "url", "{malformed}");
        }
    }

    #[tokio::test]
    async fn without_tls_only_private_networks_are_reached() {
        let message = check("http://1.1.1.1/", false).await.unwrap_err().message;
        assert_eq!(message, "must begin with https://");
        assert_eq!(check("http://127.0.0.1/", true).await, Ok(()));
        assert_eq!(check("https://1.1.1.1/", false).await, Ok(()));
    }
}
