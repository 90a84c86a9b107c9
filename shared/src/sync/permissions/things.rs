//! A project with one of each thing in it, and one of each command about them.

use crate::access::Role;
use crate::attachments::{self, Attachment};
use crate::checklist_items::{self, ChecklistItem};
use crate::comments::{self, Comment};
use crate::ids::{ProjectId, StatusId, TaskId, UserId};
use crate::imports::{self, Import, Source};
use crate::labels::{self, Label};
use crate::members::{self, Member};
use crate::projects::{self, Project, Visibility};
use crate::statuses::{self, Status};
use crate::sync::world::{World, name, title, user};
use crate::sync::{Command, Row};
use crate::tasks::{self, Description, Task};
use crate::values::{Color, CommentText, LabelName, Link, Markdown, Place, ProjectKey, Rank, Time};
use crate::workspaces;
use std::sync::Arc;
use uuid::Uuid;

/// How the actor stands to the things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// Not in their project, which is private.
    Outside,
    /// In the project.
    Inside,
    /// In the project, and assigned to the task.
    Assigned,
    /// In the project, and they made them.
    Maker,
}

pub(super) const STANDS: [Stand; 4] =
    [Stand::Outside, Stand::Inside, Stand::Assigned, Stand::Maker];

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The workspace, or something in it that everybody sees.
    Workspace,
    /// The task of the private project.
    Task,
    /// Anything else of that project: to that, nobody is assigned.
    Project,
}

pub(super) fn uuid<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

pub(super) fn put<R: Row>(world: &mut World, row: R) {
    world.tables.put(1, Arc::new(row).into_any());
}

/// A private project with one of each, for an actor who stands like this to it.
#[expect(clippy::too_many_lines, reason = "one of each thing")]
pub(super) fn world(actor: UserId, stand: Stand) -> World {
    let mut world = World::new();
    let other = uuid(900);
    let maker = if stand == Stand::Maker { actor } else { other };
    let (project, task): (ProjectId, TaskId) = (uuid(501), uuid(502));
    let open = world.get::<Project>(world.project);
    let mut people = vec![actor, other];
    people.sort();
    put(
        &mut world,
        Project {
            id: project,
            key: ProjectKey::parse("HID").unwrap(),
            visibility: Visibility::Private,
            members: if stand == Stand::Outside {
                vec![other]
            } else {
                people
            },
            ..open
        },
    );
    let status: StatusId = uuid(503);
    let column = world.get::<Status>(world.statuses[0]);
    put(
        &mut world,
        Status {
            id: status,
            project,
            ..column.clone()
        },
    );
    put(
        &mut world,
        Status {
            id: uuid(504),
            project,
            rank: Rank::between(Some(&column.rank), None, 1),
            ..column
        },
    );
    let sample = world.task("A task", 0);
    let sample = world.get::<Task>(sample);
    let assignees = if stand == Stand::Assigned {
        vec![actor]
    } else {
        Vec::new()
    };
    put(
        &mut world,
        Task {
            id: task,
            project,
            status,
            assignees,
            created_by: maker,
            ..sample
        },
    );
    put(
        &mut world,
        Description {
            id: task,
            project,
            markdown: Markdown::parse("Some text").unwrap(),
        },
    );
    put(
        &mut world,
        Label {
            id: uuid(505),
            project,
            name: LabelName::parse("Label").unwrap(),
            color: Color::Red,
        },
    );
    put(
        &mut world,
        ChecklistItem {
            id: uuid(506),
            task,
            project,
            text: title("A line"),
            done: false,
            rank: Rank::between(None, None, 1),
            heading: None,
        },
    );
    put(
        &mut world,
        Comment {
            id: uuid(507),
            task,
            project,
            author: maker,
            text: CommentText::parse("A comment").unwrap(),
            created_at: Time(1),
            edited_at: None,
        },
    );
    put(
        &mut world,
        Attachment {
            id: uuid(508),
            task,
            project,
            title: title("A link"),
            url: Link::parse("https://example.org").unwrap(),
            added_by: maker,
            added_at: Time(1),
        },
    );
    let open = world.project;
    put(
        &mut world,
        Import {
            id: uuid(509),
            project: open,
            source: Source::Trello,
            name: name("An import"),
            placeholders: Vec::new(),
            task_count: 0,
            created_by: maker,
            created_at: Time(1),
            undone_at: None,
        },
    );
    let bystander = world.get::<Member>(user(Role::Viewer));
    put(
        &mut world,
        Member {
            id: uuid(510),
            ..bystander
        },
    );
    world
}

