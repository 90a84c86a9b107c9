//! Invitations into a workspace: a link with a role, projects and an end. One that is for an address is good once, and for that
//! address alone; one that is for nobody by name is good for everybody who has it, until it ends or is revoked.
//!
//! One that stands for a placeholder is good once in any case: whoever accepts it takes over what was imported for them. A
//! member may accept it, too, for that alone.
//!
//! Whoever accepts is taken in on behalf of who invited them: if those may not invite any more, the link is worth nothing.

pub(crate) mod store;

use crate::access::{Actor, Visit};
use crate::accounts::User;
use crate::accounts::identity::{SecretHash, hash};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::clock::later;
use crate::db::{Conn, Errand};
use crate::http::Error;
use crate::mails::{self, Mail};
use crate::profiles;
use crate::workspaces;
use ::app::routes::href;
use shared::access::{Action, Role};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{InvitationId, ProjectId, UserId, WorkspaceId};
use shared::sync::Command;
use shared::values::{Email, Name, Slug, Time};
use shared::{members, projects};
use std::time::Duration;

/// A workspace's open invitations are listed whole, so there cannot be many.
pub const INVITATIONS_MAX: u64 = 100;
/// How many projects an invitation may lead into.
pub const PROJECTS_MAX: usize = 20;
/// The longest life of an invitation, in days.
pub const DAYS_MAX: u32 = 90;
const DAY: Duration = Duration::from_hours(24);

/// An invitation, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Where it leads.
    pub workspace: WorkspaceId,
    /// Whom it is for; everybody who has the link, where it is for nobody by name.
    pub email: Option<Email>,
    /// What they will be.
    pub role: Role,
    /// The projects that they will be in.
    pub projects: Vec<ProjectId>,
    /// The placeholder whose work becomes theirs.
    pub placeholder: Option<UserId>,
    /// Who invites.
    pub created_by: UserId,
    /// Since when it is good.
    pub created_at: Time,
    /// Until when.
    pub expires_at: Time,
}

/// What is wanted of an invitation.
pub struct Wanted {
    /// Whom it is for.
    pub email: Option<Email>,
    /// What they will be.
    pub role: Role,
    /// The projects that they will be in.
    pub projects: Vec<ProjectId>,
    /// The placeholder whose work becomes theirs.
    pub placeholder: Option<UserId>,
    /// How long it is good.
    pub days: u32,
}

/// What whoever has the link may know before they accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The workspace's name.
    pub workspace: Name,
    /// Its address.
    pub slug: Slug,
    /// Who invites.
    pub inviter: Name,
    /// What they would be.
    pub role: Role,
    /// The projects that they would be in.
    pub projects: Vec<Name>,
    /// For whom that was imported which they would take over.
    pub placeholder: Option<Name>,
    /// Whom it is for.
    pub email: Option<Email>,
}

/// Makes an invitation; answers it with its address, which cannot be had again. It is sent where it is for somebody.
pub async fn create(
    app: &App,
    visit: &Visit,
    inviter: &Name,
    wanted: Wanted,
) -> Result<(Invitation, String), Error> {
    visit.require(Action::InviteMembers)?;
    // Owners are made, not invited; and nobody gives a role above their own.
    if wanted.role == Role::Owner || visit.role().is_none_or(|role| role > wanted.role) {
        return Err(Rejected {
            field: Some("role".into()),
            ..Code::NotAllowed.into()
        }
        .into());
    }
    // A key lets nobody in who may more than it.
    if !visit.limits.give(wanted.role) {
        let why = "A key or a program cannot invite with this role. Choose a lower one, or invite on the page.";
        let refused = Rejected::new(Code::InsufficientScope, why);
        return Err(Rejected {
            field: Some("role".into()),
            ..refused
        }
        .into());
    }
    if wanted.projects.len() > PROJECTS_MAX {
        let text = format!("An invitation leads into at most {PROJECTS_MAX} projects.");
        return Err(Rejected::field("projects", text).into());
    }
    // Into a project invites who may take people into it.
    for project in &wanted.projects {
        visit.require_in(Action::EditProjects, *project)?;
    }
    // Who takes over what was imported is an admin's to say.
    if wanted.placeholder.is_some() {
        visit.require(Action::EditMembers)?;
    }
    let now = app.clock.now();
    let secret = app.rng.secret();
    let invitation = Invitation {
        id: InvitationId::new(now.0, app.rng.bytes()),
        workspace: visit.workspace,
        email: wanted.email,
        role: wanted.role,
        projects: wanted.projects,
        placeholder: wanted.placeholder,
        created_by: visit.user,
        created_at: now,
        expires_at: later(now, DAY * wanted.days.clamp(1, DAYS_MAX)),
    };
    let mut tx = app.db.write_in(visit.workspace).await?;
    if let Some(id) = invitation.placeholder
        && awaited(tx.conn(), visit.workspace, id).await?.is_none()
    {
        let text = "Choose somebody who was imported and has no account yet.";
        return Err(Rejected::field("placeholder", text).into());
    }
    store::delete_before(tx.conn(), now).await?;
    if store::count(tx.conn(), visit.workspace).await? >= INVITATIONS_MAX {
        let text = format!(
            "There are {INVITATIONS_MAX} open invitations. Revoke some that are not needed."
        );
        return Err(Rejected::new(Code::NotAllowed, text).into());
    }
    store::insert(tx.conn(), &invitation, &hash(&secret)).await?;
    let workspace =
        workspaces::store::find(tx.conn(), visit.workspace, visit.workspace.uuid()).await?;
    let workspace = workspace.ok_or(Code::NotFound)?.row.name;
    let note = Note::in_workspace(visit.workspace, Act::InvitationCreated).by(visit.user);
    let whom = invitation
        .email
        .as_ref()
        .map_or("everybody with the link", Email::as_str);
    let stands_for = invitation.placeholder;
    let stands_for = stands_for.map_or(String::new(), |id| format!(", for imported {id}"));
    let detail = format!("{}, {whom}{stands_for}", invitation.role.as_str());
    audit_entries::note(app, &mut tx, note.about(invitation.id).saying(detail)).await?;
    tx.commit().await?;
    let address = format!("{}{}", app.public_url.origin(), href::invitation(&secret));
    if let Some(email) = &invitation.email {
        send(app, email, (inviter, &workspace), wanted.days, &address);
    }
    Ok((invitation, address))
}

