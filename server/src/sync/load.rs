//! Loading what a command needs. Rows stay loaded as long as nobody else continued the order: then they are current.

use super::{rows, store};
use crate::db::WriteTx;
use crate::{
    attachments, checklist_items, comments, imports, labels, members, projects, statuses, tasks,
    teams,
};
use shared::ids::{ProjectId, TaskId, UserId, WorkspaceId};
use shared::labels::Label;
use shared::members::Member;
use shared::projects::Project;
use shared::statuses::Status;
use shared::sync::{Command, Key, List, Need, Row, Stored, Tables};
use shared::tasks::{Description, MOVED_ROWS_MAX, Task};
use shared::values::Rank;
use shared::workspaces::Workspace;
use std::collections::BTreeSet;
use uuid::Uuid;

/// More rows than this are not kept between batches.
const ROWS_KEPT_MAX: usize = 20_000;

/// The rows that commands of one workspace needed so far, as of one number.
#[derive(Clone, Default)]
pub struct Working {
    /// As of when.
    pub seq: u64,
    /// The rows.
    pub tables: Tables,
    /// Keys that were looked up and are not there.
    absent: BTreeSet<Key>,
    lists: BTreeSet<List>,
    all_projects: bool,
    all_members: bool,
    /// Whose work is loaded.
    works: BTreeSet<UserId>,
}

impl Working {
    /// Keeps what is loaded if it is as of `seq`, else begins anew.
    pub fn renew(&mut self, seq: u64) {
        if self.seq != seq || self.tables.len() > ROWS_KEPT_MAX {
            *self = Working {
                seq,
                ..Working::default()
            };
        }
    }

    /// Loads what a command of somebody needs.
    pub async fn load_for(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        actor: UserId,
        command: &Command,
    ) -> anyhow::Result<()> {
        self.load(tx, ws, actor, &command.needs()).await?;
        let further = command.further_needs(&self.tables);
        if further.is_empty() {
            return Ok(());
        }
        self.load(tx, ws, actor, &further).await
    }

    /// Loads what is needed, and what those rows refer to.
    pub async fn load(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        actor: UserId,
        needs: &[Need],
    ) -> anyhow::Result<()> {
        // Whether it is deleted decides about everybody.
        self.row(tx, ws, Workspace::key_of(ws)).await?;
        self.row(tx, ws, Member::key_of(actor)).await?;
        for need in needs {
            match *need {
                Need::Row(key) => self.row(tx, ws, key).await?,
                Need::List(list) => self.list(tx, ws, list).await?,
                Need::Siblings(key) => {
                    self.row(tx, ws, key).await?;
                    if let Some(list) = self.list_around(key) {
                        self.list(tx, ws, list).await?;
                    }
                }
                Need::ProjectKeys => self.projects(tx, ws).await?,
                Need::Members => self.members(tx, ws).await?,
                Need::Frame(project) => self.frame(tx, ws, project).await?,
                Need::Family(task) => self.family(tx, ws, task).await?,
                Need::Remains(task) => self.remains(tx, ws, task).await?,
                Need::Estate(project) => self.estate(tx, ws, project).await?,
                Need::WorkOf(user) => self.work_of(tx, ws, user).await?,
            }
        }
        Ok(())
    }

    /// Takes in what was read, unless it is known better: what this transaction has changed is not written yet.
    fn add(&mut self, read: impl IntoIterator<Item = Stored>) {
        for stored in read {
            let key = stored.row.key();
            if self.tables.find(key).is_none() && !self.absent.contains(&key) {
                self.tables.put(stored.v, stored.row);
            }
        }
    }

    /// The list that a row is in, or would be in if it were not archived.
    fn list_around(&self, key: Key) -> Option<List> {
        let row = &self.tables.find(key)?.row;
        if let Some(status) = shared::statuses::Status::from_any(row) {
            return Some(List::Statuses(status.project));
        }
        row.place().map(|(list, _)| list)
    }

    /// Loads a row and, following references, the rows it must be judged with.
    async fn row(&mut self, tx: &mut WriteTx, ws: WorkspaceId, key: Key) -> anyhow::Result<()> {
        let mut wanted = vec![key];
        while let Some(key) = wanted.pop() {
            if self.absent.contains(&key) {
                continue;
            }
            if self.tables.find(key).is_none() {
                match rows::find(tx.conn(), ws, key).await? {
                    Some(stored) => drop(self.tables.put(stored.v, stored.row)),
                    None => drop(self.absent.insert(key)),
                }
            }
            if let Some(stored) = self.tables.find(key) {
                let mut refs = Vec::new();
                stored.row.refs(&mut refs);
                // A chain of parents cannot loop here: what is loaded is not looked at twice.
                wanted.extend(
                    refs.into_iter()
                        .filter(|key| self.tables.find(*key).is_none()),
                );
            }
        }
        Ok(())
    }

    async fn list(&mut self, tx: &mut WriteTx, ws: WorkspaceId, list: List) -> anyhow::Result<()> {
        if self.lists.insert(list) {
            let ranks = store::list_ranks(tx.conn(), ws, list).await?;
            // What is loaded stands where it is by now, be it elsewhere.
            let (tables, absent, table) = (&self.tables, &self.absent, list.table());
            let is_unknown = |id: Uuid| {
                let key = Key { table, id };
                tables.find(key).is_none() && !absent.contains(&key)
            };
            let members: Vec<_> = ranks
                .into_iter()
                .filter(|(_, id)| is_unknown(*id))
                .map(|(rank, id)| (Rank::from_stored(rank), id))
                .collect();
            self.tables.put_list(list, members);
        }
        Ok(())
    }

