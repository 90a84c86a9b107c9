//! Invitations into a workspace: a link with a role and an end. One that is for an address is good once, and for that
//! address alone; one that is for nobody by name is good for everybody who has it, until it ends or is revoked.
//!
//! Whoever accepts is taken in on behalf of who invited them: if those may not invite any more, the link is worth nothing.

pub(crate) mod store;

use crate::access::{Actor, Visit};
use crate::accounts::User;
use crate::accounts::identity::{SecretHash, hash};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::clock::later;
use crate::http::Error;
use crate::mails::{self, Mail};
use crate::workspaces;
use ::app::routes::href;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use shared::access::{Action, Role};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{InvitationId, UserId, WorkspaceId};
use shared::members;
use shared::values::{Email, Name, Slug, Time};
use std::time::Duration;

/// A workspace's open invitations are listed whole, so there cannot be many.
pub const INVITATIONS_MAX: u64 = 100;
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
    let now = app.clock.now();
    let secret = BASE64_URL_SAFE_NO_PAD.encode(app.rng.bytes::<32>());
    let invitation = Invitation {
        id: InvitationId::new(now.0, app.rng.bytes()),
        workspace: visit.workspace,
        email: wanted.email,
        role: wanted.role,
        created_by: visit.user,
        created_at: now,
        expires_at: later(now, DAY * wanted.days.clamp(1, DAYS_MAX)),
    };
    let mut tx = app.db.write().await?;
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
    let detail = format!("{}, {whom}", invitation.role.as_str());
    audit_entries::note(app, &mut tx, note.about(invitation.id).saying(detail)).await?;
    tx.commit().await?;
    let address = format!("{}{}", app.public_url.origin(), href::invitation(&secret));
    if let Some(email) = &invitation.email {
        let text = format!(
            "Hello,\n\n{inviter} invites you to work in {workspace} on TeamFlow. Accept it here within {} days:\n\n\
             {address}\n\nIf you do not know {inviter}, do nothing.\n",
            wanted.days.clamp(1, DAYS_MAX)
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
    Ok((invitation, address))
}

/// A workspace's open invitations, the newest first.
pub async fn list(app: &App, visit: &Visit) -> Result<Vec<Invitation>, Error> {
    visit.require(Action::InviteMembers)?;
    let now = app.clock.now();
    Ok(store::list(app.db.read().await?.conn(), visit.workspace, now).await?)
}

/// Revokes an invitation of a workspace.
pub async fn revoke(app: &App, visit: &Visit, id: InvitationId) -> Result<(), Error> {
    visit.require(Action::InviteMembers)?;
    let mut tx = app.db.write().await?;
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
    let found = store::find_by_hash(app.db.read().await?.conn(), hash, now).await?;
    found.ok_or_else(gone)
}

fn gone() -> Error {
    let text = "This invitation is not good any more: it was used or revoked, or is too old. Ask for another.";
    Rejected::new(Code::NotFound, text).into()
}

/// Whether somebody with this address may make an account because they were invited.
pub async fn invites(app: &App, secret: &str, email: &Email) -> Result<bool, Error> {
    match find(app, &hash(secret)).await {
        Ok(invitation) => Ok(invitation.email.is_none_or(|invited| invited == *email)),
        Err(Error::Refused(_)) => Ok(false),
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
    let mut read = app.db.read().await?;
    let id = invitation.workspace;
    let workspace = workspaces::store::find(read.conn(), id, id.uuid()).await?;
    let workspace = workspace.ok_or_else(gone)?.row;
    let inviter = crate::members::store::find(read.conn(), id, inviter.uuid()).await?;
    Ok(Shown {
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
        app.db.read().await?.conn(),
        invitation.workspace,
        user.id.uuid(),
    )
    .await?;
    match known {
        Some(member) if member.row.active => return Ok(shown.slug),
        Some(_) => {
            let text = "You were in this workspace and were deactivated. Ask an admin to let you in again.";
            return Err(Rejected::new(Code::NotAllowed, text).into());
        }
        None => {}
    }
    if invitation.email.is_some() {
        // Good once: whoever comes second finds it gone.
        let mut tx = app.db.write().await?;
        if !store::delete(tx.conn(), invitation.workspace, invitation.id).await? {
            return Err(gone());
        }
        tx.commit().await?;
    }
    let add = members::Mutation::Add {
        id: user.id,
        name: user.name.clone(),
        role: invitation.role,
    };
    app.sync
        .commit(
            invitation.workspace,
            Actor::unlimited(invitation.created_by),
            add,
        )
        .await
        .map_err(or_gone)?;
    let note = Note::in_workspace(invitation.workspace, Act::InvitationAccepted).by(user.id);
    audit_entries::note_alone(app, note.about(invitation.id)).await?;
    tracing::info!(user.id = %user.id, workspace.id = %invitation.workspace, "an invitation was accepted");
    Ok(shown.slug)
}
