//! Imports on the server: files of other tools become commands, committed together or not at all.
//!
//! What a file means is told by `shared::imports`; [`jobs`] keeps what was uploaded until it is started, [`carry_out`] is
//! the way of every import into the log, whichever door it came through.

pub mod jobs;
pub(crate) mod routes;
pub mod store;

use crate::access::Actor;
use crate::app::App;
use crate::http::Error;
use crate::projects;
use crate::sync::{Group, Progress};
use anyhow::Context as _;
use shared::codes::{Code, Rejected};
use shared::ids::{ImportId, UserId, WorkspaceId};
use shared::imports::trello::{self, Board};
use shared::imports::{Ids, Plan, Preview, Target};
use shared::values::{Name, ProjectKey, Time};
use std::sync::Arc;

/// How often another key is tried when somebody takes the chosen one in the meantime.
const KEY_ATTEMPTS: usize = 5;

/// What an import's ids are made from, so that its own is known before it is planned.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    now: Time,
    first: [u8; 10],
}

impl Seed {
    /// The seed of a new import.
    pub fn new(app: &App) -> Self {
        Self {
            now: app.clock.now(),
            first: app.rng.bytes(),
        }
    }

    /// The id of the import that is planned from it.
    pub fn import(self) -> ImportId {
        let mut random = || self.first;
        Ids::new(self.now, &mut random).fresh()
    }
}

/// What the person wants the project to be called, where they want something.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The name.
    pub name: Option<Name>,
    /// The key.
    pub key: Option<ProjectKey>,
}

/// Reads a board, off the async threads.
pub async fn read(bytes: impl AsRef<[u8]> + Send + 'static) -> Result<Board, Error> {
    let board = tokio::task::spawn_blocking(move || trello::parse(bytes.as_ref()));
    Ok(board.await.context("reading a file")??)
}

/// What importing a board would do now.
pub async fn preview(
    app: &App,
    workspace: WorkspaceId,
    board: Arc<Board>,
    wish: Wish,
) -> Result<Preview, Error> {
    let target = target(app, workspace, &board, &wish).await?;
    let preview = tokio::task::spawn_blocking(move || trello::preview(&board, target));
    Ok(preview.await.context("planning an import")?)
}

/// The name and a free key; a key that somebody asks for and cannot have is refused.
pub async fn target(
    app: &App,
    workspace: WorkspaceId,
    board: &Board,
    wish: &Wish,
) -> Result<Target, Error> {
    let taken = projects::store::list(app.db.read_in(workspace).await?.conn(), workspace).await?;
    let taken: Vec<ProjectKey> = taken.into_iter().map(|stored| stored.row.key).collect();
    let own = board.target(&taken);
    let target = match &wish.name {
        Some(name) => Target::suggested(name.clone(), &taken),
        None => own,
    };
    match &wish.key {
        Some(key) if taken.contains(key) => {
            let text = format!("The key {key} is taken by another project. Choose another.");
            Err(Rejected {
                field: Some("project_key".into()),
                ..Rejected::new(Code::KeyTaken, text)
            }
            .into())
        }
        Some(key) => Ok(Target {
            key: key.clone(),
            ..target
        }),
        None => Ok(target),
    }
}

/// What an import has become.
pub struct Imported {
    /// What it did.
    pub preview: Preview,
    /// How many tasks it brought.
    pub tasks: usize,
}

/// Imports a board on somebody's behalf: everything or nothing.
pub async fn carry_out(
    app: &App,
    (workspace, user): (WorkspaceId, UserId),
    board: Arc<Board>,
    wish: &Wish,
    seed: Seed,
    progress: Option<Arc<Progress>>,
) -> Result<Imported, Error> {
    let mut attempt = 1;
    loop {
        let target = target(app, workspace, &board, wish).await?;
        let Plan {
            commands, preview, ..
        } = plan(app, board.clone(), target, seed).await?;
        let tasks = cards(&preview);
        let group = Group {
            commands,
            progress: progress.clone(),
            ..Group::default()
        };
        match app
            .sync
            .commit_all(workspace, Actor::unlimited(user), group)
            .await
        {
            Ok(_) => {
                tracing::info!(import.id = %seed.import(), tasks, "a board was imported");
                return Ok(Imported { preview, tasks });
            }
            // Somebody has just taken the key.
            Err(Error::Refused(Rejected {
                code: Code::KeyTaken,
                ..
            })) if wish.key.is_none() && attempt < KEY_ATTEMPTS => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// How many tasks an import brings.
pub const fn cards(preview: &Preview) -> usize {
    match &preview.report {
        shared::imports::Report::Trello(report) => report.cards,
    }
}

async fn plan(app: &App, board: Arc<Board>, target: Target, seed: Seed) -> Result<Plan, Error> {
    let rng = app.rng.clone();
    let work = move || {
        let mut first = Some(seed.first);
        let mut random = || first.take().unwrap_or_else(|| rng.bytes());
        trello::plan(&board, target, &mut Ids::new(seed.now, &mut random))
    };
    Ok(tokio::task::spawn_blocking(work)
        .await
        .context("planning an import")?)
}
