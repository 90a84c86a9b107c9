//! Who is where now: in memory, lossy, rebuilt by whoever connects. Never in the log.
//!
//! A page is where its socket, or a request beside its stream or its polls, said that it is. It stays there as long as a
//! connection of it is open; between two polls it is believed for a while. Pages of other nodes are known by hearsay: their
//! node repeats it, and what was not repeated for a while is forgotten.

use super::bus::Node;
use serde::{Deserialize, Serialize};
use shared::ids::{ProjectId, ReplicaId, UserId};
use shared::sync::protocol::{Person, Presence, ServerMessage};
use shared::values::Time;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The most pages shown on one project.
const PEOPLE_MAX: usize = 100;
/// The most pages of one person that are somewhere by requests alone.
const ASKED_MAX: usize = 20;

/// A page somewhere, as nodes tell each other; nowhere, if it went away.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// The page.
    pub replica: ReplicaId,
    /// Whose it is.
    pub user: UserId,
    /// Where it is.
    pub presence: Option<Presence>,
}

/// An open connection of this node. Later ones have higher numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder(u64);

/// On whose word a page is somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// It has a connection here, and leaves with it.
    Held(Holder),
    /// A request said so, at that time, or its last poll was answered then.
    Asked(Time),
    /// Another node said so, at that time.
    Hearsay(Node, Time),
}

impl Source {
    /// Since when nobody has said so again, where it has to be said again.
    const fn since(self) -> Option<Time> {
        match self {
            Source::Held(_) => None,
            Source::Asked(time) | Source::Hearsay(_, time) => Some(time),
        }
    }

    const fn is_here(self) -> bool {
        !matches!(self, Source::Hearsay(..))
    }
}

struct Place {
    user: UserId,
    presence: Presence,
    source: Source,
    /// What the page's last poll was told of who is there.
    told: Option<Arc<str>>,
}

#[derive(Default)]
struct State {
    places: HashMap<ReplicaId, Place>,
    /// The message for a project, encoded once until something changes there.
    encoded: HashMap<ProjectId, Arc<str>>,
}

impl State {
    /// What was encoded of these places is no longer true.
    fn changed(&mut self, places: impl IntoIterator<Item = Presence>) {
        for project in places.into_iter().filter_map(|presence| presence.project) {
            self.encoded.remove(&project);
        }
    }

    /// The place of a page, if it is this person's.
    fn of(&mut self, replica: ReplicaId, user: UserId) -> Option<&mut Place> {
        let place = self.places.get_mut(&replica);
        place.filter(|place| place.user == user)
    }
}

/// Everybody's place in one workspace.
pub struct Presences {
    state: Mutex<State>,
    version: watch::Sender<u64>,
    holders: AtomicU64,
}

impl Default for Presences {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            version: watch::Sender::new(0),
            holders: AtomicU64::new(0),
        }
    }
}

impl Presences {
    fn state(&self) -> MutexGuard<'_, State> {
        // The map is changed in single steps: a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of changes.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Another connection.
    pub fn holder(&self) -> Holder {
        Holder(self.holders.fetch_add(1, Ordering::Relaxed))
    }

    /// A connection says where its page is. Answers whether it is believed: a page is one person's.
    pub fn set(&self, seen: Seen, holder: Holder) -> bool {
        let user = seen.user;
        self.take(seen, |_| Source::Held(holder), |known| known.user == user)
    }

    /// A request says where its page is. Answers whether it is believed: one person has so many pages, and no more.
    pub fn ask(&self, seen: Seen, now: Time) -> bool {
        let Seen { replica, user, .. } = seen;
        let mut state = self.state();
        if let Some(place) = state.of(replica, user) {
            place.told = None;
        } else {
            let asked =
                |place: &&Place| place.user == user && matches!(place.source, Source::Asked(_));
            if state.places.values().filter(asked).count() >= ASKED_MAX {
                return false;
            }
        }
        drop(state);
        let source = |known: Option<Source>| match known {
            Some(held @ Source::Held(_)) => held,
            _ => Source::Asked(now),
        };
        self.take(seen, source, |known| known.user == user)
    }

    /// Another node says where its pages are.
    pub fn hear(&self, from: Node, pages: Vec<Seen>, now: Time) {
        for seen in pages {
            let leaves = seen.presence.is_none();
            // What is seen here counts more, and a page that has gone on to a third node has not left.
            self.take(
                seen,
                |_| Source::Hearsay(from, now),
                |known| match known.source {
                    Source::Held(_) => false,
                    Source::Asked(_) => !leaves,
                    Source::Hearsay(node, _) => node == from || !leaves,
                },
            );
        }
    }

