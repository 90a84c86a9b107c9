//! What a server-rendered page needs, read as of one moment.

use super::snapshot::{task_rows, workspace_rows};
use super::{not_found, rows, store};
use crate::access::Actor;
use crate::app::App;
use crate::db::{Errand, Reach, Snapshot as DbSnapshot};
use crate::http::error::Error;
use crate::{second_steps, tasks};
use app::sync::Seed;
use shared::codes::Code;
use shared::filter::Filter;
use shared::ids::{ProjectId, StatusId, UserId, WorkspaceId};
use shared::projects::Project;
use shared::sorted::SortedMap;
use shared::sync::access_index::AccessIndex;
use shared::sync::{Cover, Row as _, Snapshot, Stored};
use shared::tasks::Task;
use shared::values::Date;
use std::collections::HashMap;

/// Up to this many tasks, a board's page carries the whole board.
const WHOLE_BOARD_MAX: i64 = 200;
/// How many tasks of each column a larger board's page carries: more than any screen shows.
const FIRST_OF_COLUMN: usize = 30;

/// Which page is asked for.
#[derive(Clone, Copy, Debug)]
pub struct SeedRequest<'r> {
    /// The workspace's address.
    pub slug: &'r str,
    /// The project's key, on its pages.
    pub key: Option<&'r str>,
    /// The number of the open task.
    pub number: Option<u32>,
    /// What the board is filtered by.
    pub filter: &'r Filter,
}

/// Reads what a page shows to somebody; not found where they may not see it.
pub async fn seed(app: &App, user: UserId, request: &SeedRequest<'_>) -> Result<Seed, Error> {
    let mut read = app.db.snapshot_at(Reach::Errand(Errand::Address)).await?;
    let ws = store::find_by_slug(read.conn(), request.slug)
        .await?
        .ok_or_else(not_found)?;
    read.enter(ws).await?;
    let head = store::find_head(read.conn(), ws)
        .await?
        .ok_or_else(not_found)?;
    let marks = store::list_marks(read.conn(), ws).await?;
    // Pages are for people: a program is shown none.
    let who = Actor::unlimited(user);
    let mut stored = workspace_rows(&mut read, ws, &who).await?;
    // Rows of projects that this person does not see are gone already: what is granted follows from the rest.
    let access = AccessIndex::of(&stored, marks);
    if access.asks_second_step_of(user) && !second_steps::has_second_step(read.conn(), user).await?
    {
        return Err(Code::TwoStepRequired.into());
    }
    let scopes = access.granted(user);
    let mut covers = vec![Cover::Workspace];
    let mut totals = SortedMap::new();
    if let Some(key) = request.key {
        let project = project_by_key(&stored, key).ok_or_else(not_found)?;
        let board = board(&mut read, ws, project, request.filter, key).await?;
        totals = board.totals;
        if board.whole {
            covers.push(Cover::Board(project));
        }
        stored.extend(board.tasks);
        if let Some(number) = request.number {
            let found = tasks::store::find_by_number(read.conn(), ws, project, number).await?;
            let task = found.ok_or_else(not_found)?;
            let id = task.row.id;
            stored.extend(task_rows(&mut read, ws, &who, id).await?);
            if !stored
                .iter()
                .any(|other| other.row.key() == Task::key_of(id))
            {
                stored.extend(rows::envelopes(vec![task]));
            }
            covers.push(Cover::Task(id));
        }
    }
    let rows = stored.iter().map(|stored| (stored.v, &stored.row));
    Ok(Seed {
        workspace: ws,
        me: user,
        scopes,
        snapshot: Snapshot::of(head.epoch, head.seq, covers, rows),
        totals,
        today: Date::of_millis(app.clock.now().0)
            .unwrap_or_default()
            .days(),
    })
}

fn project_by_key(rows: &[Stored], key: &str) -> Option<ProjectId> {
    let mut projects = rows
        .iter()
        .filter_map(|stored| Project::from_any(&stored.row));
    projects
        .find(|p| p.key.as_str() == key && p.trashed_at.is_none())
        .map(|p| p.id)
}

struct Board {
    tasks: Vec<Stored>,
    totals: SortedMap<StatusId, u32>,
    whole: bool,
}

async fn board(
    read: &mut DbSnapshot,
    ws: WorkspaceId,
    project: ProjectId,
    filter: &Filter,
    key: &str,
) -> Result<Board, Error> {
    let count = tasks::store::count_for_project(read.conn(), ws, project).await?;
    if count <= WHOLE_BOARD_MAX {
        let tasks = tasks::store::list_for_project(read.conn(), ws, project).await?;
        let tasks = rows::envelopes(tasks).collect();
        return Ok(Board {
            tasks,
            totals: SortedMap::new(),
            whole: true,
        });
    }
    let totals = tasks::store::live_totals(read.conn(), ws, project).await?;
    let totals = totals
        .into_iter()
        .map(|(id, n)| (id.into(), u32::try_from(n).unwrap_or(0)));
    let tasks = if filter.is_empty() {
        let first = i64::try_from(FIRST_OF_COLUMN).unwrap_or(i64::MAX);
        tasks::store::list_first(read.conn(), ws, project, first).await?
    } else {
        let mut all = tasks::store::list_for_project(read.conn(), ws, project).await?;
        all.retain(|task| task.row.is_live() && filter.matches(&task.row, key));
        all.sort_by(|a, b| {
            (a.row.status, &a.row.rank, a.row.id).cmp(&(b.row.status, &b.row.rank, b.row.id))
        });
        let mut taken: HashMap<StatusId, usize> = HashMap::new();
        all.retain(|task| {
            let taken = taken.entry(task.row.status).or_default();
            *taken += 1;
            *taken <= FIRST_OF_COLUMN
        });
        all
    };
    Ok(Board {
        tasks: rows::envelopes(tasks).collect(),
        totals: totals.collect(),
        whole: false,
    })
}
