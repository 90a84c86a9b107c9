//! The commands of an import.

use super::{Import, Source};
use crate::access::{Action, Permission, Role};
use crate::attachments::Attachment;
use crate::checklist_items::ChecklistItem;
use crate::codes::{Code, Rejected};
use crate::comments::Comment;
use crate::ids::{
    AttachmentId, ChecklistItemId, CommentId, ImportId, LabelId, ProjectId, StatusId, TaskId,
    UserId,
};
use crate::labels::Label;
use crate::members::Member;
use crate::projects::{self, NewProject, NewStatus, Project, Visibility, insert_sorted};
use crate::statuses::Status;
use crate::sync::{Command, IS_BROWSER, Need, Tx};
use crate::tasks::{Description, Priority, Task};
use crate::values::{
    Color, CommentText, Date, LabelName, Link, Markdown, Minutes, Name, Points, ProjectKey, Rank,
    Time, Title, is_default,
};
use serde::{Deserialize, Serialize};

/// A label that comes with an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedLabel {
    /// Its id here.
    pub id: LabelId,
    /// Its name.
    pub name: LabelName,
    /// Its colour.
    pub color: Color,
}

/// A person of the other tool, who becomes a placeholder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedPerson {
    /// Their id here.
    pub id: UserId,
    /// The name they show.
    pub name: Name,
    /// The name they sign in with there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub handle: Option<Name>,
}

/// A line of a checklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedItem {
    /// Its id here.
    pub id: ChecklistItemId,
    /// Its text.
    pub text: Title,
    /// Whether it is done.
    pub done: bool,
    /// The heading it stands under.
    #[serde(default, skip_serializing_if = "is_default")]
    pub heading: Option<Name>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedComment {
    /// Its id here.
    pub id: CommentId,
    /// Who said it.
    pub author: UserId,
    /// The text, in Markdown.
    pub text: CommentText,
    /// When it was said.
    pub created_at: Time,
}

/// A link on a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedAttachment {
    /// Its id here.
    pub id: AttachmentId,
    /// What to show.
    pub title: Title,
    /// Where it leads.
    pub url: Link,
    /// When it was added.
    pub added_at: Time,
}

/// A task with everything in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedTask {
    /// Its id here.
    pub id: TaskId,
    /// Its number in the project, from 1, without repetition.
    pub number: u32,
    /// The column.
    pub status: StatusId,
    /// Where in the column.
    pub rank: Rank,
    /// The title.
    pub title: Title,
    /// The description.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: Option<Markdown>,
    /// How much it matters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: Priority,
    /// Story points.
    #[serde(default, skip_serializing_if = "is_default")]
    pub points: Option<Points>,
    /// The estimate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub estimate: Option<Minutes>,
    /// The first day.
    #[serde(default, skip_serializing_if = "is_default")]
    pub start_on: Option<Date>,
    /// The last day.
    #[serde(default, skip_serializing_if = "is_default")]
    pub due_on: Option<Date>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub assignees: Vec<UserId>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: Vec<LabelId>,
    /// The lines of its checklists, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub items: Vec<ImportedItem>,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comments: Vec<ImportedComment>,
    /// Its links.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attachments: Vec<ImportedAttachment>,
    /// When it was done.
    #[serde(default, skip_serializing_if = "is_default")]
    pub completed_at: Option<Time>,
    /// When it was archived.
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
}

impl ImportedTask {
    /// How many rows it takes.
    pub fn row_count(&self) -> usize {
        2 + self.items.len() + self.comments.len() + self.attachments.len()
    }
}

/// What an import does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Begins: a project with its columns, labels and people.
    Start {
        /// The import.
        id: ImportId,
        /// The tool.
        source: Source,
        /// The new project.
        project: ProjectId,
        /// Its key.
        key: ProjectKey,
        /// Its name.
        name: Name,
        /// Its columns, in order.
        statuses: Vec<NewStatus>,
        /// Its labels.
        labels: Vec<ImportedLabel>,
        /// Its people.
        people: Vec<ImportedPerson>,
    },
    /// Brings tasks.
    Add {
        /// The import.
        id: ImportId,
        /// The tasks.
        tasks: Vec<ImportedTask>,
    },
    /// Takes the whole import back, or does it again.
    SetUndone {
        /// The import.
        id: ImportId,
        /// Whether it is taken back.
        undone: bool,
    },
}