    fn take(
        &self,
        seen: Seen,
        source: impl FnOnce(Option<Source>) -> Source,
        replaces: impl FnOnce(&Place) -> bool,
    ) -> bool {
        let Seen {
            replica,
            user,
            presence,
        } = seen;
        let mut state = self.state();
        let known = state.places.get(&replica);
        if known.is_some_and(|known| !replaces(known)) {
            return false;
        }
        let source = source(known.map(|known| known.source));
        let told = known.and_then(|known| known.told.clone());
        let before = match presence.clone() {
            Some(presence) => {
                let place = Place {
                    user,
                    presence,
                    source,
                    told,
                };
                state.places.insert(replica, place)
            }
            None => state.places.remove(&replica),
        };
        let before = before.map(|place| place.presence);
        if before != presence {
            state.changed(before.into_iter().chain(presence));
            drop(state);
            self.tell();
        }
        true
    }

    fn tell(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Where the page of an open connection is. It stays there as long as the connection does, unless a later one of the
    /// same page has come.
    pub fn hold(&self, replica: ReplicaId, user: UserId, holder: Holder) -> Option<Presence> {
        self.keep(replica, user, holder, Source::Held(holder))
    }

    /// Where the page is whose poll is waiting. It stays there for a while: the poll may end without a word.
    pub fn renew(
        &self,
        replica: ReplicaId,
        user: UserId,
        holder: Holder,
        now: Time,
    ) -> Option<Presence> {
        self.keep(replica, user, holder, Source::Asked(now))
    }

    fn keep(
        &self,
        replica: ReplicaId,
        user: UserId,
        holder: Holder,
        source: Source,
    ) -> Option<Presence> {
        let mut state = self.state();
        let place = state.of(replica, user)?;
        if !matches!(place.source, Source::Held(by) if by > holder) {
            place.source = source;
        }
        Some(place.presence.clone())
    }

    /// A connection has ended, and its page leaves with it, unless another one has come. Answers whether it left.
    pub fn leave(&self, replica: ReplicaId, holder: Holder) -> bool {
        let mut state = self.state();
        let is_held = |place: &Place| place.source == Source::Held(holder);
        if !state.places.get(&replica).is_some_and(is_held) {
            return false;
        }
        let gone = state.places.remove(&replica);
        state.changed(gone.map(|place| place.presence));
        drop(state);
        self.tell();
        true
    }

    /// Notes what a poll was told of who is where its page is.
    pub fn note_told(&self, replica: ReplicaId, user: UserId, told: Option<Arc<str>>) {
        let mut state = self.state();
        if let Some(place) = state.of(replica, user) {
            place.told = told;
        }
    }

    /// What the last poll of a page was told of who is where it is.
    pub fn told(&self, replica: ReplicaId, user: UserId) -> Option<Arc<str>> {
        let mut state = self.state();
        state.of(replica, user)?.told.clone()
    }

    /// Forgets what was not said again since then: by other nodes, or by requests.
    pub fn forget_before(&self, time: Time) {
        let mut state = self.state();
        let is_stale = |place: &Place| place.source.since().is_some_and(|said| said < time);
        let gone: Vec<Presence> = state
            .places
            .extract_if(|_, place| is_stale(place))
            .map(|(_, place)| place.presence)
            .collect();
        if gone.is_empty() {
            return;
        }
        state.changed(gone);
        drop(state);
        self.tell();
    }

    /// The pages of this node.
    pub fn own(&self) -> Vec<Seen> {
        let state = self.state();
        let own = state
            .places
            .iter()
            .filter(|(_, place)| place.source.is_here());
        own.map(|(replica, place)| Seen {
            replica: *replica,
            user: place.user,
            presence: Some(place.presence.clone()),
        })
        .collect()
    }

    /// The message that says who is on a project.
    pub fn message(&self, project: ProjectId) -> Arc<str> {
        let mut state = self.state();
        if let Some(message) = state.encoded.get(&project) {
            return message.clone();
        }
        let mut people: Vec<Person> = state
            .places
            .iter()
            .filter(|(_, place)| place.presence.project == Some(project))
            .map(|(replica, place)| Person {
                user: place.user,
                replica: *replica,
                task: place.presence.task,
                dragging: place.presence.dragging,
            })
            .collect();
        people.sort_by_key(|person| (person.user, person.replica));
        people.truncate(PEOPLE_MAX);
        let message = ServerMessage::Present { project, people };
        let json: Arc<str> = serde_json::to_string(&message)
            .expect("a message is plain data")
            .into();
        state.encoded.insert(project, json.clone());
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn seen(replica: u128, project: Option<u128>) -> Seen {
        Seen {
            replica: Uuid::from_u128(replica).into(),
            user: Uuid::from_u128(1).into(),
            presence: project.map(|id| Presence {
                project: Some(Uuid::from_u128(id).into()),
                ..Presence::default()
            }),
        }
    }

    fn on_project(presences: &Presences, project: u128) -> usize {
        let message = presences.message(Uuid::from_u128(project).into());
        message.matches("replica").count()
    }

    #[test]
    fn hearsay_is_forgotten_unless_it_is_repeated() {
        let presences = Presences::default();
        let node = Uuid::from_u128(8);
        presences.set(seen(1, Some(5)), presences.holder());
        presences.hear(node, vec![seen(2, Some(5)), seen(3, Some(5))], Time(1_000));
        assert_eq!(on_project(&presences, 5), 3);
        presences.hear(node, vec![seen(3, Some(5))], Time(2_000));
        presences.forget_before(Time(1_001));
        assert_eq!(on_project(&presences, 5), 2);
        assert_eq!(presences.own().len(), 1, "others are not repeated by us");
    }

    #[test]
    fn what_is_seen_counts_more_than_hearsay() {
        let presences = Presences::default();
        let (first, second) = (Uuid::from_u128(8), Uuid::from_u128(9));
        presences.hear(first, vec![seen(1, Some(5))], Time(0));
        // The page moves to this node; the other one notices late that it is gone.
        let here = presences.holder();
        presences.set(seen(1, Some(6)), here);
        presences.hear(first, vec![seen(1, Some(5)), seen(1, None)], Time(0));
        assert_eq!(
            (on_project(&presences, 5), on_project(&presences, 6)),
            (0, 1)
        );
        // Between two others it is the same.
        presences.hear(first, vec![seen(2, Some(5))], Time(0));
        presences.hear(second, vec![seen(2, Some(6))], Time(0));
        presences.hear(first, vec![seen(2, None)], Time(0));
        assert_eq!(
            (on_project(&presences, 5), on_project(&presences, 6)),
            (0, 2)
        );
        // And so it is when it has gone from here before we notice.
        assert!(presences.leave(seen(1, None).replica, here));
        presences.hear(second, vec![seen(1, Some(6))], Time(0));
        assert!(!presences.leave(seen(1, None).replica, here));
        assert_eq!(on_project(&presences, 6), 2);
    }

    #[test]
    fn a_page_stays_with_its_connections_and_for_a_while_after_a_poll() {
        let presences = Presences::default();
        let Seen { replica, user, .. } = seen(1, None);
        let (first, second) = (presences.holder(), presences.holder());
        assert!(presences.ask(seen(1, Some(5)), Time(1_000)));
        assert!(presences.hold(replica, user, first).is_some());
        presences.forget_before(Time(9_000));
        assert_eq!(on_project(&presences, 5), 1, "it is connected");
        // It has come back before its first connection was noticed to be gone.
        assert!(presences.hold(replica, user, second).is_some());
        assert!(presences.hold(replica, user, first).is_some());
        assert!(!presences.leave(replica, first));
        let poll = presences.holder();
        assert!(presences.renew(replica, user, poll, Time(9_000)).is_some());
        assert!(!presences.leave(replica, second));
        presences.forget_before(Time(9_000));
        assert_eq!(on_project(&presences, 5), 1);
        presences.forget_before(Time(9_001));
        assert_eq!(on_project(&presences, 5), 0);
    }

    #[test]
    fn a_page_is_one_persons_and_a_person_has_not_any_number_of_them() {
        let presences = Presences::default();
        let other = |mut seen: Seen| {
            seen.user = Uuid::from_u128(2).into();
            seen
        };
        let mine = seen(1, Some(5));
        presences.set(mine.clone(), presences.holder());
        assert!(!presences.ask(other(seen(1, Some(6))), Time(0)));
        assert!(!presences.set(other(seen(1, Some(6))), presences.holder()));
        assert!(presences.told(mine.replica, mine.user).is_none());
        assert_eq!(on_project(&presences, 5), 1);
        let asked = (0..100).filter(|n| presences.ask(seen(10 + n, Some(6)), Time(0)));
        assert_eq!(asked.count(), ASKED_MAX);
        assert_eq!(on_project(&presences, 6), ASKED_MAX);
        assert!(presences.ask(other(seen(300, Some(6))), Time(0)));
    }
}
