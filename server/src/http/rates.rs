//! How often somebody may ask: by account or access token where there is one, by address where there is none.
//!
//! Counted in this process: several nodes allow as many times as much. A bucket fills evenly, so that whoever was refused
//! need not wait for the end of a period.

use crate::accounts::identity::{SignedIn, Via};
use crate::clock::Clock;
use crate::config::Limits;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::Clock as GovernorClock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use shared::ids::{TokenId, UserId};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

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

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The API and what pages ask.
    General,
    /// Coming in: what a stranger can try.
    SignIn,
    /// Files.
    Upload,
}

impl Class {
    /// The class of a door; nothing for what is not counted: files of the site, and the link that a page keeps open.
    pub fn of(path: &str) -> Option<Self> {
        const SIGN_IN: [&str; 12] = [
            "/auth/providers/{provider}",
            "/sf/sign-in",
            "/sf/enter-code",
            "/sf/sign-up",
            "/sf/forgot-password",
            "/sf/reset-password",
            "/sf/confirm-email",
            "/sf/find-invitation",
            "/api/v1/auth/sign-in",
            "/api/v1/auth/refresh",
            "/oauth/token",
            "/oauth/revoke",
        ];
        if SIGN_IN.contains(&path) {
            Some(Class::SignIn)
        } else if path == crate::imports::routes::UPLOADS {
            Some(Class::Upload)
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

#[derive(Clone)]
struct Ticks(Clock);

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let ms = u64::try_from(self.0.now().0).unwrap_or_default();
        Nanos::from(Duration::from_millis(ms))
    }
}

type Buckets = RateLimiter<Asker, DashMapStateStore<Asker>, Ticks, StateInformationMiddleware>;

struct Rate {
    buckets: Buckets,
    max: u32,
    period: Duration,
}

/// The buckets of this node.
pub struct Rates {
    clock: Ticks,
    general: Option<Rate>,
    sign_in: Option<Rate>,
    upload: Option<Rate>,
}

/// How much of a rate is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    max: u32,
    remaining: u32,
    full_in: Duration,
}

impl Left {
    /// Tells it in an answer's headers.
    pub fn tell(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.max));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.full_in.as_secs()));
    }
}

impl Rates {
    /// The rates of these settings.
    pub fn new(limits: &Limits, clock: Clock) -> Self {
        let clock = Ticks(clock);
        let rate = |max: u32, period: Duration| {
            let burst = NonZeroU32::new(max)?;
            let quota = Quota::with_period(period / max)?.allow_burst(burst);
            let buckets = RateLimiter::dashmap_with_clock(quota, clock.clone());
            Some(Rate {
                buckets: buckets.with_middleware(),
                max,
                period,
            })
        };
        Self {
            general: rate(limits.requests_per_minute, MINUTE),
            sign_in: rate(limits.sign_ins_per_minute, MINUTE),
            upload: rate(limits.uploads_per_hour, HOUR),
            clock,
        }
    }

    /// Counts a request: what is left, or how long to wait. Nothing where there is no limit.
    pub fn count(&self, class: Class, asker: Asker) -> Result<Option<Left>, Duration> {
        let rate = match class {
            Class::General => &self.general,
            Class::SignIn => &self.sign_in,
            Class::Upload => &self.upload,
        };
        let Some(rate) = rate else { return Ok(None) };
        match rate.buckets.check_key(&asker) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                Ok(Some(Left {
                    max: rate.max,
                    remaining: left,
                    full_in: rate.period / rate.max * (rate.max - left.min(rate.max)),
                }))
            }
            Err(not_yet) => Err(not_yet.wait_time_from(self.clock.now())),
        }
    }

    /// Forgets who has not asked for so long that their bucket is full.
    pub fn tidy(&self) {
        for rate in [&self.general, &self.sign_in, &self.upload]
            .into_iter()
            .flatten()
        {
            rate.buckets.retain_recent();
            rate.buckets.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_version_six_counts_by_its_network() {
        let of = |text: &str| Asker::of(None, text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn every_door_to_come_in_by_is_counted_as_one() {
        assert_eq!(Class::of("/sf/sign-in"), Some(Class::SignIn));
        assert_eq!(Class::of("/sf/list-tokens"), Some(Class::General));
        assert_eq!(Class::of("/imports/trello/preview"), Some(Class::Upload));
        assert_eq!(Class::of("/sync/push"), None);
        assert_eq!(Class::of("/health"), None);
    }
}