impl Mutation {
    fn id(&self) -> ImportId {
        match self {
            Mutation::Start { id, .. }
            | Mutation::Add { id, .. }
            | Mutation::SetUndone { id, .. } => *id,
        }
    }
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Start { .. } => "imports.start",
            Mutation::Add { .. } => "imports.add",
            Mutation::SetUndone { .. } => "imports.set_undone",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(match self {
            Mutation::Start { .. } | Mutation::SetUndone { .. } => Action::RunImports,
            Mutation::Add { .. } => Action::ContinueImports,
        })
    }

    fn is_servers_own(&self) -> bool {
        // Whether the ids that it brings are new is not looked up for each: whoever could choose them would write over what
        // they do not see.
        matches!(self, Mutation::Start { .. } | Mutation::Add { .. })
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<Import>(self.id())];
        match self {
            Mutation::Start {
                project,
                statuses,
                labels,
                people,
                ..
            } => {
                needs.push(Need::row::<Project>(*project));
                needs.push(Need::ProjectKeys);
                needs.extend(statuses.iter().map(|status| Need::row::<Status>(status.id)));
                needs.extend(labels.iter().map(|label| Need::row::<Label>(label.id)));
                needs.extend(people.iter().map(|person| Need::row::<Member>(person.id)));
            }
            Mutation::Add { tasks, .. } => {
                // The ids of an import are its own: a clash would be a repeated import, and the first task tells.
                needs.extend(tasks.iter().take(1).map(|task| Need::row::<Task>(task.id)));
                let mut statuses = Vec::new();
                for task in tasks {
                    insert_sorted(&mut statuses, task.status);
                }
                needs.extend(statuses.into_iter().map(Need::row::<Status>));
            }
            Mutation::SetUndone { .. } => needs.push(Need::Members),
        }
        needs
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        tx.require(Action::RunImports)?;
        match self {
            Mutation::Start { .. } | Mutation::Add { .. } if IS_BROWSER => {
                Err(Code::NotAllowed.into())
            }
            Mutation::Start {
                id,
                source,
                project,
                key,
                name,
                statuses,
                labels,
                people,
            } => {
                tx.require_new::<Import>(*id)?;
                let new = NewProject {
                    id: *project,
                    key: key.clone(),
                    name: name.clone(),
                    color: Color::of(name.as_str().as_bytes()),
                    visibility: Visibility::Workspace,
                };
                projects::create(tx, new, statuses)?;
                start(tx, *project, labels, people)?;
                let (created_by, created_at) = (tx.context().actor, tx.now());
                tx.put(Import {
                    id: *id,
                    project: *project,
                    source: *source,
                    name: name.clone(),
                    placeholders: people.iter().map(|person| person.id).collect(),
                    task_count: 0,
                    created_by,
                    created_at,
                    undone_at: None,
                })
            }
            Mutation::Add { id, tasks } => {
                let import = tx.get::<Import>(*id)?;
                let mut project = (*tx.get::<Project>(import.project)?).clone();
                let people = |user: &UserId| {
                    *user == import.created_by || import.placeholders.contains(user)
                };
                let own = tx.context().actor == import.created_by;
                tx.require_own(Action::ContinueImports, own)?;
                if import.undone_at.is_some() {
                    return Err(Code::NotAllowed.into());
                }
                for task in tasks {
                    // Nobody puts words into a colleague's mouth by way of an import.
                    let theirs = task.comments.iter().map(|comment| &comment.author);
                    if !theirs.chain(&task.assignees).all(people) {
                        return Err(Code::NotAllowed.into());
                    }
                    if task.number < project.next_number {
                        return Err(Code::AlreadyExists.into());
                    }
                    add(tx, project.id, task)?;
                    project.next_number = project.next_number.max(task.number.saturating_add(1));
                }
                tx.put(project)?;
                let count = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
                let task_count = import.task_count.saturating_add(count);
                tx.put(Import {
                    task_count,
                    ..(*import).clone()
                })
            }
            Mutation::SetUndone { id, undone } => set_undone(tx, *id, *undone),
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let back = match (self, before.peek::<Import>(id)) {
            (Mutation::Start { .. }, None) => Some(true),
            // The whole batch is taken back by what takes back its start.
            (Mutation::SetUndone { .. }, Some(import)) => Some(import.undone_at.is_some()),
            _ => None,
        };
        let back = back.map(|undone| Mutation::SetUndone { id, undone }.into());
        back.into_iter()
            .chain(self.trashed_besides(before))
            .collect()
    }
}

