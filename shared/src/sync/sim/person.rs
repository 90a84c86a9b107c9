//! What people do: commands over rows that their page shows, chosen by weight.

use super::Simulation;
use super::agenda::Happening;
use super::chance::Chance;
use super::database::{Task as ServerTask, Work};
use super::oracle::Checked;
use super::page::PageId;
use super::verbs::Verbs;
use crate::access::Role;
use crate::labels::Label;
use crate::projects::Project;
use crate::statuses::Status;
use crate::sync::{Client, Command, Context, Cover, Event, Row, Tables};
use crate::tasks::{self, Task};
use crate::values::Time;
use crate::{attachments, checklist_items, comments};
use std::sync::Arc;

/// What people do, how often, and how much more often where who sees what changes often: so many twelfths of the churn.
pub(in crate::sync) const VERBS: [(&str, u64, u64); 55] = [
    ("attachments.create", 3, 0),
    ("attachments.delete", 1, 0),
    ("checklist_items.create", 5, 0),
    ("checklist_items.delete", 1, 0),
    ("checklist_items.edit", 1, 0),
    ("checklist_items.move", 2, 0),
    ("checklist_items.set_done", 2, 0),
    ("checklist_items.spread", 1, 0),
    ("comments.create", 6, 0),
    ("comments.delete", 1, 0),
    ("comments.edit", 2, 0),
    ("comments.restore", 1, 0),
    ("imports.set_undone", 0, 1),
    ("labels.create", 4, 0),
    ("labels.delete", 1, 0),
    ("labels.edit", 2, 0),
    ("members.hand_over", 0, 1),
    ("members.leave", 0, 1),
    ("members.rename", 1, 1),
    ("members.set_active", 0, 2),
    ("members.set_avatar", 1, 0),
    ("members.set_role", 0, 1),
    ("projects.add_member", 1, 4),
    ("projects.add_team", 1, 2),
    ("projects.create", 1, 1),
    ("projects.edit", 1, 6),
    ("projects.remove_member", 0, 4),
    ("projects.set_archived", 1, 1),
    ("projects.set_trashed", 0, 1),
    ("statuses.create", 1, 0),
    ("statuses.edit", 1, 0),
    ("statuses.move", 1, 0),
    ("statuses.set_archived", 2, 0),
    ("tasks.add_label", 4, 0),
    ("tasks.assign", 3, 0),
    ("tasks.create", 16, 0),
    ("tasks.describe", 3, 0),
    ("tasks.edit", 12, 0),
    ("tasks.move", 14, 0),
    ("tasks.move_to_project", 7, 0),
    ("tasks.remove_label", 1, 0),
    ("tasks.rewrite", 3, 0),
    ("tasks.set_archived", 3, 0),
    ("tasks.set_parent", 4, 0),
    ("tasks.set_trashed", 3, 0),
    ("tasks.spread", 1, 0),
    ("tasks.unassign", 2, 0),
    ("teams.add_member", 2, 0),
    ("teams.create", 2, 0),
    ("teams.delete", 1, 0),
    ("teams.remove_member", 1, 0),
    ("teams.rename", 1, 0),
    ("teams.set_lead", 1, 0),
    ("workspaces.readdress", 1, 0),
    ("workspaces.rename", 1, 0),
];

/// What people could push as well, and do not here.
#[cfg(test)]
pub(in crate::sync) const NOT_DONE: [(&str, &str); 4] = [
    (
        "workspaces.create",
        "a workspace is founded once, before anybody is in it",
    ),
    (
        "workspaces.delete",
        "it shuts everybody out: nothing would happen any more",
    ),
    (
        "workspaces.require_two_step",
        "a server asks whoever pushes for a second step then, and nobody here has one",
    ),
    (
        "workspaces.restore",
        "a workspace that is not deleted stays as it is",
    ),
];

/// In percent, how often somebody takes back what they did.
const UNDONE: u64 = 10;

/// How often somebody looks at a board, and at a task.
const LOOKS: [(u64, Deed); 2] = [(8, Deed::Look), (6, Deed::LookAtTask)];

/// What somebody may be up to.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Look,
    LookAtTask,
    Change(&'static str),
}

/// What somebody does next.
#[derive(Clone, Debug)]
pub enum Doing {
    /// They look at something, which is to be complete from then on.
    Look(Cover),
    /// They change something.
    Change(Command),
}

/// Somebody in front of a page.
#[derive(Debug)]
pub struct Person<'p> {
    chance: &'p mut Chance,
    client: &'p Client,
}

impl<'p> Person<'p> {
    /// Somebody who does by chance what the page lets them do.
    pub fn new(chance: &'p mut Chance, client: &'p Client) -> Self {
        Self { chance, client }
    }

