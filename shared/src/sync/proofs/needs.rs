//! What a command says that it needs is enough: on those rows alone it is judged as on all of them.

use super::{Judged, Tally, Trial};
use crate::attachments::Attachment;
use crate::checklist_items::ChecklistItem;
use crate::comments::Comment;
use crate::ids::{ProjectId, TaskId, UserId};
use crate::imports::Import;
use crate::labels::Label;
use crate::members::Member;
use crate::projects::Project;
use crate::statuses::Status;
use crate::sync::{AnyRow, Command, Context, Key, List, Need, Row, Tables};
use crate::tasks::{Description, Task};
use crate::teams::Team;
use crate::workspaces::Workspace;
use std::collections::BTreeSet;

/// Loads as the server does (`server/src/sync/load.rs`), from rows in memory.
struct Loader<'a> {
    all: &'a Tables,
    known: Tables,
}

impl Loader<'_> {
    fn load_for(&mut self, actor: UserId, command: &Command) {
        self.load(actor, &command.needs());
        let further = command.further_needs(&self.known);
        self.load(actor, &further);
    }

    fn load(&mut self, actor: UserId, needs: &[Need]) {
        let workspaces: Vec<Key> = self.keys::<Workspace>(|_| true);
        for key in workspaces {
            self.row(key);
        }
        self.row(Member::key_of(actor));
        for need in needs {
            match *need {
                Need::Row(key) => self.row(key),
                Need::List(list) => self.list(list),
                Need::Siblings(key) => {
                    self.row(key);
                    if let Some(list) = self.list_around(key) {
                        self.list(list);
                    }
                }
                Need::ProjectKeys => self.rows::<Project>(|_| true),
                Need::Members => self.rows::<Member>(|_| true),
                Need::Frame(project) => self.frame(project),
                Need::Family(task) => self.family(task),
                Need::WorkOf(user) => {
                    self.rows::<Project>(|_| true);
                    self.rows::<Team>(|_| true);
                    self.rows::<Import>(|_| true);
                    self.rows::<Comment>(|it| it.author == user);
                    for key in self.keys::<Task>(|it| it.assignees.contains(&user)) {
                        self.row(key);
                    }
                }
                Need::Remains(task) => {
                    self.row(Task::key_of(task));
                    self.row(Description::key_of(task));
                    self.rows::<Task>(|it| it.parent == Some(task));
                    self.texts(task);
                }
                Need::Estate(project) => {
                    self.frame(project);
                    self.rows::<Import>(|it| it.project == project);
                    self.rows::<Task>(|it| it.project == project);
                }
            }
        }
    }

    fn frame(&mut self, project: ProjectId) {
        self.row(Project::key_of(project));
        self.rows::<Status>(|it| it.project == project);
        self.rows::<Label>(|it| it.project == project);
    }

    fn texts(&mut self, task: TaskId) {
        self.rows::<ChecklistItem>(|it| it.task == task);
        self.rows::<Comment>(|it| it.task == task);
        self.rows::<Attachment>(|it| it.task == task);
    }

    fn keys<R: Row>(&self, is_meant: impl Fn(&R) -> bool) -> Vec<Key> {
        let rows = self.all.all::<R>().filter(|it| is_meant(it));
        rows.map(|it| R::key_of(it.id())).collect()
    }

    /// Rows as they are, without what they refer to.
    fn rows<R: Row>(&mut self, is_meant: impl Fn(&R) -> bool) {
        for key in self.keys(is_meant) {
            self.add(key);
        }
    }

    fn add(&mut self, key: Key) {
        let stored = self.all.find(key);
        if let Some(stored) = stored.filter(|_| self.known.find(key).is_none()) {
            self.known.put(stored.v, stored.row.clone());
        }
    }

    fn row(&mut self, key: Key) {
        let mut wanted = vec![key];
        while let Some(key) = wanted.pop() {
            self.add(key);
            if let Some(stored) = self.known.find(key) {
                let mut refs = Vec::new();
                stored.row.refs(&mut refs);
                wanted.extend(refs.into_iter().filter(|key| {
                    self.known.find(*key).is_none() && self.all.find(*key).is_some()
                }));
            }
        }
    }

    fn list_around(&self, key: Key) -> Option<List> {
        let row = &self.known.find(key)?.row;
        match row {
            AnyRow::Statuses(status) => Some(List::Statuses(status.project)),
            row => row.place().map(|(list, _)| list),
        }
    }

    fn list(&mut self, list: List) {
        let table = list.table();
        let unknown = |id| self.known.find(Key { table, id }).is_none();
        let members: Vec<_> = self
            .all
            .ranked(list)
            .filter(|it| unknown(it.1))
            .cloned()
            .collect();
        self.known.put_list(list, members);
    }

    fn family(&mut self, id: TaskId) {
        self.row(Task::key_of(id));
        let mut family = BTreeSet::from([id]);
        loop {
            let below = |it: &Task| it.parent.is_some_and(|above| family.contains(&above));
            let below: BTreeSet<TaskId> = self
                .all
                .all::<Task>()
                .filter(|it| below(it))
                .map(|it| it.id)
                .collect();
            let before = family.len();
            family.extend(below);
            if family.len() == before {
                break;
            }
        }
        for id in family {
            self.add(Task::key_of(id));
            let Some(task) = self.known.get::<Task>(id).cloned() else {
                continue;
            };
            let mut keys = vec![Status::key_of(task.status), Description::key_of(id)];
            keys.extend(task.labels.iter().map(|label| Label::key_of(*label)));
            keys.extend(task.assignees.iter().map(|user| Member::key_of(*user)));
            for key in keys {
                self.row(key);
            }
            self.texts(id);
        }
    }
}

fn on_what_it_needs(all: &Tables, context: Context, command: &Command) -> Judged {
    let mut loader = Loader {
        all,
        known: Tables::default(),
    };
    loader.load_for(context.actor, command);
    command.apply(&loader.known, context)
}

#[test]
fn what_a_command_needs_is_enough_to_judge_it() {
    let mut tally = Tally::default();
    for seed in 100..180 {
        Trial::new(seed).each(|trial, context, command| {
            let all = &trial.world.tables;
            let judged = command.apply(all, context);
            assert_eq!(
                on_what_it_needs(all, context, command),
                judged,
                "seed {seed}: {command:?}"
            );
            tally.note(command, judged.is_ok());
        });
    }
    // A workspace is founded once.
    tally.require_all(&["workspaces.create"]);
}
