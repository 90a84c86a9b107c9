//! The end of what has been in the trash for long enough: of a task with everything that is its own, then of its project, and
//! of the placeholders that an undone import leaves behind.
//!
//! Nobody sends these: the server does them by the retention policy, on the way of every command, so that all replicas forget
//! the rows too. So they have no form on the wire, and nothing takes them back.

use crate::access::Permission;
use crate::attachments::Attachment;
use crate::checklist_items::ChecklistItem;
use crate::codes::{Code, Rejected};
use crate::comments::Comment;
use crate::ids::{ProjectId, TaskId, UserId};
use crate::imports::Import;
use crate::labels::Label;
use crate::members::Member;
use crate::projects::Project;
use crate::statuses::Status;
use crate::sync::{CHANGED_ROWS_MAX, Command, Mutation, Need, Row, Tx};
use crate::tasks::{Description, Task};
use crate::teams::Team;
use crate::values::Time;

/// What is to go for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doomed {
    /// A task. The tasks below it stay, below none.
    Task(TaskId),
    /// A project, once none of its tasks is left.
    Project(ProjectId),
    /// Somebody who came with an import that was undone; they stay where anything names them still.
    Placeholder(UserId),
}

/// Lets something go for good that was put into the trash before a time.
///
/// What is too large for one change goes in several: what it holds first, and it itself in the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purge {
    /// What goes.
    pub what: Doomed,
    /// What was trashed later stays: somebody may have restored it, and trashed it again.
    pub before: Time,
}

impl Mutation for Purge {
    fn name(&self) -> &'static str {
        match self.what {
            Doomed::Task(_) => "tasks.purge",
            Doomed::Project(_) => "projects.purge",
            Doomed::Placeholder(_) => "members.purge",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Server
    }

    fn is_servers_own(&self) -> bool {
        true
    }

    fn needs(&self) -> Vec<Need> {
        match self.what {
            Doomed::Task(id) => vec![Need::Remains(id)],
            Doomed::Project(id) => vec![Need::Estate(id)],
            Doomed::Placeholder(id) => vec![Need::row::<Member>(id), Need::WorkOf(id)],
        }
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self.what {
            Doomed::Task(id) => self.purge_task(tx, id),
            Doomed::Project(id) => self.purge_project(tx, id),
            Doomed::Placeholder(id) => self.purge_placeholder(tx, id),
        }
    }

    fn inverse(&self, _before: &Tx<'_>) -> Vec<Command> {
        Vec::new()
    }
}

impl Purge {
    fn is_due(&self, trashed_at: Option<Time>) -> bool {
        trashed_at.is_some_and(|at| at < self.before)
    }

    fn purge_task(&self, tx: &mut Tx<'_>, id: TaskId) -> Result<(), Rejected> {
        let task = tx.peek::<Task>(id).ok_or(Code::NotFound)?;
        let project = tx.peek::<Project>(task.project);
        let with_project = project.is_some_and(|it| self.is_due(it.trashed_at));
        if !self.is_due(task.trashed_at) && !with_project {
            return Err(Code::NotFound.into());
        }
        let mut broom = Broom::of(tx);
        broom.sweep::<Description>(|it| it.id == id)?;
        broom.sweep::<ChecklistItem>(|it| it.task == id)?;
        broom.sweep::<Comment>(|it| it.task == id)?;
        broom.sweep::<Attachment>(|it| it.task == id)?;
        broom.orphan(id)?;
        broom.finish::<Task>(id)
    }

    fn purge_project(&self, tx: &mut Tx<'_>, id: ProjectId) -> Result<(), Rejected> {
        let project = tx.peek::<Project>(id).ok_or(Code::NotFound)?;
        let has_tasks = || tx.all::<Task>().iter().any(|it| it.project == id);
        if !self.is_due(project.trashed_at) || has_tasks() {
            return Err(Code::NotFound.into());
        }
        let mut broom = Broom::of(tx);
        broom.sweep::<Import>(|it| it.project == id)?;
        broom.sweep::<Label>(|it| it.project == id)?;
        broom.sweep::<Status>(|it| it.project == id)?;
        broom.finish::<Project>(id)
    }

    fn purge_placeholder(&self, tx: &mut Tx<'_>, id: UserId) -> Result<(), Rejected> {
        let member = tx.peek::<Member>(id);
        let waits = member.is_some_and(|it| it.placeholder && !it.active);
        let mut imports = tx.all::<Import>().into_iter();
        let is_due = imports.all(|it| !it.placeholders.contains(&id) || self.is_due(it.undone_at));
        if !waits || !is_due || is_named(tx, id) {
            return Ok(());
        }
        tx.delete::<Member>(id)
    }
}

