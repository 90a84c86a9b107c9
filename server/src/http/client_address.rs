//! Where a request comes from: the other end of the connection, or what a proxy that we trust says.

use crate::app::App;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Tells the operator, once, that somebody says who asks and is not believed. Where that is a proxy of theirs, everybody seems
/// to come from its address, and shares what one address may do.
#[derive(Default)]
pub struct Hearsay(AtomicBool);

impl Hearsay {
    fn tell_of(&self, peer: IpAddr) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                address = %peer.to_canonical(),
                "X-Forwarded-For was sent from an address that is not in TEAMFLOW_TRUSTED_PROXIES, and does not count; if that \
                 is a proxy of yours, add it: until then everybody behind it counts as one address, and shares the limits on \
                 sign-ins and open connections"
            );
        }
    }
}

/// The address that a request comes from.
pub fn client_address(app: &App, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let lines = headers.get_all(FORWARDED_FOR).iter();
    let said: Vec<&str> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .collect();
    let trusted = &app.config.listen.trusted_proxies;
    if !said.is_empty() && !is_among(trusted, peer) {
        app.hearsay.tell_of(peer);
    }
    first_untrusted(peer, &said, trusted)
}

fn is_among(trusted: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// From our end: the first that is no proxy of ours. What stands before it may be made up.
fn first_untrusted(peer: IpAddr, said: &[&str], trusted: &[IpNet]) -> IpAddr {
    let mut found = peer;
    for text in said.iter().rev() {
        if !is_among(trusted, found) {
            break;
        }
        match text.trim().parse() {
            Ok(address) => found = address,
            Err(_) => break,
        }
    }
    found.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, said: &[&str]) -> String {
        let trusted = [
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/24".parse().unwrap(),
        ];
        first_untrusted(peer.parse().unwrap(), said, &trusted).to_string()
    }

    #[test]
    fn only_our_proxies_are_believed_and_only_about_who_came_to_them() {
        assert_eq!(found("192.0.2.1", &["1.2.3.4"]), "192.0.2.1");
        assert_eq!(found("127.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(found("127.0.0.1", &["1.2.3.4", "192.0.2.1"]), "192.0.2.1");
        assert_eq!(found("127.0.0.1", &["192.0.2.1", " 10.0.0.7"]), "192.0.2.1");
        assert_eq!(found("127.0.0.1", &["<script>"]), "127.0.0.1");
        assert_eq!(found("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(found("::ffff:127.0.0.1", &["192.0.2.1"]), "192.0.2.1");
    }
}
