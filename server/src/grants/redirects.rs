//! Where a program may have people sent back to.
//!
//! Addresses are compared as texts, byte by byte, and taken apart only to leave out the port of a loopback address
//! (RFC 8252): what two readers of addresses understand differently never meets a second one here.

/// This machine, by its addresses. Not by name: that is for a resolver to answer.
const LOOPBACKS: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];
const CHARS_MAX: usize = 500;

/// Whether an address that a program asks for is one that was registered.
pub(super) fn matches(registered: &str, asked: &str) -> bool {
    registered == asked
        || LOOPBACKS.iter().any(|host| {
            let registered = behind(registered, host);
            registered.is_some() && registered == behind(asked, host)
        })
}

/// What stands behind a loopback host and its port.
fn behind<'a>(address: &'a str, host: &str) -> Option<&'a str> {
    let rest = address.strip_prefix(host)?;
    let Some(rest) = rest.strip_prefix(':') else {
        return rest.starts_with('/').then_some(rest);
    };
    let (port, path) = rest.split_at(rest.find('/')?);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit())
        && !port.starts_with('0')
        && port.parse::<u16>().is_ok();
    is_port.then_some(path)
}

/// Refuses an address that nobody should be sent to.
pub(super) fn check(address: &str) -> Result<(), String> {
    let is_plain = address
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\\#*<>\"'`;,".contains(&byte));
    if address.is_empty() || address.len() > CHARS_MAX || !is_plain {
        return Err(format!(
            "A redirect address has 1 to {CHARS_MAX} visible ASCII characters, and no #, *, comma, semicolon or quotation mark."
        ));
    }
    let is_loopback = LOOPBACKS.iter().any(|host| behind(address, host).is_some());
    if is_loopback || is_https(address) || is_private(address) {
        return Ok(());
    }
    Err("A redirect address is https://..., http://127.0.0.1/... or http://[::1]/..., or has a scheme of the program's \
         own with a dot in it, such as org.example.app:/callback."
        .to_owned())
}

fn is_https(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    name.contains(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && port.parse::<u16>().is_ok()
}

/// A scheme that only one program answers to: the name of a domain, backwards.
fn is_private(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once(':') else {
        return false;
    };
    scheme.contains('.')
        && scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
        && rest.starts_with('/')
}

/// What a page's policy calls the place that an address is at.
pub(crate) fn source(address: &str) -> &str {
    match address.find("://") {
        Some(at) => {
            let host = at + "://".len();
            let end = address[host..].find(['/', '?']);
            &address[..end.map_or(address.len(), |end| host + end)]
        }
        None => address
            .find(':')
            .map_or(address, |colon| &address[..=colon]),
    }
}

/// An address with more in its query.
pub(super) fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let mut whole = address.to_owned();
    for (name, value) in pairs {
        whole.push(if whole.contains('?') { '&' } else { '?' });
        whole.push_str(name);
        whole.push('=');
        whole.push_str(&::app::routes::href::encoded(value).replace('/', "%2F"));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_met_exactly_but_for_a_loopbacks_port() {
        let registered = "http://127.0.0.1/callback";
        for good in [
            "http://127.0.0.1/callback",
            "http://127.0.0.1:1/callback",
            "http://127.0.0.1:65535/callback",
        ] {
            assert!(matches(registered, good), "{good}");
        }
        for bad in [
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:080/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:80/callback/",
            "http://127.0.0.1:80/callback?x=1",
            "http://127.0.0.1:80/callback#x",
            "http://127.0.0.1:80/x/../callback",
            "http://127.0.0.1:80\\@evil.example/callback",
            "http://localhost:80/callback",
            "http://[::1]:80/callback",
            "http://0x7f.1/callback",
            "https://127.0.0.1/callback",
            "HTTP://127.0.0.1/callback",
            "",
        ] {
            assert!(!matches(registered, bad), "{bad}");
        }
        let exact = "https://app.example/back?a=1";
        assert!(matches(exact, exact));
        for bad in [
            "https://app.example/back",
            "https://app.example/back?a=1&b=2",
            "https://app.example:443/back?a=1",
            "https://app.example.evil.example/back?a=1",
        ] {
            assert!(!matches(exact, bad), "{bad}");
        }
    }

    #[test]
    fn only_addresses_that_lead_to_one_program_are_registered() {
        for good in [
            "https://app.example/back",
            "https://app.example:8443/back?a=1",
            "http://127.0.0.1/callback",
            "http://[::1]:3000/callback",
            "org.example.app:/callback",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "http://app.example/back",
            "https://",
            "https://user@app.example/",
            "https://*.example/",
            "https://app.example/#x",
            "javascript:alert(1)",
            "data:text/html,x",
            "example:/callback",
            "//app.example/",
            "https:\\\\app.example",
            "http://localhost/callback",
            "https://app.example/a b",
            "https://app.example/a;b",
            "https://app.example/a,b",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_policy_names_the_place_and_no_more() {
        assert_eq!(
            source("https://app.example/back?a=1"),
            "https://app.example"
        );
        assert_eq!(source("http://[::1]:3000/x"), "http://[::1]:3000");
        assert_eq!(source("org.example.app:/callback"), "org.example.app:");
    }

    #[test]
    fn what_is_added_to_an_address_stays_in_its_query() {
        assert_eq!(
            with_query(
                "https://a.example/?x=1",
                &[("state", "a&b=c/#"), ("code", "1")]
            ),
            "https://a.example/?x=1&state=a%26b%3Dc%2F%23&code=1"
        );
    }
}
