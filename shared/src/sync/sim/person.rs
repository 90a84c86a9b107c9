//! What people do: commands over rows that their page shows, chosen by weight.

use super::Simulation;
use super::chance::Chance;
use super::database::{Task as ServerTask, Work};
use super::oracle::Checked;
use super::page::PageId;
use crate::access::Role;
use crate::checklist_items;
use crate::comments::{self, Comment};
use crate::ids::{ProjectId, StatusId, TaskId, UserId};
use crate::labels::{self, Label};
use crate::members::{self, Member};
use crate::projects::{self, Project, ProjectPatch, Visibility};
use crate::statuses::{self, Status};
use crate::sync::{Client, Command, Context, Cover, Event, List, Row as _, Tables};
use crate::tasks::{self, Description, NewTask, Task, TaskPatch};
use crate::values::{
    Color, CommentText, LabelName, Markdown, Name, Place, ProjectKey, Time, Title,
};
use std::sync::Arc;

/// What somebody may be up to.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Look,
    LookAtTask,
    Create,
    Edit,
    Move,
    MoveToProject,
    Nest,
    Describe,
    Comment,
    Label,
    Assign,
    PutAway,
    Tick,
    Column,
    Access,
    Project,
    Member,
}

/// How often what is done, apart from changes of access, which the plan weighs.
const DEEDS: [(u64, Deed); 14] = [
    (8, Deed::Look),
    (6, Deed::LookAtTask),
    (16, Deed::Create),
    (12, Deed::Edit),
    (14, Deed::Move),
    (7, Deed::MoveToProject),
    (4, Deed::Nest),
    (4, Deed::Describe),
    (8, Deed::Comment),
    (8, Deed::Label),
    (5, Deed::Assign),
    (6, Deed::PutAway),
    (5, Deed::Tick),
    (4, Deed::Column),
];

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
        let mut deeds = DEEDS.to_vec();
        deeds.extend([
            (churn, Deed::Access),
            (churn / 3, Deed::Member),
            (churn / 4 + 1, Deed::Project),
        ]);
        let deed = self.chance.weighted(&deeds);
        let tables = self.client.replica().view();
        Some(match deed {
            Deed::Look => Doing::Look(Cover::Board(self.some_project(tables)?.id)),
            Deed::LookAtTask => Doing::Look(Cover::Task(self.some_task(tables)?.id)),
            deed => Doing::Change(self.command(deed, tables)?),
        })
    }

    fn some_project(&mut self, tables: &Tables) -> Option<Arc<Project>> {
        let projects: Vec<_> = tables.all::<Project>().cloned().collect();
        self.chance.pick(&projects)
    }

    fn some_task(&mut self, tables: &Tables) -> Option<Arc<Task>> {
        let tasks: Vec<_> = tables.all::<Task>().cloned().collect();
        self.chance.pick(&tasks)
    }

    fn some_member(&mut self, tables: &Tables) -> Option<UserId> {
        let members: Vec<_> = tables.all::<Member>().map(|member| member.id).collect();
        self.chance.pick(&members)
    }

    fn some_status(&mut self, tables: &Tables, project: ProjectId) -> Option<StatusId> {
        let statuses: Vec<_> = tables.list(List::Statuses(project)).collect();
        self.chance.pick(&statuses).map(StatusId::from)
    }

    fn some_place(&mut self, tables: &Tables, status: StatusId) -> Place<TaskId> {
        let tasks: Vec<_> = tables.list(List::Tasks(status)).collect();
        let near = self.chance.pick(&tasks).map(TaskId::from);
        match (self.chance.below(4), near) {
            (0, _) => Place::First,
            (1, Some(task)) => Place::after(task),
            (2, Some(task)) => Place::before(task),
            _ => Place::Last,
        }
    }

    fn some_sibling(&mut self, tables: &Tables, task: &Task) -> Option<TaskId> {
        let beside = tables.all::<Task>().filter(|it| it.project == task.project);
        let beside: Vec<_> = beside.map(|it| it.id).collect();
        self.chance.pick(&beside)
    }

    fn word(&mut self) -> String {
        format!("word {}", self.chance.below(10_000))
    }

    fn title(&mut self) -> Title {
        Title::parse(&self.word()).expect("a word is a title")
    }

    fn name(&mut self) -> Name {
        Name::parse(&self.word()).expect("a word is a name")
    }

    fn comment(&mut self) -> CommentText {
        CommentText::parse(&self.word()).expect("a word is a comment")
    }

    fn command(&mut self, deed: Deed, tables: &Tables) -> Option<Command> {
        match deed {
            Deed::Create => self.create(tables),
            Deed::Access => self.access(tables),
            Deed::Project => self.project(tables),
            Deed::Member => self.member(tables),
            Deed::Column => self.column(tables),
            Deed::Label => self.label(tables),
            deed => {
                let task = self.some_task(tables)?;
                self.on_task(deed, tables, &task)
            }
        }
    }

    fn create(&mut self, tables: &Tables) -> Option<Command> {
        let project = self.some_project(tables)?.id;
        if !self.client.has(Cover::Board(project)) {
            return None;
        }
        let status = self.some_status(tables, project)?;
        let command = tasks::Mutation::Create {
            id: self.chance.id(),
            project,
            status,
            place: self.some_place(tables, status),
            title: self.title(),
            fields: Box::new(NewTask {
                assignees: self.some_member(tables).into_iter().collect(),
                ..NewTask::default()
            }),
        };
        Some(command.into())
    }

    fn on_task(&mut self, deed: Deed, tables: &Tables, task: &Task) -> Option<Command> {
        let id = task.id;
        let opened = self.client.has(Cover::Task(id));
        let yes = self.chance.percent(50);
        let command = match deed {
            Deed::Edit => tasks::Mutation::Edit {
                id,
                patch: TaskPatch {
                    title: Some(self.title()),
                    ..TaskPatch::default()
                },
            },
            Deed::Move => {
                let status = self.some_status(tables, task.project)?;
                tasks::Mutation::Move {
                    id,
                    status,
                    place: self.some_place(tables, status),
                }
            }
            Deed::MoveToProject => {
                let project = self.some_project(tables)?.id;
                let status = self.some_status(tables, project);
                tasks::Mutation::MoveToProject {
                    id,
                    project,
                    status: status.filter(|_| yes),
                    place: Place::Last,
                }
            }
            Deed::Nest => tasks::Mutation::SetParent {
                id,
                parent: self.some_sibling(tables, task).filter(|_| yes),
            },
            Deed::Describe if opened => {
                let markdown = Markdown::parse(&self.word()).ok()?;
                match tables.get::<Description>(id).filter(|_| yes) {
                    Some(known) => tasks::Mutation::Rewrite {
                        id,
                        base: known.markdown.clone(),
                        markdown,
                    },
                    None => tasks::Mutation::Describe { id, markdown },
                }
            }
            Deed::Comment if opened => return Some(self.comment_on(tables, id)),
            Deed::Tick if opened => return Some(self.tick_off(tables, id)),
            Deed::Assign => {
                let user = self.some_member(tables)?;
                if yes {
                    tasks::Mutation::Assign { id, user }
                } else {
                    tasks::Mutation::Unassign { id, user }
                }
            }
            Deed::PutAway if self.chance.percent(50) => {
                tasks::Mutation::SetArchived { id, archived: yes }
            }
            Deed::PutAway => tasks::Mutation::SetTrashed { id, trashed: yes },
            _ => return None,
        };
        Some(command.into())
    }

    fn comment_on(&mut self, tables: &Tables, task: TaskId) -> Command {
        let known = tables.all::<Comment>().filter(|it| it.task == task);
        let known: Vec<_> = known.map(|it| it.id).collect();
        let text = self.comment();
        let command = match (self.chance.below(4), self.chance.pick(&known)) {
            (0, Some(id)) => comments::Mutation::Edit { id, text },
            (1, Some(id)) => comments::Mutation::Delete { id },
            _ => comments::Mutation::Create {
                id: self.chance.id(),
                task,
                text,
            },
        };
        command.into()
    }

    fn tick_off(&mut self, tables: &Tables, task: TaskId) -> Command {
        let known: Vec<_> = tables.list(List::Checklist(task)).collect();
        let known = self.chance.pick(&known).map(Into::into);
        let command = match (self.chance.below(4), known) {
            (0, Some(id)) => checklist_items::Mutation::SetDone {
                id,
                done: self.chance.percent(50),
            },
            (1, Some(id)) => checklist_items::Mutation::Move {
                id,
                place: Place::First,
            },
            (2, Some(id)) => checklist_items::Mutation::Delete { id },
            _ => checklist_items::Mutation::Create {
                id: self.chance.id(),
                task,
                text: self.title(),
                place: Place::Last,
                heading: None,
                done: false,
            },
        };
        command.into()
    }

    fn label(&mut self, tables: &Tables) -> Option<Command> {
        let labels: Vec<_> = tables.all::<Label>().cloned().collect();
        let name = LabelName::parse(&self.word()).ok()?;
        let command = match (self.chance.below(5), self.chance.pick(&labels)) {
            (0, Some(label)) => labels::Mutation::Edit {
                id: label.id,
                name,
                color: Color::Green,
            },
            (1, Some(label)) => labels::Mutation::Delete { id: label.id },
            (2 | 3, Some(label)) => {
                let tasks = tables
                    .all::<Task>()
                    .filter(|it| it.project == label.project);
                let tasks: Vec<_> = tasks.map(|task| task.id).collect();
                let (id, label) = (self.chance.pick(&tasks)?, label.id);
                return Some(tasks::Mutation::AddLabel { id, label }.into());
            }
            _ => labels::Mutation::Create {
                id: self.chance.id(),
                project: self.some_project(tables)?.id,
                name,
                color: Color::Teal,
            },
        };
        Some(command.into())
    }

    fn column(&mut self, tables: &Tables) -> Option<Command> {
        let project = self.some_project(tables)?.id;
        let id = self.some_status(tables, project)?;
        let command = match self.chance.below(3) {
            0 => statuses::Mutation::Create {
                id: self.chance.id(),
                project,
                name: self.name(),
                category: statuses::Category::Todo,
                color: Color::Gray,
                place: Place::Last,
            },
            1 => statuses::Mutation::Move {
                id,
                place: Place::First,
            },
            _ => statuses::Mutation::SetArchived {
                id,
                archived: tables.list_len(List::Statuses(project)) > 2,
            },
        };
        Some(command.into())
    }

    /// Who sees a project changes.
    fn access(&mut self, tables: &Tables) -> Option<Command> {
        let id = self.some_project(tables)?.id;
        let user = self.some_member(tables)?;
        let command = match self.chance.below(3) {
            0 => projects::Mutation::AddMember { id, user },
            1 => projects::Mutation::RemoveMember { id, user },
            _ => projects::Mutation::Edit {
                id,
                patch: ProjectPatch {
                    visibility: Some(if self.chance.percent(60) {
                        Visibility::Private
                    } else {
                        Visibility::Workspace
                    }),
                    ..ProjectPatch::default()
                },
            },
        };
        Some(command.into())
    }

    fn project(&mut self, tables: &Tables) -> Option<Command> {
        let project = self.some_project(tables)?;
        let command = match self.chance.below(4) {
            0 if tables.all::<Project>().count() < 6 => projects::Mutation::Create {
                id: self.chance.id(),
                key: ProjectKey::parse(&format!("K{}", self.chance.below(1_000))).ok()?,
                name: self.name(),
                color: Color::Teal,
                visibility: Visibility::Private,
                statuses: projects::default_statuses(|| self.chance.id()),
            },
            1 => projects::Mutation::SetArchived {
                id: project.id,
                archived: self.chance.percent(30),
            },
            _ => projects::Mutation::Edit {
                id: project.id,
                patch: ProjectPatch {
                    name: Some(self.name()),
                    ..ProjectPatch::default()
                },
            },
        };
        Some(command.into())
    }

    fn member(&mut self, tables: &Tables) -> Option<Command> {
        let id = self.some_member(tables)?;
        let command = match self.chance.below(4) {
            0 => members::Mutation::Rename {
                id,
                name: self.name(),
            },
            1 => members::Mutation::SetRole {
                id,
                role: self.chance.pick(&Role::ALL)?,
            },
            _ => members::Mutation::SetActive {
                id,
                active: self.chance.percent(75),
            },
        };
        Some(command.into())
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
            Some(Doing::Change(command)) => self.perform(id, command),
            None => Ok(()),
        }
    }

    fn perform(&mut self, id: PageId, command: Command) -> Checked {
        let now = self.server_clock_ms + i64::try_from(self.agenda.now).unwrap_or(i64::MAX);
        let context = Context {
            actor: self.page(id).user,
            now: Time(now + self.page(id).clock_ms),
            cid: self.chance.id(),
        };
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
