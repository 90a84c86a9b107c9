//! Where a request comes from: the other end of the connection, or what a proxy that we trust says.

use crate::app::App;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request comes from.
pub fn client_address(app: &App, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let lines = headers.get_all(FORWARDED_FOR).iter();
    let said: Vec<&str> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .collect();
    first_untrusted(peer, &said, &app.config.listen.trusted_proxies)
}

/// From our end: the first that is no proxy of ours. What stands before it may be made up.
fn first_untrusted(peer: IpAddr, said: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_ours = |address: IpAddr| {
        let address = address.to_canonical();
        trusted.iter().any(|network| network.contains(&address))
    };
    let mut found = peer;
    for text in said.iter().rev() {
        if !is_ours(found) {
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
