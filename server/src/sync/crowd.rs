//! How many connections stay open at the same time, by account and by address: each costs memory for as long as it likes.

use crate::app::App;
use crate::http::error::Error;
use crate::http::rates::Asker;
use shared::ids::UserId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// When whoever is turned away may try again.
const LATER: Duration = Duration::from_secs(30);

/// The connections of this node that stay open.
#[derive(Default)]
pub struct Crowd(Mutex<HashMap<Asker, u32>>);

impl Crowd {
    /// How many there are.
    pub fn count(&self) -> u32 {
        let counts = self.counts();
        let by_account = counts
            .iter()
            .filter(|(asker, _)| matches!(asker, Asker::User(_)));
        by_account.map(|(_, count)| *count).sum()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Asker, u32>> {
        // Counts are changed one at a time: a poisoned map is off by one connection at most.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection among them, for as long as this is kept.
pub struct Place {
    app: App,
    askers: [Asker; 2],
}

impl Place {
    /// Takes a place, if there is one.
    pub fn take(app: &App, user: UserId, from: IpAddr) -> Result<Self, Error> {
        let limits = &app.config.limits;
        let askers = [Asker::User(user), Asker::of(None, from)];
        let most = [
            limits.connections_per_account,
            limits.connections_per_address,
        ];
        let mut counts = app.crowd.counts();
        let is_full = |(asker, max): (&Asker, u32)| {
            max > 0 && counts.get(asker).is_some_and(|count| *count >= max)
        };
        if askers.iter().zip(most).any(is_full) {
            tracing::info!(user.id = %user, address = %from, "too many connections");
            return Err(Error::later(
                "Too many pages are open at the same time.",
                LATER,
            ));
        }
        for asker in askers {
            *counts.entry(asker).or_default() += 1;
        }
        drop(counts);
        let app = app.clone();
        Ok(Self { app, askers })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.app.crowd.counts();
        for asker in &self.askers {
            if let Some(count) = counts.get_mut(asker) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(asker);
                }
            }
        }
    }
}