fn send(app: &App, email: &Email, (inviter, workspace): (&Name, &Name), days: u32, address: &str) {
    let text = format!(
        "Hello,\n\n{inviter} invites you to work in {workspace} on TeamFlow. Accept it here within {} days:\n\n\
         {address}\n\nIf you do not know {inviter}, do nothing.\n",
        days.clamp(1, DAYS_MAX)
    );
    mails::post(
        app,
        Mail {
            to: email.clone(),
            subject: format!("{inviter} invites you to {workspace}"),
            text,
        },
    );
}

/// What a placeholder is called that somebody can still become.
async fn awaited(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    id: UserId,
) -> anyhow::Result<Option<Name>> {
    let found = crate::members::store::find(conn, workspace, id.uuid()).await?;
    let member = found.map(|stored| stored.row);
    Ok(member
        .filter(shared::members::Member::is_awaited)
        .map(|it| it.name))
}

/// A workspace's open invitations, the newest first.
pub async fn list(app: &App, visit: &Visit) -> Result<Vec<Invitation>, Error> {
    visit.require(Action::InviteMembers)?;
    let now = app.clock.now();
    let mut read = app.db.read_in(visit.workspace).await?;
    Ok(store::list(read.conn(), visit.workspace, now).await?)
}

/// Revokes an invitation of a workspace.
pub async fn revoke(app: &App, visit: &Visit, id: InvitationId) -> Result<(), Error> {
    visit.require(Action::InviteMembers)?;
    let mut tx = app.db.write_in(visit.workspace).await?;
    if !store::delete(tx.conn(), visit.workspace, id).await? {
        return Err(Code::NotFound.into());
    }
    let note = Note::in_workspace(visit.workspace, Act::InvitationRevoked).by(visit.user);
    audit_entries::note(app, &mut tx, note.about(id)).await?;
    tx.commit().await?;
    Ok(())
}

async fn find(app: &App, hash: &SecretHash) -> Result<Invitation, Error> {
    let now = app.clock.now();
    let mut read = app.db.read_for(Errand::Invitation).await?;
    let found = store::find_by_hash(read.conn(), hash, now).await?;
    found.ok_or_else(gone)
}

fn gone() -> Error {
    let text = "This invitation is not good any more: it was used or revoked, or is too old. Ask for another.";
    Rejected::new(Code::NotFound, text).into()
}

/// What an invitation says of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    /// There is no good invitation, or it is for another address.
    No,
    /// It is for whoever has the link.
    ByLink,
    /// It is for this very address: what is said of the address then, who has it knows.
    ByName,
}

impl Invited {
    /// Whether somebody may make an account because of it.
    pub fn is_invited(self) -> bool {
        self != Self::No
    }
}

/// What the invitation with that secret, if any, says of an address.
pub async fn invited(app: &App, secret: Option<&str>, email: &Email) -> Result<Invited, Error> {
    let Some(secret) = secret else {
        return Ok(Invited::No);
    };
    match find(app, &hash(secret)).await {
        Ok(invitation) => Ok(match invitation.email {
            None => Invited::ByLink,
            Some(invited) if invited == *email => Invited::ByName,
            Some(_) => Invited::No,
        }),
        Err(Error::Refused(_)) => Ok(Invited::No),
        Err(error) => Err(error),
    }
}

