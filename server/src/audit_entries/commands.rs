//! Which commands are worth a line: what changes who may do or see what.

use super::Note;
use shared::access::Role;
use shared::audit_entries::Act;
use shared::ids::{UserId, WorkspaceId};
use shared::projects::{Project, Visibility};
use shared::purges::{Doomed, Purge};
use shared::sync::{Command, Row as _, Writes};
use shared::{imports, members, projects, workspaces};

/// The line that a command which was carried out is worth.
pub(crate) fn note(workspace: WorkspaceId, actor: UserId, command: &Command) -> Option<Note> {
    let about = |act, subject: uuid::Uuid| Note::in_workspace(workspace, act).about(subject);
    let note = match command {
        Command::Workspaces(workspaces::Mutation::Create { .. }) => {
            Note::in_workspace(workspace, Act::WorkspaceFounded)
        }
        Command::Workspaces(workspaces::Mutation::Rename { .. }) => {
            Note::in_workspace(workspace, Act::WorkspaceRenamed)
        }
        Command::Workspaces(workspaces::Mutation::Readdress { slug, .. }) => {
            Note::in_workspace(workspace, Act::WorkspaceReaddressed).saying(slug.as_str())
        }
        Command::Workspaces(workspaces::Mutation::RequireTwoStep { required, .. }) => {
            let act = if *required {
                Act::TwoStepRequired
            } else {
                Act::TwoStepOptional
            };
            Note::in_workspace(workspace, act)
        }
        Command::Workspaces(workspaces::Mutation::Delete { .. }) => {
            Note::in_workspace(workspace, Act::WorkspaceDeleted)
        }
        Command::Workspaces(workspaces::Mutation::Restore { .. }) => {
            Note::in_workspace(workspace, Act::WorkspaceRestored)
        }
        // Done for whoever looks after the server, and not for the member whom it is carried out as.
        Command::Members(members::Mutation::Erase { id, .. }) => {
            return Some(about(Act::PersonErased, id.uuid()));
        }
        Command::Members(mutation) => member(workspace, mutation)?,
        Command::Projects(mutation) => project(workspace, mutation)?,
        Command::Imports(imports::Mutation::Start { id, .. }) => about(Act::ImportRun, id.uuid()),
        Command::Imports(imports::Mutation::SetUndone { id, undone: true }) => {
            about(Act::ImportUndone, id.uuid())
        }
        _ => return None,
    };
    Some(note.by(actor))
}

/// The line that the end of a project is worth. How many tasks went is told for all that went at once.
pub(crate) fn of_purge(workspace: WorkspaceId, purge: &Purge, writes: &Writes) -> Option<Note> {
    let Doomed::Project(id) = purge.what else {
        return None;
    };
    // It may take several steps.
    let is_gone = matches!(writes.get(&Project::key_of(id)), Some(None));
    let note = Note::in_workspace(workspace, Act::ProjectPurged).about(id.uuid());
    is_gone.then_some(note)
}

fn member(workspace: WorkspaceId, mutation: &members::Mutation) -> Option<Note> {
    use members::Mutation::{Add, AddBot, Claim, HandOver, Leave, SetActive, SetRole};
    let about = |act, id: &UserId| Note::in_workspace(workspace, act).about(id.uuid());
    let with_role = |note: Note, role: &Role| note.saying(role.as_str());
    Some(match mutation {
        Add { id, role, .. } => with_role(about(Act::MemberAdded, id), role),
        AddBot { id, role, .. } => with_role(about(Act::BotCreated, id), role),
        Claim { id, user } => about(Act::MemberClaimed, user).saying(format!("imported {id}")),
        SetRole { id, role } => with_role(about(Act::MemberRole, id), role),
        Leave { id } => about(Act::MemberLeft, id),
        HandOver { to } => about(Act::OwnershipHandedOver, to),
        SetActive { id, active: true } => about(Act::MemberLetIn, id),
        SetActive { id, active: false } => about(Act::MemberShutOut, id),
        _ => return None,
    })
}

fn project(workspace: WorkspaceId, mutation: &projects::Mutation) -> Option<Note> {
    use projects::Mutation::{AddMember, AddTeam, Create, Edit, RemoveMember, SetTrashed};
    let about =
        |act, id: &shared::ids::ProjectId| Note::in_workspace(workspace, act).about(id.uuid());
    let seen = |visibility: &Visibility| match visibility {
        Visibility::Private => "private",
        Visibility::Workspace => "open to the workspace",
    };
    Some(match mutation {
        Create { id, visibility, .. } => about(Act::ProjectCreated, id).saying(seen(visibility)),
        Edit { id, patch } => {
            about(Act::ProjectVisibility, id).saying(seen(patch.visibility.as_ref()?))
        }
        AddMember { id, user } => {
            about(Act::ProjectMemberAdded, id).saying(format!("person {user}"))
        }
        AddTeam { id, team } => about(Act::ProjectTeamAdded, id).saying(format!("team {team}")),
        RemoveMember { id, user } => {
            about(Act::ProjectMemberRemoved, id).saying(format!("person {user}"))
        }
        SetTrashed { id, trashed: true } => about(Act::ProjectTrashed, id),
        SetTrashed { id, trashed: false } => about(Act::ProjectRestored, id),
        _ => return None,
    })
}
