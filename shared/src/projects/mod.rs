//! Projects: a body of work with a key, members and a workflow of its own.

#[cfg(test)]
mod tests;

use crate::access::{Action, Permission, Relation};
use crate::codes::{Code, Rejected};
use crate::ids::{ProjectId, StatusId, TeamId, UserId};
use crate::members::Member;
use crate::statuses::{Category, Status, require_wip_limit};
use crate::sync::{Command, Cover, Key, Need, Row, Scope, Tx};
use crate::teams::Team;
use crate::values::{Color, Date, Name, ProjectKey, Rank, Time, is_default};
use serde::{Deserialize, Serialize};

/// Who sees a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody in the workspace but guests.
    #[default]
    Workspace,
    /// Its members, and the workspace's owners and admins.
    Private,
}

impl Visibility {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Visibility::Workspace => "workspace",
            Visibility::Private => "private",
        }
    }

    /// The visibility of that name.
    pub fn parse(name: &str) -> Option<Visibility> {
        [Visibility::Workspace, Visibility::Private]
            .into_iter()
            .find(|v| v.as_str() == name)
    }
}

crate::row! {
    /// A body of work.
    Project {
        id: ProjectId,
        key: ProjectKey,
        name: Name,
        color: Color,
        visibility: Visibility,
        #[serde(default, skip_serializing_if = "is_default")]
        lead: Option<UserId>,
        /// Sorted, without repetition.
        #[serde(default, skip_serializing_if = "is_default")]
        members: Vec<UserId>,
        #[serde(default, skip_serializing_if = "is_default")]
        start_on: Option<Date>,
        #[serde(default, skip_serializing_if = "is_default")]
        due_on: Option<Date>,
        /// The number of the next task.
        next_number: u32,
        #[serde(default, skip_serializing_if = "is_default")]
        archived_at: Option<Time>,
        #[serde(default, skip_serializing_if = "is_default")]
        trashed_at: Option<Time>,
        created_by: UserId,
        created_at: Time,
    }
}

impl Row for Project {
    type Id = ProjectId;
    crate::in_table!(Projects);
    fn id(&self) -> ProjectId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.id)
    }
    fn cover(&self) -> Cover {
        Cover::Workspace
    }
}

impl Project {
    /// Whether work goes on in it.
    pub fn is_live(&self) -> bool {
        self.archived_at.is_none() && self.trashed_at.is_none()
    }

    /// Refuses work in a project that is archived or in the trash.
    pub fn require_live(&self) -> Result<(), Rejected> {
        if self.trashed_at.is_some() {
            Err(Code::NotFound.into())
        } else if self.archived_at.is_some() {
            Err(Rejected::new(
                Code::Archived,
                format!("The project {} is archived. Restore it first.", self.name),
            ))
        } else {
            Ok(())
        }
    }
}

/// A column to begin with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewStatus {
    /// Its id.
    pub id: StatusId,
    /// Its name.
    pub name: Name,
    /// What being in it means.
    pub category: Category,
    /// Its colour.
    pub color: Color,
    /// Whether it begins archived, as an imported one may.
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
    /// How many tasks should be in it at most.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wip_limit: Option<u32>,
}

/// The workflow that a project begins with when nobody says otherwise; ids come from the caller.
pub fn default_statuses(mut id: impl FnMut() -> StatusId) -> Vec<NewStatus> {
    [
        ("Backlog", Category::Backlog, Color::Gray),
        ("Todo", Category::Todo, Color::Gray),
        ("In progress", Category::Started, Color::Amber),
        ("In review", Category::Started, Color::Violet),
        ("Done", Category::Done, Color::Green),
    ]
    .into_iter()
    .map(|(name, category, color)| NewStatus {
        id: id(),
        name: Name::parse(name).expect("a constant name is valid"),
        category,
        color,
        archived: false,
        wip_limit: None,
    })
    .collect()
}

/// New values for some fields; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectPatch {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The key; tasks keep their numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<ProjectKey>,
    /// The colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// Who sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Who leads it; `null` for nobody.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub lead: Option<Option<UserId>>,
    /// First day; `null` for none.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub start_on: Option<Option<Date>>,
    /// Last day; `null` for none.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub due_on: Option<Option<Date>>,
}

