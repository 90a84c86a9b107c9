//! How often somebody may ask: by account or access token where there is one, by address where there is none.
//!
//! Counted by the generic cell rate algorithm: of whom a moment is kept until which they have asked in advance, so a bucket
//! fills evenly, and whoever was refused need not wait for the end of a period. Where there is Redis, all nodes count
//! together in it (`shared`); without it, or while it is away, each counts for itself. So does each what pages are made of,
//! which would wait for Redis otherwise: those limits are for one node's own work, and far above what people do.
//!
//! Attempts to sign in that succeed are given back: they cost the person nothing.

mod shared;

pub use shared::link;

use crate::accounts::identity::{SignedIn, Via};
use crate::clock::Clock;
use crate::config::Limits;
use ::shared::ids::{TokenId, UserId};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use shared::Shared;
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
const QUARTER_HOUR: Duration = Duration::from_mins(15);
const HOUR: Duration = Duration::from_hours(1);

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Whom requests are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// Somebody without an account.
    Address(IpAddr),
    /// Somebody in browsers.
    User(UserId),
    /// A program.
    Token(TokenId),
}

impl Asker {
    /// Whoever sent a request. Of an IPv6 address, the network counts: a household has more addresses than can be counted.
    pub fn of(who: Option<&SignedIn>, address: IpAddr) -> Self {
        match who {
            Some(SignedIn {
                via: Via::Token(id),
                ..
            }) => Asker::Token(*id),
            Some(who) => Asker::User(who.user_id),
            None => Asker::Address(match address.to_canonical() {
                IpAddr::V6(address) => {
                    let network = address.to_bits() & !u128::from(u64::MAX);
                    IpAddr::V6(Ipv6Addr::from_bits(network))
                }
                v4 @ IpAddr::V4(_) => v4,
            }),
        }
    }
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asker::Address(address) => write!(f, "address:{address}"),
            Asker::User(id) => write!(f, "user:{id}"),
            Asker::Token(id) => write!(f, "token:{id}"),
        }
    }
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The API and what pages ask.
    General,
    /// What else strangers can try: signing up, links, renewing.
    Entrance,
    /// Passwords and codes.
    SignIn,
    /// Files.
    Upload,
    /// Pages as a whole, drawn here.
    Page,
    /// What pages keep open, send and fetch: the synced rows, and pictures of people.
    Sync,
    /// Files that are made of a workspace.
    Download,
}

impl Class {
    /// The class of a door; nothing for what is not counted: files of the site, and what monitors ask. Pages are no doors of
    /// their own; they are counted where they are drawn.
    pub fn of(path: &str) -> Option<Self> {
        const SIGN_IN: [&str; 4] = [
            "/sf/sign-in",
            "/sf/enter-code",
            "/sf/sign-in-with-passkey",
            "/api/v1/auth/sign-in",
        ];
        const ENTRANCE: [&str; 11] = [
            "/auth/providers/{provider}",
            "/sf/sign-up",
            "/sf/ask-sign-up",
            "/sf/finish-sign-up",
            "/sf/forgot-password",
            "/sf/reset-password",
            "/sf/confirm-email",
            "/sf/find-invitation",
            "/api/v1/auth/refresh",
            "/oauth/token",
            "/oauth/revoke",
        ];
        const DOWNLOADS: [&str; 2] = ["/exports/{id}", "/audit-log"];
        if SIGN_IN.contains(&path) {
            Some(Class::SignIn)
        } else if ENTRANCE.contains(&path) {
            Some(Class::Entrance)
        } else if [
            crate::imports::routes::UPLOADS,
            crate::profiles::routes::UPLOADS,
        ]
        .contains(&path)
        {
            Some(Class::Upload)
        } else if DOWNLOADS.contains(&path) {
            Some(Class::Download)
        } else if ["/sync/", "/sw/", "/avatars/"]
            .iter()
            .any(|start| path.starts_with(start))
        {
            Some(Class::Sync)
        } else if ["/api/v1/", "/sf/", "/imports/", "/auth/", "/oauth/"]
            .iter()
            .any(|start| path.starts_with(start))
        {
            Some(Class::General)
        } else {
            None
        }
    }
}

