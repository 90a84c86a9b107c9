//! A project with one of each thing in it.

use crate::access::Role;
use crate::attachments::Attachment;
use crate::checklist_items::ChecklistItem;
use crate::comments::Comment;
use crate::ids::{ProjectId, StatusId, TaskId, UserId};
use crate::imports::{Import, Source};
use crate::labels::Label;
use crate::members::Member;
use crate::projects::{Project, Visibility};
use crate::statuses::Status;
use crate::sync::Row;
use crate::sync::world::{World, name, title, user};
use crate::tasks::{Description, Task};
use crate::teams::Team;
use crate::values::{Color, CommentText, LabelName, Link, Markdown, ProjectKey, Rank, Time};
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
    let awaited = world.get::<Member>(user(Role::Guest));
    put(
        &mut world,
        Member {
            id: uuid(512),
            placeholder: true,
            ..awaited
        },
    );
    put(
        &mut world,
        Team {
            id: uuid(520),
            name: name("A team"),
            lead: None,
            members: vec![uuid(510)],
            created_at: Time(1),
        },
    );
    // Else the only owner could not go.
    let second_owner = world.get::<Member>(user(Role::Owner));
    put(
        &mut world,
        Member {
            id: uuid(511),
            ..second_owner
        },
    );
    world
}