/// What can happen to a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Begins a project; who does is its first member.
    Create {
        /// The project.
        id: ProjectId,
        /// Its key.
        key: ProjectKey,
        /// Its name.
        name: Name,
        /// Its colour.
        color: Color,
        /// Who sees it.
        visibility: Visibility,
        /// Its columns, in order.
        statuses: Vec<NewStatus>,
    },
    /// Changes fields.
    Edit {
        /// The project.
        id: ProjectId,
        /// What becomes of it.
        patch: ProjectPatch,
    },
    /// Takes somebody in.
    AddMember {
        /// The project.
        id: ProjectId,
        /// Whom.
        user: UserId,
    },
    /// Takes in everybody who is in a team now.
    AddTeam {
        /// The project.
        id: ProjectId,
        /// Which.
        team: TeamId,
    },
    /// Lets somebody go.
    RemoveMember {
        /// The project.
        id: ProjectId,
        /// Whom.
        user: UserId,
    },
    /// Puts it away or takes it up again.
    SetArchived {
        /// The project.
        id: ProjectId,
        /// Whether it is put away.
        archived: bool,
    },
    /// Puts it into the trash or takes it out.
    SetTrashed {
        /// The project.
        id: ProjectId,
        /// Whether it is in the trash.
        trashed: bool,
    },
}

