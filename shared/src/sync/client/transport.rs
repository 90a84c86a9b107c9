//! How messages travel: by a socket, and where a proxy does not let that through, by a stream or by polls.
//!
//! A server that is away fails every way, so after the last the first is tried again. What works is kept, and the socket is
//! tried again after a while.

/// A way for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket, both ways.
    Socket,
    /// Server-Sent Events one way, requests the other.
    Stream,
    /// Requests both ways.
    Poll,
}

/// What is tried, one after the other.
const LADDER: [Transport; 5] = [
    Transport::Socket,
    Transport::Socket,
    Transport::Stream,
    Transport::Stream,
    Transport::Poll,
];
/// After how many failures in a row what used to work is no longer trusted.
const FAILURES_MAX: u32 = 3;
/// The first wait before the socket is tried again, in milliseconds; it doubles up to [`CLIMB_MS_MAX`].
const CLIMB_MS_MIN: u32 = 60_000;
/// The longest wait before the socket is tried again, in milliseconds.
const CLIMB_MS_MAX: u32 = 600_000;

/// Which way was taken, and which is next.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    /// The way of the connection that there is, or was last.
    pub(super) current: Transport,
    /// What works where the socket does not.
    fallback: Option<Transport>,
    /// Attempts without a welcome since the last one.
    failures: u32,
    /// Whether the socket is tried although something else works.
    is_climbing: bool,
    climbs: u32,
}

impl Ladder {
    pub(super) fn new() -> Self {
        Self {
            current: Transport::Socket,
            fallback: None,
            failures: 0,
            is_climbing: false,
            climbs: 0,
        }
    }

    /// The way for the next attempt.
    pub(super) fn next(&mut self) -> Transport {
        let next = LADDER[self.failures as usize % LADDER.len()];
        self.current = match self.fallback {
            _ if self.is_climbing => Transport::Socket,
            Some(fallback) => fallback,
            None => next,
        };
        self.current
    }

    /// The attempt came to nothing. Answers whether to go back at once to what works.
    pub(super) fn failed(&mut self) -> bool {
        if std::mem::take(&mut self.is_climbing) {
            return true;
        }
        self.failures = self.failures.saturating_add(1);
        if self.fallback.is_some() && self.failures >= FAILURES_MAX {
            self.fallback = None;
            self.failures = 0;
        }
        false
    }

    /// The attempt was welcomed. Answers after how many milliseconds the socket is to be tried again, if this is none.
    pub(super) fn welcomed(&mut self) -> Option<u32> {
        self.failures = 0;
        self.is_climbing = false;
        if self.current == Transport::Socket {
            self.fallback = None;
            self.climbs = 0;
            return None;
        }
        self.fallback = Some(self.current);
        let wait = CLIMB_MS_MIN.saturating_mul(1 << self.climbs.min(10));
        Some(wait.min(CLIMB_MS_MAX))
    }

    /// It is time to try the socket again. Answers whether there is any need.
    pub(super) fn climb(&mut self) -> bool {
        self.is_climbing = self.current != Transport::Socket;
        self.climbs = self.climbs.saturating_add(1);
        self.is_climbing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(ladder: &mut Ladder, works: impl Fn(Transport) -> bool) -> Vec<Transport> {
        let mut tried = Vec::new();
        for _ in 0..12 {
            let next = ladder.next();
            tried.push(next);
            if works(next) {
                break;
            }
            ladder.failed();
        }
        tried
    }

    #[test]
    fn what_is_blocked_is_gone_round_and_a_server_that_is_away_is_tried_every_way() {
        use Transport::{Poll, Socket, Stream};
        let mut ladder = Ladder::new();
        let tried = attempts(&mut ladder, |way| way != Socket);
        assert_eq!(tried, [Socket, Socket, Stream]);
        let mut ladder = Ladder::new();
        let tried = attempts(&mut ladder, |way| way == Poll);
        assert_eq!(tried, [Socket, Socket, Stream, Stream, Poll]);
        let tried = attempts(&mut Ladder::new(), |_| false);
        assert_eq!(tried[5..7], [Socket, Socket]);
    }

    #[test]
    fn what_works_is_kept_while_the_socket_is_tried_again_ever_more_rarely() {
        let mut ladder = Ladder::new();
        attempts(&mut ladder, |way| way == Transport::Stream);
        assert_eq!(ladder.welcomed(), Some(60_000));
        assert!(ladder.climb());
        assert_eq!(ladder.next(), Transport::Socket);
        assert!(ladder.failed(), "back at once");
        assert_eq!(ladder.next(), Transport::Stream);
        assert_eq!(ladder.welcomed(), Some(120_000));
        assert!(ladder.climb());
        assert_eq!(ladder.next(), Transport::Socket);
        assert_eq!(ladder.welcomed(), None);
        assert!(!ladder.climb());
    }

    #[test]
    fn what_used_to_work_is_given_up_after_a_while() {
        let mut ladder = Ladder::new();
        attempts(&mut ladder, |way| way == Transport::Stream);
        ladder.welcomed();
        let tried = attempts(&mut ladder, |way| way == Transport::Socket);
        assert_eq!(tried.len(), 4);
        assert_eq!(tried[3], Transport::Socket);
    }
}
