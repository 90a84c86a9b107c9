//! Where tasks are that have left a project: their old addresses lead there, for who sees it.

use super::store;
use crate::access::Visit;
use crate::app::App;
use crate::http::Error;
use crate::projects;
use crate::sync::columns::Stored;
use shared::ids::ProjectId;
use shared::projects::Project;
use shared::tasks::Task;

/// The task that had that number in a project, if somebody sees where it is.
pub async fn task_at(
    app: &App,
    visit: &Visit,
    project: ProjectId,
    number: u32,
) -> Result<Option<Stored<Task>>, Error> {
    let ws = visit.workspace;
    let mut read = app.db.read_in(ws).await?;
    let Some(id) = store::former::find(read.conn(), ws, project, number).await? else {
        return Ok(None);
    };
    let task = store::find(read.conn(), ws, id.uuid()).await?;
    Ok(task.filter(|task| visit.sees(task.row.project)))
}

/// The key and the number that a task has now which had these before.
pub async fn address_of(
    app: &App,
    visit: &Visit,
    key: &str,
    number: u32,
) -> Result<Option<(String, u32)>, Error> {
    let mut read = app.db.read_in(visit.workspace).await?;
    let projects = projects::store::list(read.conn(), visit.workspace).await?;
    drop(read);
    let find = |is: &dyn Fn(&Project) -> bool| projects.iter().find(|it| is(&it.row));
    let Some(left) = find(&|it| it.key.as_str() == key) else {
        return Ok(None);
    };
    let Some(task) = task_at(app, visit, left.row.id, number).await? else {
        return Ok(None);
    };
    let home = find(&|it| it.id == task.row.project && it.trashed_at.is_none());
    Ok(home.map(|home| (home.row.key.to_string(), task.row.number)))
}
