//! Who may look at what, for doors that are given names and ids from outside.
//!
//! A [`Visit`] is made only for somebody who is in the workspace, and an [`Access`] only for a thing whose project they
//! see: whoever holds one was let in. Everybody else is told that there is nothing. What may be done there is judged
//! where it is done, by the commands.
//!
//! Ids are made by whoever creates a thing, so the same one may occur in several workspaces: the asker's own count.

use crate::accounts::identity::SignedIn;
use crate::app::App;
use crate::audit_entries::{Audit, Note, Origin};
use crate::db::Errand;
use crate::http::Error;
use crate::sync::hub::Hub;
use crate::{comments, imports, keys, projects, second_steps, statuses, sync, tasks};
use shared::access::{Action, Relation, Role, can};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{CommentId, ImportId, ProjectId, StatusId, TaskId, UserId, WorkspaceId};
use shared::limits::Limits;
use shared::sync::access_index::AccessIndex;
use std::sync::Arc;
use uuid::Uuid;

/// Counts for the audit log that somebody was refused.
fn refused(audit: &Audit, workspace: WorkspaceId, user: UserId, what: &str) {
    let note = Note::in_workspace(workspace, Act::Refused);
    audit.tally(note.by(user).saying(what), Origin::current());
}

/// Whoever does something: a person, or a program for them, which may less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// On whose account.
    pub user: UserId,
    /// How far they are held back beside their role.
    pub limits: Limits,
}

impl Actor {
    /// A person, or the server on their behalf: held back by nothing but their role.
    pub fn unlimited(user: UserId) -> Self {
        Self {
            user,
            limits: Limits::default(),
        }
    }
}

impl From<&SignedIn> for Actor {
    fn from(who: &SignedIn) -> Self {
        Self {
            user: who.user_id,
            limits: who.limits.clone(),
        }
    }
}

impl From<&Actor> for Actor {
    fn from(actor: &Actor) -> Self {
        actor.clone()
    }
}

/// Somebody in a workspace.
pub struct Visit {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who.
    pub user: UserId,
    /// How far they are held back beside their role.
    pub limits: Limits,
    /// The live workspace.
    pub hub: Arc<Hub>,
    index: Arc<AccessIndex>,
    audit: Audit,
}

impl Visit {
    /// Enters a workspace.
    pub async fn to(
        app: &App,
        who: impl Into<Actor>,
        workspace: WorkspaceId,
    ) -> Result<Self, Error> {
        let Actor { user, limits } = who.into();
        let hub = app.sync.hub(workspace).await?;
        let (_, index) = hub.now();
        if index.role(user).is_none() {
            refused(&app.audit, workspace, user, "not a member");
            return Err(Code::NotFound.into());
        }
        // After it is known that there is such a workspace, and that it is theirs: its log is written to.
        if !limits.admit(workspace) {
            refused(&app.audit, workspace, user, "beyond the key");
            return Err(Code::NotFound.into());
        }
        require_second_step(app, &index, user)
            .await
            .inspect_err(|_| refused(&app.audit, workspace, user, "no second step"))?;
        keys::require_taken(app, &index, workspace, (user, &limits))
            .await
            .inspect_err(|_| refused(&app.audit, workspace, user, "a key that is not taken"))?;
        Ok(Self {
            workspace,
            user,
            limits,
            hub,
            index,
            audit: app.audit.clone(),
        })
    }

    /// Enters the workspace at an address.
    pub async fn to_slug(app: &App, who: impl Into<Actor>, slug: &str) -> Result<Self, Error> {
        let found =
            sync::store::find_by_slug(app.db.read_for(Errand::Address).await?.conn(), slug).await?;
        Self::to(app, who, found.ok_or(Code::NotFound)?).await
    }

    /// Who does what is done on this visit.
    pub fn actor(&self) -> Actor {
        Actor {
            user: self.user,
            limits: self.limits.clone(),
        }
    }

    /// Whether a program that is a member does what is done on this visit.
    pub fn is_bot(&self) -> bool {
        self.index.is_bot(self.user)
    }

    /// What they are in the workspace, if they still are anything.
    pub fn role(&self) -> Option<Role> {
        self.index.role(self.user)
    }

    /// Whether they see a project.
    pub fn sees(&self, project: ProjectId) -> bool {
        self.limits.show(project) && self.index.sees_project(self.user, project)
    }

    /// Refuses what their role or their key does not allow in a project; one that they do not see is none.
    pub fn require_in(&self, action: Action, project: ProjectId) -> Result<(), Error> {
        self.judge_in(action, project).map_err(|code| {
            if code != Code::NotFound {
                refused(&self.audit, self.workspace, self.user, action.as_str());
            }
            code.into()
        })
    }

    /// Whether their role and their key allow something in a project that they see: where nobody is refused for it.
    pub fn may_in(&self, action: Action, project: ProjectId) -> bool {
        self.judge_in(action, project).is_ok()
    }