/// Whether a task, a comment, a project or a team names somebody.
fn is_named(tx: &Tx<'_>, id: UserId) -> bool {
    let (tasks, comments) = (tx.all::<Task>(), tx.all::<Comment>());
    let (projects, teams) = (tx.all::<Project>(), tx.all::<Team>());
    tasks.iter().any(|it| it.assignees.contains(&id))
        || comments.iter().any(|it| it.author == id)
        || projects
            .iter()
            .any(|it| it.lead == Some(id) || it.members.contains(&id))
        || teams
            .iter()
            .any(|it| it.lead == Some(id) || it.members.contains(&id))
}

/// Deletes as many rows as one change may.
struct Broom<'t, 'a> {
    tx: &'t mut Tx<'a>,
    left: usize,
}

impl<'t, 'a> Broom<'t, 'a> {
    fn of(tx: &'t mut Tx<'a>) -> Self {
        // One is for what holds them all.
        let left = CHANGED_ROWS_MAX - 1;
        Self { tx, left }
    }

    fn sweep<R: Row>(&mut self, belongs: impl Fn(&R) -> bool) -> Result<(), Rejected> {
        let all = self.tx.all::<R>().into_iter();
        for row in all.filter(|row| belongs(row)).take(self.left) {
            self.tx.delete::<R>(row.id())?;
            self.left -= 1;
        }
        Ok(())
    }

    /// The tasks below one stand below none.
    fn orphan(&mut self, id: TaskId) -> Result<(), Rejected> {
        let all = self.tx.all::<Task>().into_iter();
        for child in all.filter(|it| it.parent == Some(id)).take(self.left) {
            self.tx.put(Task {
                parent: None,
                ..(*child).clone()
            })?;
            self.left -= 1;
        }
        Ok(())
    }