/// Puts all that an import made out of the way, or brings it back.
fn set_undone(tx: &mut Tx<'_>, id: ImportId, undone: bool) -> Result<(), Rejected> {
    let import = tx.get::<Import>(id)?;
    let project = tx.get::<Project>(import.project)?;
    tx.require_in(Action::DeleteProjects, &project)?;
    let at = undone.then_some(tx.now());
    tx.put(Project {
        trashed_at: at,
        ..(*project).clone()
    })?;
    for placeholder in &import.placeholders {
        // Somebody may have claimed the placeholder since: then they stay.
        if let Some(member) = tx.peek::<Member>(*placeholder)
            && member.placeholder
        {
            tx.put(Member {
                active: !undone,
                ..(*member).clone()
            })?;
        }
    }
    tx.put(Import {
        undone_at: at,
        ..(*import).clone()
    })
}

impl Mutation {
    /// What puts an import's project back into the trash, or takes it out again, where it had gone another way than the rest.
    fn trashed_besides(&self, before: &Tx<'_>) -> Option<Command> {
        let Mutation::SetUndone { id, .. } = self else {
            return None;
        };
        let import = before.peek::<Import>(*id)?;
        let project = before.peek::<Project>(import.project)?;
        let (id, trashed) = (project.id, project.trashed_at.is_some());
        let is_besides = trashed != import.undone_at.is_some();
        is_besides.then(|| projects::Mutation::SetTrashed { id, trashed }.into())
    }
}

fn start(
    tx: &mut Tx<'_>,
    project: ProjectId,
    labels: &[ImportedLabel],
    people: &[ImportedPerson],
) -> Result<(), Rejected> {
    for label in labels {
        tx.require_new::<Label>(label.id)?;
        tx.put(Label {
            id: label.id,
            project,
            name: label.name.clone(),
            color: label.color,
        })?;
    }
    let joined_at = tx.now();
    for person in people {
        tx.require_new::<Member>(person.id)?;
        tx.put(Member {
            id: person.id,
            name: person.name.clone(),
            handle: person.handle.clone(),
            color: Color::of(person.id.uuid().as_bytes()),
            avatar: None,
            role: Role::Guest,
            active: true,
            placeholder: true,
            bot: false,
            joined_at,
        })?;
    }
    Ok(())
}

fn add(tx: &mut Tx<'_>, project: ProjectId, task: &ImportedTask) -> Result<(), Rejected> {
    tx.require_new::<Task>(task.id)?;
    if tx.get::<Status>(task.status)?.project != project {
        return Err(Code::NotFound.into());
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (actor, now) = (tx.context().actor, tx.now());
    tx.put(Task {
        id: task.id,
        project,
        number: task.number,
        title: task.title.clone(),
        status: task.status,
        rank: task.rank.clone(),
        priority: task.priority,
        points: task.points,
        estimate: task.estimate,
        start_on: task.start_on,
        due_on: task.due_on,
        assignees: task.assignees.clone(),
        labels: task.labels.clone(),
        parent: None,
        checklist_total: count(task.items.len()),
        checklist_done: count(task.items.iter().filter(|item| item.done).count()),
        comment_count: count(task.comments.len()),
        has_description: task.description.is_some(),
        completed_at: task.completed_at,
        archived_at: task.archived_at,
        trashed_at: None,
        created_by: actor,
        created_at: task.created_at.min(now),
    })?;
    if let Some(markdown) = &task.description {
        tx.put(Description {
            id: task.id,
            project,
            markdown: markdown.clone(),
        })?;
    }
    for (item, rank) in task.items.iter().zip(Rank::spread(task.items.len())) {
        tx.put(ChecklistItem {
            id: item.id,
            task: task.id,
            project,
            text: item.text.clone(),
            done: item.done,
            rank,
            heading: item.heading.clone(),
        })?;
    }
    for comment in &task.comments {
        tx.put(Comment {
            id: comment.id,
            task: task.id,
            project,
            author: comment.author,
            text: comment.text.clone(),
            created_at: comment.created_at.min(now),
            edited_at: None,
        })?;
    }
    for attachment in &task.attachments {
        tx.put(Attachment {
            id: attachment.id,
            task: task.id,
            project,
            title: attachment.title.clone(),
            url: attachment.url.clone(),
            added_by: actor,
            added_at: attachment.added_at.min(now),
        })?;
    }
    Ok(())
}
