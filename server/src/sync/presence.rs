//! Who is where now: in memory, lossy, rebuilt by whoever connects. Never in the log.
//!
//! Pages of other nodes are known by hearsay: their node repeats it, and what was not repeated for a while is forgotten.

use super::bus::Node;
use serde::{Deserialize, Serialize};
use shared::ids::{ProjectId, ReplicaId, UserId};
use shared::sync::protocol::{Person, Presence, ServerMessage};
use shared::values::Time;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The most pages shown on one project.
const PEOPLE_MAX: usize = 100;

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

struct Place {
    user: UserId,
    presence: Presence,
    /// Which other node said so, and when.
    hearsay: Option<(Node, Time)>,
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
}

/// Everybody's place in one workspace.
pub struct Presences {
    state: Mutex<State>,
    version: watch::Sender<u64>,
}

impl Default for Presences {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            version: watch::Sender::new(0),
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

    /// A page of this node is here now; nowhere, if it went away.
    pub fn set(&self, seen: Seen) {
        let leaves = seen.presence.is_none();
        self.take(seen, None, |known| known.hearsay.is_none() || !leaves);
    }

    /// Another node says where its pages are.
    pub fn hear(&self, from: Node, pages: Vec<Seen>, now: Time) {
        for seen in pages {
            let leaves = seen.presence.is_none();
            // What is seen here counts more, and a page that has gone on to a third node has not left.
            self.take(seen, Some((from, now)), |known| {
                known
                    .hearsay
                    .is_some_and(|(node, _)| node == from || !leaves)
            });
        }
    }

    fn take(
        &self,
        seen: Seen,
        hearsay: Option<(Node, Time)>,
        replaces: impl FnOnce(&Place) -> bool,
    ) {
        let Seen {
            replica,
            user,
            presence,
        } = seen;
        let mut state = self.state();
        if state
            .places
            .get(&replica)
            .is_some_and(|known| !replaces(known))
        {
            return;
        }
        let before = match presence.clone() {
            Some(presence) => {
                let place = Place {
                    user,
                    presence,
                    hearsay,
                };
                state.places.insert(replica, place)
            }
            None => state.places.remove(&replica),
        };
        let before = before.map(|place| place.presence);
        if before == presence {
            return;
        }
        state.changed(before.into_iter().chain(presence));
        drop(state);
        self.version.send_modify(|version| *version += 1);
    }

    /// Forgets what other nodes have not repeated since then.
    pub fn forget_before(&self, time: Time) {
        let mut state = self.state();
        let fresh = |place: &Place| place.hearsay.is_none_or(|(_, heard)| heard >= time);
        let gone: Vec<Presence> = state
            .places
            .extract_if(|_, place| !fresh(place))
            .map(|(_, place)| place.presence)
            .collect();
        if gone.is_empty() {
            return;
        }
        state.changed(gone);
        drop(state);
        self.version.send_modify(|version| *version += 1);
    }

    /// The pages of this node.
    pub fn own(&self) -> Vec<Seen> {
        let state = self.state();
        let own = state
            .places
            .iter()
            .filter(|(_, place)| place.hearsay.is_none());
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
        presences.set(seen(1, Some(5)));
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
        presences.set(seen(1, Some(6)));
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
        presences.set(seen(1, None));
        presences.hear(second, vec![seen(1, Some(6))], Time(0));
        presences.set(seen(1, None));
        assert_eq!(on_project(&presences, 6), 2);
    }
}