/// What an invitation is to.
pub async fn show(app: &App, secret: &str) -> Result<Shown, Error> {
    let invitation = find(app, &hash(secret)).await?;
    let inviter = invitation.created_by;
    // Who may not invite any more invites nobody.
    let visit = Visit::to(app, Actor::unlimited(inviter), invitation.workspace).await;
    let visit = visit.map_err(or_gone)?;
    visit.require(Action::InviteMembers).map_err(or_gone)?;
    let id = invitation.workspace;
    let mut read = app.db.read_in(id).await?;
    let workspace = workspaces::store::find(read.conn(), id, id.uuid()).await?;
    let workspace = workspace.ok_or_else(gone)?.row;
    let inviter = crate::members::store::find(read.conn(), id, inviter.uuid()).await?;
    let mut projects = Vec::new();
    for project in &invitation.projects {
        let found = crate::projects::store::find(read.conn(), id, project.uuid()).await?;
        projects.extend(found.map(|stored| stored.row.name));
    }
    let placeholder = match invitation.placeholder {
        Some(placeholder) => {
            let name = awaited(read.conn(), id, placeholder).await?;
            Some(name.ok_or_else(gone)?)
        }
        None => None,
    };
    Ok(Shown {
        projects,
        placeholder,
        workspace: workspace.name,
        slug: workspace.slug,
        inviter: inviter.ok_or_else(gone)?.row.name,
        role: invitation.role,
        email: invitation.email,
    })
}

fn or_gone(error: Error) -> Error {
    match error {
        Error::Refused(_) => gone(),
        other => other,
    }
}

/// Takes somebody in who has the link; answers the workspace's address.
pub async fn accept(app: &App, user: &User, secret: &str) -> Result<Slug, Error> {
    let hash = hash(secret);
    let invitation = find(app, &hash).await?;
    let shown = show(app, secret).await?;
    if let Some(email) = invitation
        .email
        .as_ref()
        .filter(|email| **email != user.email)
    {
        let text =
            format!("This invitation is for {email}. Sign in with that address to accept it.");
        return Err(Rejected::new(Code::NotAllowed, text).into());
    }
    let known = crate::members::store::find(
        app.db.read_in(invitation.workspace).await?.conn(),
        invitation.workspace,
        user.id.uuid(),
    )
    .await?;
    let is_member = match known {
        Some(member) if member.row.active => true,
        Some(_) => {
            let text = "You were in this workspace and were deactivated. Ask an admin to let you in again.";
            return Err(Rejected::new(Code::NotAllowed, text).into());
        }
        None => false,
    };
    if is_member && invitation.projects.is_empty() && invitation.placeholder.is_none() {
        return Ok(shown.slug);
    }
    let commands = joining(app, user, &invitation, is_member).await?;
    app.sync
        .commit_all(
            invitation.workspace,
            Actor::unlimited(invitation.created_by),
            commands,
        )
        .await
        .map_err(or_gone)?;
    let mut tx = app.db.write_in(invitation.workspace).await?;
    if invitation.email.is_some() || invitation.placeholder.is_some() {
        // Good once, but not spent by a failure. That they could come twice at the same moment does no harm: it is for one
        // account, which is taken in once, or for one placeholder, who is taken over once.
        store::delete(tx.conn(), invitation.workspace, invitation.id).await?;
    }
    let note = Note::in_workspace(invitation.workspace, Act::InvitationAccepted).by(user.id);
    audit_entries::note(app, &mut tx, note.about(invitation.id)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, workspace.id = %invitation.workspace, "an invitation was accepted");
    profiles::joined(app, user.id).await;
    Ok(shown.slug)
}

/// What takes somebody in: into the workspace, into those of the invitation's projects that are still there, and in the place
/// of whom they were imported as.
async fn joining(
    app: &App,
    user: &User,
    invitation: &Invitation,
    is_member: bool,
) -> Result<Vec<Command>, Error> {
    let add = members::Mutation::Add {
        id: user.id,
        name: user.name.clone(),
        role: invitation.role,
    };
    let mut commands: Vec<Command> = (!is_member).then(|| add.into()).into_iter().collect();
    let inviter = Actor::unlimited(invitation.created_by);
    let visit = Visit::to(app, inviter, invitation.workspace)
        .await
        .map_err(or_gone)?;
    for project in &invitation.projects {
        // Who may not take people into it any more invites nobody into it.
        if visit.may_in(Action::EditProjects, *project) {
            let (id, user) = (*project, user.id);
            commands.push(projects::Mutation::AddMember { id, user }.into());
        }
    }
    if let Some(id) = invitation.placeholder {
        let user = user.id;
        commands.push(members::Mutation::Claim { id, user }.into());
    }
    Ok(commands)
}