impl Class {
    const fn name(self) -> &'static str {
        match self {
            Class::General => "general",
            Class::Entrance => "entrance",
            Class::SignIn => "sign_in",
            Class::Upload => "upload",
            Class::Page => "page",
            Class::Sync => "sync",
            Class::Download => "download",
        }
    }

    /// Whether all nodes count it together.
    const fn is_shared(self) -> bool {
        !matches!(self, Class::Page | Class::Sync)
    }

    const fn rate(self, limits: &Limits) -> Option<Rate> {
        let (max, period) = match self {
            Class::General => (limits.requests_per_minute, MINUTE),
            Class::Entrance => (limits.sign_ins_per_minute, MINUTE),
            Class::SignIn => (limits.sign_ins_per_quarter_hour, QUARTER_HOUR),
            Class::Upload => (limits.uploads_per_hour, HOUR),
            Class::Page => (limits.pages_per_minute, MINUTE),
            Class::Sync => (limits.syncs_per_minute, MINUTE),
            Class::Download => (limits.downloads_per_hour, HOUR),
        };
        if max == 0 {
            return None;
        }
        Some(Rate { max, period })
    }
}

/// So many in a period. Moments are microseconds since 1970.
#[derive(Clone, Copy)]
struct Rate {
    max: u32,
    period: Duration,
}

impl Rate {
    /// What one costs.
    fn interval(self) -> i64 {
        i64::try_from((self.period / self.max).as_micros()).unwrap_or(i64::MAX)
    }

    /// How far somebody may be in advance.
    fn window(self) -> i64 {
        self.interval() * i64::from(self.max)
    }

    /// Until when somebody has asked with one more, who has until `until`; or how long they have to wait.
    fn take(self, until: i64, now: i64) -> Result<i64, Duration> {
        let next = until.max(now) + self.interval();
        match u64::try_from(next - self.window() - now) {
            Ok(wait @ 1..) => Err(Duration::from_micros(wait)),
            _ => Ok(next),
        }
    }

    fn left(self, until: i64, now: i64) -> Left {
        let ahead = (until - now).max(0);
        Left {
            rate: self,
            remaining: u32::try_from((self.window() - ahead) / self.interval()).unwrap_or(0),
            full_in: Duration::from_micros(u64::try_from(ahead).unwrap_or(0)),
        }
    }
}

/// How much of a rate is left.
#[derive(Clone, Copy)]
pub struct Left {
    rate: Rate,
    remaining: u32,
    full_in: Duration,
}

impl Left {
    /// Tells it in an answer's headers.
    pub fn tell(self, headers: &mut HeaderMap) {
        let Rate { max, period } = self.rate;
        headers.insert(LIMIT, HeaderValue::from(max));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        let full_in = self.full_in.as_millis().div_ceil(1_000);
        headers.insert(
            RESET,
            HeaderValue::from(u64::try_from(full_in).unwrap_or(u64::MAX)),
        );
        if let Ok(policy) = HeaderValue::try_from(format!("{max};w={}", period.as_secs())) {
            headers.insert(POLICY, policy);
        }
    }
}

/// What a request's count came to.
pub struct Counted {
    /// What is left.
    pub left: Left,
    /// How long to wait, where it was too often.
    pub wait: Option<Duration>,
}

/// The counts.
pub struct Rates {
    clock: Clock,
    limits: Limits,
    /// Until when everybody has asked in advance.
    here: Mutex<HashMap<(Class, Asker), i64>>,
    shared: Shared,
}

