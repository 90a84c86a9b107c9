//! The sign-ins that open connections stand on: when one ends, its connections end with it, at once.

use crate::accounts::identity::Via;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Every sign-in of this node that has an open connection.
#[derive(Default)]
pub struct Kicks(Mutex<HashMap<Via, Open>>);

struct Open {
    connections: usize,
    over: CancellationToken,
}

/// An open connection's stake in its sign-in.
pub struct Held<'k> {
    kicks: &'k Kicks,
    via: Via,
    /// Cancelled when the sign-in has ended.
    pub over: CancellationToken,
}

impl Kicks {
    fn open(&self) -> MutexGuard<'_, HashMap<Via, Open>> {
        // The map is changed in single steps: a poisoned one is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a connection for as long as the answer is kept.
    ///
    /// A sign-in that has ended already is not noticed by this: check it afterwards.
    pub fn hold(&self, via: Via) -> Held<'_> {
        let mut open = self.open();
        let entry = open.entry(via).or_insert_with(|| Open {
            connections: 0,
            over: CancellationToken::new(),
        });
        entry.connections += 1;
        Held {
            kicks: self,
            via,
            over: entry.over.clone(),
        }
    }

    /// Ends all connections of a sign-in. Call it after the database has ended it.
    pub fn kick(&self, via: Via) {
        if let Some(open) = self.open().remove(&via) {
            open.over.cancel();
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut open = self.kicks.open();
        if let Some(entry) = open.get_mut(&self.via)
            // Else this one was kicked, and the entry is of those who came later.
            && !self.over.is_cancelled()
        {
            entry.connections -= 1;
            if entry.connections == 0 {
                open.remove(&self.via);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_kick_ends_the_connections_of_one_sign_in_and_nothing_is_left_of_them() {
        let kicks = Kicks::default();
        let via = |n| Via::Session(Uuid::from_u128(n).into());
        let (desk, again, phone) = (kicks.hold(via(1)), kicks.hold(via(1)), kicks.hold(via(2)));
        kicks.kick(via(1));
        assert!(desk.over.is_cancelled() && again.over.is_cancelled());
        assert!(!phone.over.is_cancelled());
        let later = kicks.hold(via(1));
        drop((desk, again));
        kicks.kick(via(1));
        assert!(later.over.is_cancelled());
        drop((later, phone));
        assert!(kicks.open().is_empty());
    }
}
