//! One of each command.

use super::things::{About, Stand, uuid};
use crate::access::Role;
use crate::attachments;
use crate::checklist_items;
use crate::comments;
use crate::ids::{ProjectId, StatusId, TaskId, UserId};
use crate::imports::{self, Source};
use crate::labels;
use crate::members;
use crate::projects::{self, Visibility};
use crate::statuses;
use crate::sync::Command;
use crate::sync::world::{World, name, title, user};
use crate::tasks;
use crate::teams;
use crate::values::{Color, CommentText, LabelName, Link, Markdown, Place, ProjectKey, Slug, Time};
use crate::workspaces;

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
            workspaces::Mutation::Readdress {
                id: world.workspace,
                slug: Slug::parse("elsewhere").unwrap(),
            }
            .into(),
        ),
        (
            W,
            workspaces::Mutation::RequireTwoStep {
                id: world.workspace,
                required: true,
            }
            .into(),
        ),
        (
            W,
            workspaces::Mutation::Delete {
                id: world.workspace,
                name: name("North light"),
            }
            .into(),
        ),
        (
            W,
            workspaces::Mutation::Restore {
                id: world.workspace,
            }
            .into(),
        ),
        (W, members::Mutation::Leave { id: me_or(510) }.into()),
        (W, members::Mutation::HandOver { to: uuid(510) }.into()),
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
            members::Mutation::SetAvatar {
                id: me_or(510),
                avatar: None,
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
            members::Mutation::Claim {
                id: uuid(512),
                user: uuid(510),
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
            projects::Mutation::AddTeam {
                id: project,
                team: uuid(520),
            }
            .into(),
        ),
        (
            W,
            teams::Mutation::Create {
                id: uuid(620),
                name: name("x"),
            }
            .into(),
        ),
        (
            W,
            teams::Mutation::Rename {
                id: uuid(520),
                name: name("x"),
            }
            .into(),
        ),
        (
            W,
            teams::Mutation::AddMember {
                id: uuid(520),
                user: uuid(510),
            }
            .into(),
        ),
        (
            W,
            teams::Mutation::RemoveMember {
                id: uuid(520),
                user: uuid(510),
            }
            .into(),
        ),
        (
            W,
            teams::Mutation::SetLead {
                id: uuid(520),
                lead: Some(uuid(510)),
            }
            .into(),
        ),
        (W, teams::Mutation::Delete { id: uuid(520) }.into()),
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