impl Mutation {
    fn id(&self) -> ProjectId {
        match self {
            Mutation::Create { id, .. }
            | Mutation::Edit { id, .. }
            | Mutation::AddMember { id, .. }
            | Mutation::AddTeam { id, .. }
            | Mutation::RemoveMember { id, .. }
            | Mutation::SetArchived { id, .. }
            | Mutation::SetTrashed { id, .. } => *id,
        }
    }
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "projects.create",
            Mutation::Edit { .. } => "projects.edit",
            Mutation::AddMember { .. } => "projects.add_member",
            Mutation::AddTeam { .. } => "projects.add_team",
            Mutation::RemoveMember { .. } => "projects.remove_member",
            Mutation::SetArchived { .. } => "projects.set_archived",
            Mutation::SetTrashed { .. } => "projects.set_trashed",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(match self {
            Mutation::Create { .. } => Action::CreateProjects,
            Mutation::Edit { .. }
            | Mutation::AddMember { .. }
            | Mutation::AddTeam { .. }
            | Mutation::SetArchived { .. } => Action::EditProjects,
            Mutation::RemoveMember { .. } => Action::RemoveFromProjects,
            Mutation::SetTrashed { .. } => Action::DeleteProjects,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<Project>(self.id())];
        match self {
            Mutation::Create { statuses, .. } => {
                needs.push(Need::ProjectKeys);
                needs.extend(statuses.iter().map(|status| Need::row::<Status>(status.id)));
            }
            Mutation::Edit { patch, .. } => {
                needs.push(Need::ProjectKeys);
                needs.extend(patch.lead.flatten().map(Need::row::<Member>));
            }
            Mutation::AddMember { user, .. } | Mutation::RemoveMember { user, .. } => {
                needs.push(Need::row::<Member>(*user));
            }
            Mutation::AddTeam { team, .. } => needs.push(Need::row::<Team>(*team)),
            Mutation::SetArchived { .. } | Mutation::SetTrashed { .. } => {}
        }
        needs
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Create {
                id,
                key,
                name,
                color,
                visibility,
                statuses,
            } => {
                tx.require(Action::CreateProjects)?;
                let new = NewProject {
                    id: *id,
                    key: key.clone(),
                    name: name.clone(),
                    color: *color,
                    visibility: *visibility,
                };
                create(tx, new, statuses)
            }
            Mutation::Edit { id, patch } => {
                let project = tx.get::<Project>(*id)?;
                tx.require_in(Action::EditProjects, &project)?;
                if let Some(key) = patch.key.as_ref().filter(|key| **key != project.key) {
                    require_free_key(tx, key)?;
                }
                if let Some(Some(lead)) = patch.lead {
                    tx.get::<Member>(lead)?;
                }
                let edited = edited(&project, patch);
                // Dates of the time before this rule stay until somebody changes one of them.
                if (edited.start_on, edited.due_on) != (project.start_on, project.due_on) {
                    require_order(edited.start_on, edited.due_on)?;
                }
                tx.put(edited)
            }
            Mutation::AddMember { id, user } => {
                let project = tx.get::<Project>(*id)?;
                tx.require_in(Action::EditProjects, &project)?;
                tx.get::<Member>(*user)?;
                let mut members = project.members.clone();
                insert_sorted(&mut members, *user);
                tx.put(Project {
                    members,
                    ..(*project).clone()
                })
            }
            Mutation::AddTeam { id, team } => {
                let project = tx.get::<Project>(*id)?;
                tx.require_in(Action::EditProjects, &project)?;
                let team = tx.get::<Team>(*team)?;
                let mut members = project.members.clone();
                for user in &team.members {
                    insert_sorted(&mut members, *user);
                }
                tx.put(Project {
                    members,
                    ..(*project).clone()
                })
            }
            Mutation::RemoveMember { id, user } => {
                let project = tx.get::<Project>(*id)?;
                let own = tx.context().actor == *user;
                let relation = Relation {
                    own,
                    ..Relation::default()
                };
                tx.require_of(Action::RemoveFromProjects, &project, relation)?;
                let mut project = (*project).clone();
                project.members.retain(|member| member != user);
                project.lead = project.lead.filter(|lead| lead != user);
                tx.put(project)
            }
            Mutation::SetArchived { id, archived } => {
                let project = tx.get::<Project>(*id)?;
                tx.require_in(Action::EditProjects, &project)?;
                let archived_at = archived.then_some(project.archived_at.unwrap_or(tx.now()));
                tx.put(Project {
                    archived_at,
                    ..(*project).clone()
                })
            }
            Mutation::SetTrashed { id, trashed } => {
                let project = tx.get::<Project>(*id)?;
                tx.require_in(Action::DeleteProjects, &project)?;
                let trashed_at = trashed.then_some(project.trashed_at.unwrap_or(tx.now()));
                tx.put(Project {
                    trashed_at,
                    ..(*project).clone()
                })
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let Some(project) = before.peek::<Project>(id) else {
            let created = matches!(self, Mutation::Create { .. });
            return created
                .then(|| Mutation::SetTrashed { id, trashed: true }.into())
                .into_iter()
                .collect();
        };
        if let Mutation::AddTeam { team, .. } = self {
            return let_go(before, &project, *team);
        }
        let back = match self {
            Mutation::Create { .. } | Mutation::AddTeam { .. } => None,
            Mutation::Edit { patch, .. } => Some(Mutation::Edit {
                id,
                patch: patch_back(&project, patch),
            }),
            Mutation::AddMember { user, .. } => (!project.members.contains(user))
                .then_some(Mutation::RemoveMember { id, user: *user }),
            Mutation::RemoveMember { user, .. } => project
                .members
                .contains(user)
                .then_some(Mutation::AddMember { id, user: *user }),
            Mutation::SetArchived { .. } => Some(Mutation::SetArchived {
                id,
                archived: project.archived_at.is_some(),
            }),
            Mutation::SetTrashed { .. } => Some(Mutation::SetTrashed {
                id,
                trashed: project.trashed_at.is_some(),
            }),
        };
        let mut commands: Vec<Command> = back.map(Command::from).into_iter().collect();
        if let Mutation::RemoveMember { user, .. } = self
            && project.lead == Some(*user)
        {
            let patch = ProjectPatch {
                lead: Some(Some(*user)),
                ..ProjectPatch::default()
            };
            commands.push(Mutation::Edit { id, patch }.into());
        }
        commands
    }
}

/// The commands that let those of a team go who are not in the project yet.
fn let_go(before: &Tx<'_>, project: &Project, team: TeamId) -> Vec<Command> {
    let id = project.id;
    let team = before.peek::<Team>(team);
    let members = team.iter().flat_map(|team| &team.members);
    let others = members.filter(|user| !project.members.contains(user));
    others
        .map(|user| Mutation::RemoveMember { id, user: *user }.into())
        .collect()
}

/// What [`create`] makes a project from.
pub(crate) struct NewProject {
    pub(crate) id: ProjectId,
    pub(crate) key: ProjectKey,
    pub(crate) name: Name,
    pub(crate) color: Color,
    pub(crate) visibility: Visibility,
}

/// Begins a project with its columns; the permission is the caller's to check.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    new: NewProject,
    statuses: &[NewStatus],
) -> Result<(), Rejected> {
    tx.require_new::<Project>(new.id)?;
    require_free_key(tx, &new.key)?;
    if statuses.is_empty() {
        return Err(Code::LastStatus.into());
    }
    let (actor, now) = (tx.context().actor, tx.now());
    for (status, rank) in statuses.iter().zip(Rank::spread(statuses.len())) {
        tx.require_new::<Status>(status.id)?;
        require_wip_limit(status.wip_limit)?;
        tx.put(Status {
            id: status.id,
            project: new.id,
            name: status.name.clone(),
            category: status.category,
            color: status.color,
            rank,
            wip_limit: status.wip_limit,
            archived_at: status.archived.then_some(now),
        })?;
    }
    tx.put(Project {
        id: new.id,
        key: new.key,
        name: new.name,
        color: new.color,
        visibility: new.visibility,
        lead: None,
        members: vec![actor],
        start_on: None,
        due_on: None,
        next_number: 1,
        archived_at: None,
        trashed_at: None,
        created_by: actor,
        created_at: now,
    })
}