    /// Deletes what held them, unless there may be more.
    fn finish<R: Row>(self, id: R::Id) -> Result<(), Rejected> {
        if self.left == 0 {
            Ok(())
        } else {
            self.tx.delete::<R>(id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::ids::CommandId;
    use crate::imports::Source;
    use crate::sync::world::{World, name, title, user};
    use crate::sync::{Context, Tables};
    use crate::values::{CommentText, Markdown, Place};
    use crate::{checklist_items, comments, projects, tasks};
    use std::sync::Arc;
    use uuid::Uuid;

    /// Later than whatever happens in a world.
    const LATER: Time = Time(1_000_000_000);
    const UNDONE: Time = Time(1_000);

    fn purge(world: &mut World, what: Doomed, before: Time) -> Result<usize, Code> {
        let context = Context {
            actor: user(Role::Owner),
            now: LATER,
            cid: CommandId::from_uuid(Uuid::from_u128(9)),
        };
        let mut tx = Tx::new(&world.tables, context);
        let purge = Purge { what, before };
        purge.apply(&mut tx).map_err(|rejected| rejected.code)?;
        let writes = tx.into_writes();
        let count = writes.len();
        world.seq += 1;
        for (key, row) in writes {
            match row {
                Some(row) => drop(world.tables.put(world.seq, row)),
                None => drop(world.tables.remove(key)),
            }
        }
        Ok(count)
    }

    /// Somebody who came with an import that was undone, and can still come.
    fn imported(world: &mut World) -> UserId {
        let (id, import) = (world.id(), world.id());
        let guest = world.get::<Member>(user(Role::Guest));
        let member = Member {
            id,
            placeholder: true,
            ..guest
        };
        let import = Import {
            id: import,
            project: world.project,
            source: Source::Trello,
            name: name("Board"),
            placeholders: vec![id],
            task_count: 0,
            created_by: user(Role::Owner),
            created_at: Time(0),
            undone_at: Some(UNDONE),
        };
        world.tables.put(1, Arc::new(member).into_any());
        world.tables.put(1, Arc::new(import).into_any());
        id
    }

    /// A task with everything, and one below it.
    fn furnished(world: &mut World) -> (TaskId, TaskId) {
        let (task, below) = (world.task("Goes", 0), world.task("Stays", 0));
        let (item, comment) = (world.id(), world.id());
        let member = user(Role::Member);
        let described = tasks::Mutation::Describe {
            id: task,
            markdown: Markdown::parse("A secret plan").unwrap(),
        };
        world.run(member, described).unwrap();
        let add = checklist_items::Mutation::Create {
            id: item,
            task,
            text: title("A line"),
            place: Place::Last,
            heading: None,
            done: false,
        };
        world.run(member, add).unwrap();
        let say = comments::Mutation::Create {
            id: comment,
            task,
            text: CommentText::parse("Said").unwrap(),
        };
        world.run(member, say).unwrap();
        let parent = Some(task);
        let put = tasks::Mutation::SetParent { id: below, parent };
        world.run(member, put).unwrap();
        (task, below)
    }

    fn trash(world: &mut World, id: TaskId, trashed: bool) {
        let set = tasks::Mutation::SetTrashed { id, trashed };
        world.run(user(Role::Owner), set).unwrap();
    }

    fn count<R: Row>(tables: &Tables) -> usize {
        tables.all::<R>().count()
    }

    #[test]
    fn a_task_goes_with_everything_of_its_own_and_nothing_else() {
        let mut world = World::new();
        let (task, below) = furnished(&mut world);
        assert_eq!(
            purge(&mut world, Doomed::Task(task), LATER),
            Err(Code::NotFound),
            "it is on the board"
        );
        trash(&mut world, task, true);
        let since = world.get::<Task>(task).trashed_at.unwrap();
        assert_eq!(
            purge(&mut world, Doomed::Task(task), since),
            Err(Code::NotFound),
            "not before its time"
        );
        trash(&mut world, task, false);
        assert_eq!(
            purge(&mut world, Doomed::Task(task), LATER),
            Err(Code::NotFound),
            "it was restored"
        );
        trash(&mut world, task, true);
        // Description, line, comment, the task below, and the task.
        assert_eq!(purge(&mut world, Doomed::Task(task), LATER), Ok(5));
        assert_eq!(world.get::<Task>(below).parent, None);
        assert_eq!(count::<Task>(&world.tables), 1);
        assert_eq!(count::<Description>(&world.tables), 0);
        assert_eq!(count::<ChecklistItem>(&world.tables), 0);
        assert_eq!(count::<Comment>(&world.tables), 0);
        assert_eq!(
            purge(&mut world, Doomed::Task(task), LATER),
            Err(Code::NotFound),
            "it is gone"
        );
    }

    #[test]
    fn what_is_large_goes_in_several_steps_and_itself_in_the_last() {
        let mut world = World::new();
        let (task, _) = furnished(&mut world);
        for _ in 0..CHANGED_ROWS_MAX {
            let say = comments::Mutation::Create {
                id: world.id(),
                task,
                text: CommentText::parse("Said").unwrap(),
            };
            world.run(user(Role::Member), say).unwrap();
        }
        trash(&mut world, task, true);
        // What belongs to it, itself, and the task below it.
        let all = count::<Description>(&world.tables)
            + count::<ChecklistItem>(&world.tables)
            + count::<Comment>(&world.tables)
            + count::<Attachment>(&world.tables)
            + 2;
        let first = purge(&mut world, Doomed::Task(task), LATER);
        assert_eq!(first, Ok(CHANGED_ROWS_MAX - 1));
        assert!(world.tables.get::<Task>(task).is_some());
        let rest = all - (CHANGED_ROWS_MAX - 1);
        assert_eq!(purge(&mut world, Doomed::Task(task), LATER), Ok(rest));
        assert!(world.tables.get::<Task>(task).is_none());
        assert_eq!(count::<Comment>(&world.tables), 0);
    }

    #[test]
    fn a_project_goes_after_its_tasks() {
        let mut world = World::new();
        let (task, below) = furnished(&mut world);
        let id = world.project;
        assert_eq!(
            purge(&mut world, Doomed::Project(id), LATER),
            Err(Code::NotFound)
        );
        let set = projects::Mutation::SetTrashed { id, trashed: true };
        world.run(user(Role::Owner), set).unwrap();
        assert_eq!(
            purge(&mut world, Doomed::Project(id), LATER),
            Err(Code::NotFound),
            "it has tasks"
        );
        for task in [task, below] {
            purge(&mut world, Doomed::Task(task), LATER).unwrap();
        }
        purge(&mut world, Doomed::Project(id), LATER).unwrap();
        assert_eq!(count::<Project>(&world.tables), 0);
        assert_eq!(count::<Status>(&world.tables), 0);
        assert_eq!(count::<Task>(&world.tables), 0);
    }

    #[test]
    fn a_placeholder_of_an_undone_import_goes_unless_something_names_them() {
        let mut world = World::new();
        let (named, free) = (imported(&mut world), imported(&mut world));
        let task = world.task("Theirs", 0);
        let assign = tasks::Mutation::Assign {
            id: task,
            user: named,
        };
        world.run(user(Role::Owner), assign).unwrap();
        for id in [named, free] {
            let waits = Doomed::Placeholder(id);
            assert_eq!(
                purge(&mut world, waits, LATER),
                Ok(0),
                "they can still come"
            );
            let gone = Member {
                active: false,
                ..world.get::<Member>(id)
            };
            world.tables.put(1, Arc::new(gone).into_any());
        }
        assert_eq!(purge(&mut world, Doomed::Placeholder(named), LATER), Ok(0));
        let early = Doomed::Placeholder(free);
        assert_eq!(
            purge(&mut world, early, UNDONE),
            Ok(0),
            "not before its time"
        );
        assert_eq!(purge(&mut world, Doomed::Placeholder(free), LATER), Ok(1));
        let member = Doomed::Placeholder(user(Role::Member));
        assert_eq!(purge(&mut world, member, LATER), Ok(0), "they are somebody");
        assert!(world.tables.get::<Member>(named).is_some());
        assert!(world.tables.get::<Member>(free).is_none());
    }
}