fn columns(first: u128) -> Vec<projects::NewStatus> {
    let mut ids = first..;
    projects::default_statuses(|| uuid(ids.next().unwrap()))
}

/// One of each command, and what it is about.
#[expect(clippy::too_many_lines, reason = "a list of every command")]
pub(super) fn commands(world: &World, actor: UserId, stand: Stand) -> Vec<(About, Command)> {
    use About::{Project as P, Task as T, Workspace as W};
    let (project, task, status): (ProjectId, TaskId, StatusId) = (uuid(501), uuid(502), uuid(503));
    let me_or = |other: u128| {
        if stand == Stand::Maker {
            actor
        } else {
            uuid(other)
        }
    };
    let text = || CommentText::parse("x").unwrap();
    let label = || LabelName::parse("x").unwrap();
    vec![
        (
            W,
            workspaces::Mutation::Rename {
                id: world.workspace,
                name: name("x"),
            }
            .into(),
        ),
        (
            W,
            members::Mutation::Add {
                id: uuid(600),
                name: name("x"),
                role: Role::Viewer,
            }
            .into(),
        ),
        (
            W,
            members::Mutation::AddBot {
                id: uuid(602),
                name: name("x"),
                role: Role::Viewer,
            }
            .into(),
        ),
        (
            W,
            members::Mutation::Rename {
                id: me_or(510),
                name: name("x"),
            }
            .into(),
        ),
        (
            W,
            members::Mutation::SetRole {
                id: uuid(510),
                role: Role::Guest,
            }
            .into(),
        ),
        (
            W,
            members::Mutation::SetActive {
                id: uuid(510),
                active: false,
            }
            .into(),
        ),
        (
            W,
            projects::Mutation::Create {
                id: uuid(601),
                key: ProjectKey::parse("NEW").unwrap(),
                name: name("x"),
                color: Color::Red,
                visibility: Visibility::Workspace,
                statuses: columns(700),
            }
            .into(),
        ),
        (
            P,
            projects::Mutation::Edit {
                id: project,
                patch: projects::ProjectPatch::default(),
            }
            .into(),
        ),
        (
            P,
            projects::Mutation::AddMember {
                id: project,
                user: uuid(510),
            }
            .into(),
        ),
        (
            P,
            projects::Mutation::RemoveMember {
                id: project,
                user: me_or(900),
            }
            .into(),
        ),
        (
            P,
            projects::Mutation::SetArchived {
                id: project,
                archived: true,
            }
            .into(),
        ),
        (
            P,
            projects::Mutation::SetTrashed {
                id: project,
                trashed: true,
            }
            .into(),
        ),
        (
            P,
            statuses::Mutation::Create {
                id: uuid(603),
                project,
                name: name("x"),
                category: statuses::Category::Todo,
                color: Color::Red,
                place: Place::Last,
            }
            .into(),
        ),
        (
            P,
            statuses::Mutation::Edit {
                id: status,
                patch: statuses::StatusPatch::default(),
            }
            .into(),
        ),
        (
            P,
            statuses::Mutation::Move {
                id: status,
                place: Place::Last,
            }
            .into(),
        ),
        (
            P,
            statuses::Mutation::SetArchived {
                id: uuid(504),
                archived: true,
            }
            .into(),
        ),
        (
            P,
            labels::Mutation::Create {
                id: uuid(604),
                project,
                name: label(),
                color: Color::Red,
            }
            .into(),
        ),
        (
            P,
            labels::Mutation::Edit {
                id: uuid(505),
                name: label(),
                color: Color::Red,
            }
            .into(),
        ),
        (P, labels::Mutation::Delete { id: uuid(505) }.into()),
        (
            P,
            tasks::Mutation::Create {
                id: uuid(605),
                project,
                status,
                place: Place::Last,
                title: title("x"),
                fields: Box::default(),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::Edit {
                id: task,
                patch: tasks::TaskPatch::default(),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::Describe {
                id: task,
                markdown: Markdown::parse("x").unwrap(),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::Rewrite {
                id: task,
                base: Markdown::parse("Some text").unwrap(),
                markdown: Markdown::parse("x").unwrap(),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::Move {
                id: task,
                status,
                place: Place::Last,
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::MoveToProject {
                id: task,
                project: world.project,
                status: None,
                place: Place::Last,
            }
            .into(),
        ),
        (T, tasks::Mutation::Spread { id: task }.into()),
        (
            T,
            tasks::Mutation::Assign {
                id: task,
                user: user(Role::Owner),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::Unassign {
                id: task,
                user: user(Role::Owner),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::AddLabel {
                id: task,
                label: uuid(505),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::RemoveLabel {
                id: task,
                label: uuid(505),
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::SetParent {
                id: task,
                parent: None,
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::SetArchived {
                id: task,
                archived: true,
            }
            .into(),
        ),
        (
            T,
            tasks::Mutation::SetTrashed {
                id: task,
                trashed: true,
            }
            .into(),
        ),
        (
            T,
            checklist_items::Mutation::Create {
                id: uuid(606),
                task,
                text: title("x"),
                place: Place::Last,
                heading: None,
                done: false,
            }
            .into(),
        ),
        (
            T,
            checklist_items::Mutation::Edit {
                id: uuid(506),
                text: title("x"),
            }
            .into(),
        ),
        (
            T,
            checklist_items::Mutation::SetDone {
                id: uuid(506),
                done: true,
            }
            .into(),
        ),
        (
            T,
            checklist_items::Mutation::Move {
                id: uuid(506),
                place: Place::Last,
            }
            .into(),
        ),
        (
            T,
            checklist_items::Mutation::Spread { id: uuid(506) }.into(),
        ),
        (
            T,
            checklist_items::Mutation::Delete { id: uuid(506) }.into(),
        ),
        (
            P,
            comments::Mutation::Create {
                id: uuid(607),
                task,
                text: text(),
            }
            .into(),
        ),
        (
            P,
            comments::Mutation::Restore {
                id: uuid(608),
                task,
                text: text(),
                created_at: Time(1),
            }
            .into(),
        ),
        (
            P,
            comments::Mutation::Edit {
                id: uuid(507),
                text: text(),
            }
            .into(),
        ),
        (P, comments::Mutation::Delete { id: uuid(507) }.into()),
        (
            T,
            attachments::Mutation::Create {
                id: uuid(609),
                task,
                title: title("x"),
                url: Link::parse("https://example.org").unwrap(),
            }
            .into(),
        ),
        (T, attachments::Mutation::Delete { id: uuid(508) }.into()),
        (
            W,
            imports::Mutation::Start {
                id: uuid(610),
                source: Source::Trello,
                project: uuid(611),
                key: ProjectKey::parse("NEW").unwrap(),
                name: name("x"),
                statuses: columns(800),
                labels: Vec::new(),
                people: Vec::new(),
            }
            .into(),
        ),
        (
            W,
            imports::Mutation::Add {
                id: uuid(509),
                tasks: Vec::new(),
            }
            .into(),
        ),
        (
            W,
            imports::Mutation::SetUndone {
                id: uuid(509),
                undone: true,
            }
            .into(),
        ),
    ]
}