/// Keys are unique in the workspace; a hidden project's key is taken too, and that much is told.
fn require_free_key(tx: &Tx<'_>, key: &ProjectKey) -> Result<(), Rejected> {
    if tx
        .all::<Project>()
        .iter()
        .any(|project| project.key == *key)
    {
        let text = format!("The key {key} is taken by another project. Choose another.");
        return Err(Rejected {
            field: Some("key".into()),
            ..Rejected::new(Code::KeyTaken, text)
        });
    }
    Ok(())
}

/// Refuses what would be due before it starts.
pub fn require_order(start: Option<Date>, due: Option<Date>) -> Result<(), Rejected> {
    match (start, due) {
        (Some(start), Some(due)) if start > due => Err(Rejected::field(
            "due_on",
            "The due date is before the start. Change one of them.",
        )),
        _ => Ok(()),
    }
}

fn edited(project: &Project, patch: &ProjectPatch) -> Project {
    let patch = patch.clone();
    Project {
        name: patch.name.unwrap_or_else(|| project.name.clone()),
        key: patch.key.unwrap_or_else(|| project.key.clone()),
        color: patch.color.unwrap_or(project.color),
        visibility: patch.visibility.unwrap_or(project.visibility),
        lead: patch.lead.unwrap_or(project.lead),
        start_on: patch.start_on.unwrap_or(project.start_on),
        due_on: patch.due_on.unwrap_or(project.due_on),
        ..project.clone()
    }
}

fn patch_back(project: &Project, patch: &ProjectPatch) -> ProjectPatch {
    ProjectPatch {
        name: patch.name.as_ref().map(|_| project.name.clone()),
        key: patch.key.as_ref().map(|_| project.key.clone()),
        color: patch.color.map(|_| project.color),
        visibility: patch.visibility.map(|_| project.visibility),
        lead: patch.lead.map(|_| project.lead),
        start_on: patch.start_on.map(|_| project.start_on),
        due_on: patch.due_on.map(|_| project.due_on),
    }
}

/// Adds to a sorted list without repeating.
pub(crate) fn insert_sorted<T: Ord>(list: &mut Vec<T>, item: T) {
    if let Err(at) = list.binary_search(&item) {
        list.insert(at, item);
    }
}

/// The key of the project's row: what everything in a project refers to.
pub(crate) fn key(id: ProjectId) -> Key {
    Project::key_of(id)
}