    fn judge_in(&self, action: Action, project: ProjectId) -> Result<(), Code> {
        if !self.sees(project) {
            return Err(Code::NotFound);
        }
        let relation = Relation {
            in_project: self.index.is_in_project(self.user, project),
            ..Relation::default()
        };
        match self.index.role(self.user) {
            Some(role) if can(role, action, relation) => {
                if self.limits.allow(action) {
                    Ok(())
                } else {
                    Err(Code::InsufficientScope)
                }
            }
            _ => Err(Code::NotAllowed),
        }
    }

    /// Refuses what their role or their key does not allow in the workspace: for what is no command, and for work that is
    /// large before it comes to one.
    pub fn require(&self, action: Action) -> Result<(), Error> {
        let relation = Relation {
            in_project: true,
            ..Relation::default()
        };
        match self.index.role(self.user) {
            Some(role) if can(role, action, relation) => {
                if self.limits.allow_everywhere(action) {
                    Ok(())
                } else {
                    refused(&self.audit, self.workspace, self.user, action.as_str());
                    Err(Code::InsufficientScope.into())
                }
            }
            Some(_) => {
                refused(&self.audit, self.workspace, self.user, action.as_str());
                Err(Code::NotAllowed.into())
            }
            None => Err(Code::NotFound.into()),
        }
    }
}

/// Refuses who has no second step of signing in, where the workspace asks for one.
pub async fn require_second_step(
    app: &App,
    index: &AccessIndex,
    user: UserId,
) -> Result<(), Error> {
    if !index.asks_second_step_of(user)
        || second_steps::has_second_step(app.db.read().await?.conn(), user).await?
    {
        return Ok(());
    }
    Err(Code::TwoStepRequired.into())
}

/// Somebody at something in a project that they see.
pub struct Access {
    /// Who, and in which workspace.
    pub visit: Visit,
    /// The project that it is in.
    pub project: ProjectId,
}

impl Access {
    /// The workspace.
    pub fn workspace(&self) -> WorkspaceId {
        self.visit.workspace
    }

    /// Who.
    pub fn user(&self) -> UserId {
        self.visit.user
    }

    /// Who does what is done there.
    pub fn actor(&self) -> Actor {
        self.visit.actor()
    }
}

/// Where something with an id is: workspace and project, for each workspace of the asker that has one.
pub type Homes = Vec<(Uuid, Uuid)>;

async fn first_visible(app: &App, who: &Actor, homes: Homes) -> Result<Access, Error> {
    let mut refusal = Rejected::from(Code::NotFound);
    for (workspace, project) in homes {
        let project = ProjectId::from(project);
        match Visit::to(app, who, workspace.into()).await {
            Ok(visit) if visit.sees(project) => return Ok(Access { visit, project }),
            Err(Error::Refused(why)) if why.code != Code::NotFound => refusal = why,
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(failed) => return Err(failed),
        }
    }
    Err(refusal.into())
}

/// The way to a project.
pub async fn to_project(app: &App, who: impl Into<Actor>, id: ProjectId) -> Result<Access, Error> {
    let who = who.into();
    let mut read = app.db.read_as(who.user).await?;
    let homes = projects::store::list_homes(read.conn(), who.user, id).await?;
    drop(read);
    first_visible(app, &who, homes).await
}

/// The way to a status.
pub async fn to_status(app: &App, who: impl Into<Actor>, id: StatusId) -> Result<Access, Error> {
    let who = who.into();
    let mut read = app.db.read_as(who.user).await?;
    let homes = statuses::store::list_homes(read.conn(), who.user, id).await?;
    drop(read);
    first_visible(app, &who, homes).await
}

/// The way to a task.
pub async fn to_task(app: &App, who: impl Into<Actor>, id: TaskId) -> Result<Access, Error> {
    let who = who.into();
    let mut read = app.db.read_as(who.user).await?;
    let homes = tasks::store::list_homes(read.conn(), who.user, id).await?;
    drop(read);
    first_visible(app, &who, homes).await
}

/// The way to a comment.
pub async fn to_comment(app: &App, who: impl Into<Actor>, id: CommentId) -> Result<Access, Error> {
    let who = who.into();
    let mut read = app.db.read_as(who.user).await?;
    let homes = comments::store::list_homes(read.conn(), who.user, id).await?;
    drop(read);
    first_visible(app, &who, homes).await
}

/// The way to an import.
pub async fn to_import(app: &App, who: impl Into<Actor>, id: ImportId) -> Result<Access, Error> {
    let who = who.into();
    let mut read = app.db.read_as(who.user).await?;
    let homes = imports::store::list_homes(read.conn(), who.user, id).await?;
    drop(read);
    first_visible(app, &who, homes).await
}