impl Rates {
    /// The rates of these settings.
    pub fn new(limits: &Limits, clock: Clock) -> Self {
        Self {
            clock,
            limits: limits.clone(),
            here: Mutex::default(),
            shared: Shared::default(),
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().0.saturating_mul(1_000)
    }

    /// Counts a request; nothing where there is no limit.
    pub async fn count(&self, class: Class, asker: Asker) -> Option<Counted> {
        let (rate, now) = (class.rate(&self.limits)?, self.now());
        let key = (class, asker);
        let together = if class.is_shared() {
            self.shared.take(key, rate, now).await
        } else {
            None
        };
        let (until, wait) = together.unwrap_or_else(|| self.take(key, rate, now));
        Some(Counted {
            left: rate.left(until, now),
            wait,
        })
    }

    fn take(&self, key: (Class, Asker), rate: Rate, now: i64) -> (i64, Option<Duration>) {
        // Moments are put in whole: a poisoned map is still whole.
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let until = here.entry(key).or_insert(now);
        match rate.take(*until, now) {
            Ok(next) => {
                *until = next;
                (next, None)
            }
            Err(wait) => (*until, Some(wait)),
        }
    }

    /// Gives one back that was counted.
    pub async fn give_back(&self, class: Class, asker: Asker) {
        let Some(rate) = class.rate(&self.limits) else {
            return;
        };
        let key = (class, asker);
        if !self.shared.give_back(key, rate).await {
            let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(until) = here.get_mut(&key) {
                *until -= rate.interval();
            }
        }
    }

    /// Forgets who has not asked for so long that their bucket is full.
    pub fn tidy(&self) {
        let now = self.now();
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.retain(|_, until| *until > now);
        here.shrink_to_fit();
    }

    /// Whether all nodes count together at present.
    pub fn are_shared(&self) -> bool {
        self.shared.is_linked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::doors::DOORS;

    #[test]
    fn an_address_of_version_six_counts_by_its_network() {
        let of = |text: &str| Asker::of(None, text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn a_bucket_fills_evenly() {
        let rate = Rate {
            max: 5,
            period: QUARTER_HOUR,
        };
        let minute = 60_000_000;
        let mut until = 0;
        for left in (0..5).rev() {
            until = rate.take(until, 0).unwrap();
            assert_eq!(rate.left(until, 0).remaining, left);
        }
        assert_eq!(rate.take(until, 0), Err(Duration::from_mins(3)));
        assert_eq!(rate.take(until, 2 * minute), Err(MINUTE));
        assert_eq!(rate.take(until, 3 * minute), Ok(18 * minute));
        assert_eq!(rate.left(until, 20 * minute).remaining, 5);
    }

    #[test]
    fn every_class_has_a_name_of_its_own() {
        let all = [
            Class::General,
            Class::Entrance,
            Class::SignIn,
            Class::Upload,
            Class::Page,
            Class::Sync,
            Class::Download,
        ];
        let names = all.map(Class::name);
        assert!((1..names.len()).all(|at| !names[at..].contains(&names[at - 1])));
    }

    #[test]
    fn every_door_to_come_in_by_is_counted_as_one() {
        assert_eq!(Class::of("/sf/sign-in"), Some(Class::SignIn));
        assert_eq!(Class::of("/sf/sign-up"), Some(Class::Entrance));
        assert_eq!(Class::of("/oauth/token"), Some(Class::Entrance));
        assert_eq!(Class::of("/oauth/authorize"), Some(Class::General));
        // Every page to sign in at asks this, and nothing can be guessed by it.
        let begin = "/sf/begin-passkey-sign-in";
        assert_eq!(Class::of(begin), Some(Class::General));
        assert_eq!(Class::of("/sf/list-tokens"), Some(Class::General));
        assert_eq!(Class::of("/imports/trello/preview"), Some(Class::Upload));
        assert_eq!(Class::of("/sync/push"), Some(Class::Sync));
        assert_eq!(Class::of("/sync/presence"), Some(Class::Sync));
        assert_eq!(Class::of("/health"), None);
    }

    #[test]
    fn every_door_is_counted_but_for_files_of_the_site_and_what_monitors_ask() {
        let free: Vec<&str> = DOORS
            .iter()
            .map(|door| door.path)
            .filter(|path| Class::of(path).is_none())
            .collect();
        assert_eq!(
            free,
            [
                "/health",
                "/ready",
                "/__dev/reload",
                "/sw.js",
                "/app-shell",
                "/api/openapi.json",
                "/api/docs",
                "/api/docs/",
                "/api/docs/{*path}",
                "/.well-known/jwks.json",
                "/.well-known/oauth-authorization-server",
            ]
        );
    }
}