    /// What they do next, if anything; `churn` weighs changes of who sees what.
    pub fn next(&mut self, churn: u64) -> Option<Doing> {
        let mut deeds = LOOKS.to_vec();
        let weigh =
            |(name, often, share): (_, u64, u64)| (often + churn * share / 12, Deed::Change(name));
        deeds.extend(VERBS.map(weigh));
        let tables = self.client.replica().view();
        Some(match self.chance.weighted(&deeds) {
            Deed::Look => Doing::Look(Cover::Board(self.some::<Project>(tables)?.id)),
            Deed::LookAtTask => Doing::Look(Cover::Task(self.some::<Task>(tables)?.id)),
            Deed::Change(name) => Doing::Change(self.command(name, tables)?),
        })
    }

    fn some<R: Row>(&mut self, tables: &Tables) -> Option<Arc<R>> {
        let rows: Vec<_> = tables.all::<R>().cloned().collect();
        self.chance.pick(&rows)
    }

    fn command(&mut self, name: &'static str, tables: &Tables) -> Option<Command> {
        // They seldom go, or give up what they own: else soon nobody would be left.
        let is_rare = matches!(name, "members.leave" | "members.hand_over");
        if is_rare && !self.chance.percent(20) {
            return None;
        }
        let mut verbs = Verbs {
            chance: self.chance,
            tables,
            wild: 0,
        };
        verbs
            .command(name)
            .filter(|command| self.sees_enough(command))
    }

    /// Whether the page shows what the command is about: people write where they see what stands there.
    fn sees_enough(&self, command: &Command) -> bool {
        let has = |cover| self.client.has(cover);
        match command {
            Command::Tasks(tasks::Mutation::Create { project, .. }) => has(Cover::Board(*project)),
            Command::Tasks(
                tasks::Mutation::Describe { id, .. } | tasks::Mutation::Rewrite { id, .. },
            ) => has(Cover::Task(*id)),
            Command::ChecklistItems(checklist_items::Mutation::Create { task, .. })
            | Command::Comments(
                comments::Mutation::Create { task, .. } | comments::Mutation::Restore { task, .. },
            )
            | Command::Attachments(attachments::Mutation::Create { task, .. }) => {
                has(Cover::Task(*task))
            }
            _ => true,
        }
    }
}

impl Simulation {
    /// Somebody does something on their page, or the server does by itself.
    pub(super) fn act(&mut self) -> Checked {
        if self.chance.percent(self.plan.rewrites) {
            self.rewrite();
            return Ok(());
        }
        let pages: Vec<PageId> = self.pages.keys().copied().collect();
        let Some(id) = self.chance.pick(&pages) else {
            return Ok(());
        };
        let churn = self.plan.churn;
        match Person::new(&mut self.chance, &self.pages[&id].client).next(churn) {
            Some(Doing::Look(cover)) => self.show(id, cover),
            Some(Doing::Change(command)) => {
                if self.chance.percent(UNDONE) {
                    self.undo_later(id, &command);
                }
                self.perform(id, command)
            }
            None => Ok(()),
        }
    }

    /// Somebody is going to think better of what they are about to do.
    fn undo_later(&mut self, id: PageId, command: &Command) {
        let context = self.context(id);
        let back = command.inverse(self.pages[&id].client.replica().view(), context);
        let thinks = self.chance.between(1, 3_000);
        self.agenda.after(thinks, Happening::Undo(id, back));
    }

    pub(super) fn undo(&mut self, id: PageId, back: Vec<Command>) -> Checked {
        if self.healing {
            return Ok(());
        }
        for command in back {
            if !self.pages.contains_key(&id) {
                return Ok(());
            }
            self.happened.note("change undone");
            self.perform(id, command)?;
        }
        Ok(())
    }

    fn context(&mut self, id: PageId) -> Context {
        let now = self.server_clock_ms + i64::try_from(self.agenda.now).unwrap_or(i64::MAX);
        Context {
            actor: self.page(id).user,
            now: Time(now + self.page(id).clock_ms),
            cid: self.chance.id(),
        }
    }

    fn perform(&mut self, id: PageId, command: Command) -> Checked {
        let context = self.context(id);
        let (name, cid) = (command.name(), super::agenda::short(context.cid.uuid()));
        self.note(format_args!("{id:?} does {name} {cid}"));
        self.feed(id, Event::Perform(Box::new(command), context))
    }

    /// The server moves a label into another project by itself: rows that change their scope are told like this.
    fn rewrite(&mut self) {
        let tables = &self.db.state.tables;
        let labels: Vec<_> = tables.all::<Label>().cloned().collect();
        let projects: Vec<_> = tables.all::<Project>().map(|it| it.id).collect();
        let statuses = tables.all::<Status>().count();
        let moved = self.chance.pick(&labels).zip(self.chance.pick(&projects));
        if let Some((label, project)) = moved.filter(|_| statuses > 0) {
            let label = Label {
                project,
                ..(*label).clone()
            };
            let rows = vec![Arc::new(label).into_any()];
            let task = ServerTask::Rewrite("labels.rewrite", self.chance.id(), rows);
            let actor = super::database::user(Role::Owner);
            let node = self.some_node();
            if self.nodes[node].up {
                self.submit(node, Work { actor, task });
            }
        }
    }
}
