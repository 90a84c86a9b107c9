//! What may happen many times a second, summed: refusals, and sign-ins that fail. So nobody can fill the disk, or keep the
//! database busy, by being refused. What was not written yet when a server is killed is lost; it writes every
//! [`WRITE_EVERY`], and before anybody looks.

use super::{Chain, Note, Origin};
use shared::audit_entries::Act;
use shared::ids::UserId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// How often sums are written.
pub(super) const WRITE_EVERY: Duration = Duration::from_secs(30);
/// How many different sums are kept; what is beyond is summed by act alone.
pub const SUMS_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    chain: Chain,
    act: Act,
    actor: Option<UserId>,
    subject: Option<Uuid>,
    detail: Option<String>,
    address: Option<IpAddr>,
}

/// What was summed and is not written yet.
#[derive(Default)]
pub(super) struct Tally(Mutex<HashMap<Key, (u64, Origin)>>);

impl Tally {
    fn sums(&self) -> MutexGuard<'_, HashMap<Key, (u64, Origin)>> {
        // Nothing in here can stop half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts something.
    pub(super) fn add(&self, note: Note, origin: Origin) {
        let actor = note.actor.or_else(|| origin.user());
        let key = Key {
            chain: note.chain,
            act: note.act,
            actor,
            subject: note.subject,
            detail: note.detail,
            address: origin.address(),
        };
        let mut sums = self.sums();
        if sums.len() >= SUMS_MAX && !sums.contains_key(&key) {
            let others = Key {
                // Whose workspace it was in must not make room for more.
                chain: Chain::Server,
                act: key.act,
                actor: None,
                subject: None,
                detail: Some("and more, in many places".to_owned()),
                address: None,
            };
            sums.entry(others).or_insert((0, Origin::default())).0 += 1;
            return;
        }
        sums.entry(key).or_insert((0, origin)).0 += 1;
    }

    /// Takes what was summed.
    pub(super) fn take(&self) -> Vec<(Note, Origin)> {
        let sums = std::mem::take(&mut *self.sums());
        let note = |(key, (count, origin)): (Key, (u64, Origin))| {
            let note = Note {
                chain: key.chain,
                act: key.act,
                actor: key.actor,
                subject: key.subject,
                detail: key.detail,
                count,
            };
            (note, origin)
        };
        let mut notes: Vec<_> = sums.into_iter().map(note).collect();
        notes.sort_by_key(|(note, _)| (note.chain, note.act, note.actor, note.subject));
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_summed_and_there_is_an_end_of_what_is_kept() {
        let tally = Tally::default();
        for _ in 0..3 {
            tally.add(Note::of_server(Act::Refused).saying("x"), Origin::default());
        }
        for n in 0..10_000 {
            let note = Note::of_server(Act::Refused).saying(n.to_string());
            tally.add(note, Origin::default());
        }
        let notes = tally.take();
        assert_eq!(notes.len(), SUMS_MAX + 1);
        let sum: u64 = notes.iter().map(|(note, _)| note.count).sum();
        assert_eq!(sum, 10_003);
        assert!(notes.iter().any(|(note, _)| note.count == 3));
        assert!(tally.take().is_empty());
    }
}
