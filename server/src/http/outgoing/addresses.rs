//! Which addresses are the public network's.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Public by its number, and the machine's own in one cloud: what answers there hands out credentials.
const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Whether requests may go there: what was allowed by name, or what is nobody's private network, nor this machine, nor a
/// place that only machines know.
pub(super) fn may_be_asked(address: IpAddr, allowed: &[IpNet]) -> bool {
    let address = address.to_canonical();
    allowed.iter().any(|network| network.contains(&address)) || is_public(address)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // "This network", private networks, this machine, multicast, what is reserved.
        (0 | 10 | 127 | 224.., ..)
        | (172, 16..=31, _)
        | (192, 168, _)
        // Between a provider and its customers.
        | (100, 64..=127, _)
        // Link-local, where clouds tell machines their secrets.
        | (169, 254, _)
        // Protocols' own, documentation, measuring.
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => true,
        _ => false,
    };
    !is_special && address != WIRE_SERVER
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    match parts {
        // An address of version four, by a gateway.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(of_parts(high, low)),
        // Tunnels, and what is for protocols and for documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn of_parts(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(address: &str) -> bool {
        may_be_asked(address.parse().unwrap(), &[])
    }

    #[test]
    fn only_the_public_network_may_be_asked() {
        for public in [
            "1.1.1.1",
            "93.184.216.34",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450:4001:80b::200e",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(may(public), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "127.0.0.1",
            "127.255.255.254",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may(private), "{private}");
        }
    }

    #[test]
    fn what_is_allowed_by_name_may_be_asked() {
        let allowed = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let may = |address: &str| may_be_asked(address.parse().unwrap(), &allowed);
        assert!(may("10.1.2.3") && may("fd00::1") && may("::ffff:10.1.2.3"));
        assert!(!may("127.0.0.1") && !may("fc00::1"));
    }
}
