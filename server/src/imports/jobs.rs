//! Imports that are not in the log yet: uploaded and waiting, under way, or failed. A finished one is a row.
//!
//! **Invariant:** what is kept here is bounded, for each person and altogether, and goes away by itself.

use super::{Imported, Seed, Wish};
use crate::app::App;
use crate::clock::later;
use crate::http::Error;
use crate::sync::Progress;
use shared::codes::{Code, Rejected};
use shared::ids::{ImportId, UserId, WorkspaceId};
use shared::imports::trello::Board;
use shared::imports::{BYTES_MAX, Preview};
use shared::values::{ProjectKey, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many imports one person may have waiting or under way.
const PER_PERSON_MAX: usize = 4;
/// How large all files together may be that are kept or being received, in mebibytes.
const TOTAL_MEBIBYTES_MAX: usize = 256;
const MEBIBYTE: usize = 1024 * 1024;
/// How long an upload waits to be started.
const LIFETIME: Duration = Duration::from_mins(30);

/// What waits, and room for more.
pub struct Jobs {
    memory: Arc<Semaphore>,
    counts: Arc<Mutex<HashMap<UserId, usize>>>,
    waiting: Mutex<HashMap<ImportId, Job>>,
}

/// Room for one import. Given back when dropped.
pub struct Room {
    user: UserId,
    counts: Arc<Mutex<HashMap<UserId, usize>>>,
    _memory: OwnedSemaphorePermit,
}

struct Job {
    workspace: WorkspaceId,
    user: UserId,
    seed: Seed,
    key: ProjectKey,
    cards: usize,
    expires_at: Time,
    board: Arc<Board>,
    stage: Stage,
    _room: Room,
}

enum Stage {
    Ready,
    Running(Arc<Progress>),
    Failed(Rejected),
}

/// Where an import stands.
#[derive(Debug)]
pub struct State {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The key of the project that it makes.
    pub key: ProjectKey,
    /// How many cards it has.
    pub cards: usize,
    /// How far it has come, as a part of all steps; nothing when it does not run.
    pub running: Option<(usize, usize)>,
    /// Why it failed.
    pub failed: Option<Rejected>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Jobs {
    /// Nothing waits.
    pub fn new() -> Self {
        Self {
            memory: Arc::new(Semaphore::new(TOTAL_MEBIBYTES_MAX)),
            counts: Arc::default(),
            waiting: Mutex::default(),
        }
    }

    /// Room for a file of that size, or of the largest where it is not announced.
    pub fn reserve(&self, user: UserId, bytes: Option<usize>, now: Time) -> Result<Room, Error> {
        self.purge(now);
        let mebibytes = bytes
            .unwrap_or(BYTES_MAX)
            .min(BYTES_MAX)
            .div_ceil(MEBIBYTE)
            .max(1);
        let mut counts = locked(&self.counts);
        if counts
            .get(&user)
            .is_some_and(|count| *count >= PER_PERSON_MAX)
        {
            let text = format!(
                "You have {PER_PERSON_MAX} imports waiting. Start one of them, or wait half an hour."
            );
            return Err(Rejected::new(Code::TooManyRequests, text).into());
        }
        let memory = u32::try_from(mebibytes).ok();
        let memory = memory.and_then(|n| self.memory.clone().try_acquire_many_owned(n).ok());
        let memory = memory.ok_or_else(|| {
            let text = "The server holds too many files at the moment. Try again in half an hour.";
            Rejected::new(Code::Unavailable, text)
        })?;
        *counts.entry(user).or_default() += 1;
        Ok(Room {
            user,
            counts: self.counts.clone(),
            _memory: memory,
        })
    }

    /// Keeps a board until it is started; answers the id of the import that it would be.
    pub fn keep(
        &self,
        app: &App,
        (workspace, room): (WorkspaceId, Room),
        board: Arc<Board>,
        preview: &Preview,
    ) -> ImportId {
        let seed = Seed::new(app);
        let id = seed.import();
        let job = Job {
            workspace,
            user: room.user,
            seed,
            key: preview.key.clone(),
            cards: super::cards(preview),
            expires_at: later(app.clock.now(), LIFETIME),
            board,
            stage: Stage::Ready,
            _room: room,
        };
        locked(&self.waiting).insert(id, job);
        let (app, stop) = (app.clone(), app.shutdown.clone());
        app.clone().tasks.spawn(async move {
            let over = tokio::time::sleep(LIFETIME);
            if stop.run_until_cancelled(over).await.is_some() {
                app.imports.purge(app.clock.now());
            }
        });
        id
    }

    /// Forgets what waited too long.
    fn purge(&self, now: Time) {
        let is_needed = |job: &Job| job.expires_at > now || matches!(job.stage, Stage::Running(_));
        locked(&self.waiting).retain(|_, job| is_needed(job));
    }

    /// Where somebody's import stands; nothing where it is not theirs, was forgotten, or is finished.
    pub fn find(&self, id: ImportId, user: UserId, now: Time) -> Option<State> {
        self.purge(now);
        let jobs = locked(&self.waiting);
        let job = jobs.get(&id).filter(|job| job.user == user)?;
        let (running, failed) = match &job.stage {
            Stage::Ready => (None, None),
            Stage::Running(progress) => (Some(progress.steps()), None),
            Stage::Failed(rejected) => (None, Some(rejected.clone())),
        };
        Some(State {
            workspace: job.workspace,
            key: job.key.clone(),
            cards: job.cards,
            running,
            failed,
        })
    }

    /// Starts somebody's import; it goes on by itself.
    pub async fn start(
        &self,
        app: &App,
        id: ImportId,
        user: UserId,
        wish: Wish,
    ) -> Result<(), Error> {
        let state = self.find(id, user, app.clock.now()).ok_or(Code::NotFound)?;
        let board = locked(&self.waiting).get(&id).map(|job| job.board.clone());
        let board = board.ok_or(Code::NotFound)?;
        let target = super::target(app, state.workspace, &board, &wish).await?;
        let progress = Arc::new(Progress::default());
        let seed = {
            let mut jobs = locked(&self.waiting);
            let job = jobs.get_mut(&id).ok_or(Code::NotFound)?;
            if matches!(job.stage, Stage::Running(_)) {
                let text = "This import was started already.";
                return Err(Rejected::new(Code::AlreadyExists, text).into());
            }
            job.key = target.key;
            job.stage = Stage::Running(progress.clone());
            job.seed
        };
        let (app, at) = (app.clone(), (state.workspace, user));
        app.clone().tasks.spawn(async move {
            let done = super::carry_out(&app, at, board, &wish, seed, Some(progress)).await;
            app.imports.finish(id, done);
        });
        Ok(())
    }

    fn finish(&self, id: ImportId, done: Result<Imported, Error>) {
        let mut jobs = locked(&self.waiting);
        match done {
            // From now on its row tells.
            Ok(_) => drop(jobs.remove(&id)),
            Err(error) => {
                let rejected = error.into_rejected();
                if let Some(job) = jobs.get_mut(&id) {
                    job.stage = Stage::Failed(rejected);
                }
            }
        }
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut counts = locked(&self.counts);
        if let Some(count) = counts.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn user(n: u128) -> UserId {
        Uuid::from_u128(n).into()
    }

    #[test]
    fn a_person_has_room_for_four_and_gets_it_back() {
        let jobs = Jobs::new();
        let mut rooms: Vec<Room> = (0..4)
            .map(|_| jobs.reserve(user(1), Some(1), Time(0)).unwrap())
            .collect();
        let fifth = jobs.reserve(user(1), Some(1), Time(0));
        assert!(matches!(fifth, Err(Error::Refused(r)) if r.code == Code::TooManyRequests));
        assert!(jobs.reserve(user(2), Some(1), Time(0)).is_ok());
        rooms.pop();
        assert!(jobs.reserve(user(1), Some(1), Time(0)).is_ok());
    }

    #[test]
    fn all_files_together_have_a_limit() {
        let jobs = Jobs::new();
        let rooms: Vec<Room> = (0..4)
            .map(|n| jobs.reserve(user(n), None, Time(0)).unwrap())
            .collect();
        let more = jobs.reserve(user(9), Some(1), Time(0));
        assert!(matches!(more, Err(Error::Refused(r)) if r.code == Code::Unavailable));
        drop(rooms);
        assert!(jobs.reserve(user(9), None, Time(0)).is_ok());
        assert!(locked(&jobs.counts).is_empty());
    }
}
