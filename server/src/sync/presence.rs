//! Who is where now: in memory, lossy, rebuilt by whoever connects. Never in the log.

use shared::ids::{ProjectId, ReplicaId, UserId};
use shared::sync::protocol::{Person, Presence, ServerMessage};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The most pages shown on one project.
const PEOPLE_MAX: usize = 100;

#[derive(Default)]
struct State {
    places: HashMap<ReplicaId, (UserId, Presence)>,
    /// The message for a project, encoded once until something changes there.
    encoded: HashMap<ProjectId, Arc<str>>,
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

    /// Somebody's page is here now; nowhere, if it went away.
    pub fn set(&self, replica: ReplicaId, user: UserId, presence: Option<Presence>) {
        let mut state = self.state();
        let before = match presence.clone() {
            Some(presence) => state.places.insert(replica, (user, presence)),
            None => state.places.remove(&replica),
        };
        let before = before.map(|(_, presence)| presence);
        if before == presence {
            return;
        }
        for project in [before, presence]
            .into_iter()
            .flatten()
            .filter_map(|p| p.project)
        {
            state.encoded.remove(&project);
        }
        drop(state);
        self.version.send_modify(|version| *version += 1);
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
            .filter(|(_, (_, presence))| presence.project == Some(project))
            .map(|(replica, (user, presence))| Person {
                user: *user,
                replica: *replica,
                task: presence.task,
                dragging: presence.dragging,
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