    async fn projects(&mut self, tx: &mut WriteTx, ws: WorkspaceId) -> anyhow::Result<()> {
        if !self.all_projects {
            let projects = projects::store::list(tx.conn(), ws).await?;
            self.add(rows::envelopes(projects));
            self.all_projects = true;
        }
        Ok(())
    }

    async fn members(&mut self, tx: &mut WriteTx, ws: WorkspaceId) -> anyhow::Result<()> {
        if !self.all_members {
            let members = members::store::list(tx.conn(), ws).await?;
            self.add(rows::envelopes(members));
            self.all_members = true;
        }
        Ok(())
    }

    async fn frame(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        project: ProjectId,
    ) -> anyhow::Result<()> {
        self.row(tx, ws, Project::key_of(project)).await?;
        let statuses = statuses::store::list_for_project(tx.conn(), ws, project).await?;
        self.add(rows::envelopes(statuses));
        let labels = labels::store::list_for_project(tx.conn(), ws, project).await?;
        self.add(rows::envelopes(labels));
        Ok(())
    }

    async fn family(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        id: TaskId,
    ) -> anyhow::Result<()> {
        self.row(tx, ws, Task::key_of(id)).await?;
        let mut above = vec![id];
        let mut family = Vec::new();
        while !above.is_empty() {
            for id in &above {
                let below = tasks::store::list_below(tx.conn(), ws, *id).await?;
                self.add(rows::envelopes(below));
            }
            family.append(&mut above);
            let known: BTreeSet<TaskId> = family.iter().copied().collect();
            let loaded = self.tables.all::<Task>();
            let below = loaded.filter(|it| it.parent.is_some_and(|it| known.contains(&it)));
            above = below
                .map(|it| it.id)
                .filter(|it| !known.contains(it))
                .collect();
            if family.len() > MOVED_ROWS_MAX {
                // More than anything is done with: whoever asked is told so by the tasks alone.
                return Ok(());
            }
        }
        for id in family {
            self.belongings(tx, ws, id).await?;
        }
        Ok(())
    }

    async fn work_of(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        user: UserId,
    ) -> anyhow::Result<()> {
        if !self.works.insert(user) {
            return Ok(());
        }
        self.projects(tx, ws).await?;
        let teams = teams::store::list(tx.conn(), ws).await?;
        self.add(rows::envelopes(teams));
        let imports = imports::store::list(tx.conn(), ws).await?;
        self.add(rows::envelopes(imports));
        let comments = comments::store::list_by(tx.conn(), ws, user).await?;
        self.add(rows::envelopes(comments));
        let tasks = tasks::store::list_assigned_to(tx.conn(), ws, user).await?;
        let ids: Vec<TaskId> = tasks.iter().map(|stored| stored.row.id).collect();
        self.add(rows::envelopes(tasks));
        // With what is above them: whoever comes to one of these from below expects that to be there.
        for id in ids {
            self.row(tx, ws, Task::key_of(id)).await?;
        }
        Ok(())
    }

    /// What belongs to a task, and what it names.
    async fn belongings(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        id: TaskId,
    ) -> anyhow::Result<()> {
        let Some(task) = self.tables.get::<Task>(id).cloned() else {
            return Ok(());
        };
        let mut keys = vec![Status::key_of(task.status), Description::key_of(id)];
        keys.extend(task.labels.iter().map(|label| Label::key_of(*label)));
        keys.extend(task.assignees.iter().map(|user| Member::key_of(*user)));
        for key in keys {
            self.row(tx, ws, key).await?;
        }
        self.texts(tx, ws, id).await
    }

    async fn remains(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        id: TaskId,
    ) -> anyhow::Result<()> {
        self.row(tx, ws, Task::key_of(id)).await?;
        self.row(tx, ws, Description::key_of(id)).await?;
        let below = tasks::store::list_below(tx.conn(), ws, id).await?;
        self.add(rows::envelopes(below));
        self.texts(tx, ws, id).await
    }

    async fn estate(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        project: ProjectId,
    ) -> anyhow::Result<()> {
        self.frame(tx, ws, project).await?;
        let imports = imports::store::list(tx.conn(), ws).await?;
        self.add(rows::envelopes(imports));
        let left = tasks::store::list_for_project(tx.conn(), ws, project).await?;
        self.add(rows::envelopes(left));
        Ok(())
    }

    /// What is said in and of a task, besides its description.
    async fn texts(&mut self, tx: &mut WriteTx, ws: WorkspaceId, id: TaskId) -> anyhow::Result<()> {
        let items = checklist_items::store::list_for_task(tx.conn(), ws, id).await?;
        self.add(rows::envelopes(items));
        let comments = comments::store::list_for_task(tx.conn(), ws, id).await?;
        self.add(rows::envelopes(comments));
        let attachments = attachments::store::list_for_task(tx.conn(), ws, id).await?;
        self.add(rows::envelopes(attachments));
        Ok(())
    }

    /// Takes over what a command wrote as change `seq`.
    pub fn take(&mut self, seq: u64, writes: shared::sync::Writes) {
        self.seq = seq;
        for (key, row) in writes {
            if let Some(row) = row {
                self.absent.remove(&key);
                self.tables.put(seq, row);
            } else {
                self.tables.remove(key);
                self.absent.insert(key);
            }
        }
    }
}
