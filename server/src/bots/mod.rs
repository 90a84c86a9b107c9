//! Bots: members of one workspace that are programs. They have a name, a role and keys of their own, and no way to sign in.
//! What a bot did stays its own. One that was ended does not come back: its keys are gone.

mod store;

use crate::access::Visit;
use crate::accounts::identity;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::http::Error;
use crate::members as member_rows;
use crate::tokens::{self, ApiToken, TokenSecret, Wanted};
use shared::access::{Action, Role};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{TokenId, UserId, WorkspaceId};
use shared::members::{Member, Mutation};
use shared::values::Name;

/// A workspace's bots are listed whole.
const BOTS_MAX: usize = 50;

/// A bot and its keys.
#[derive(Clone, Debug)]
pub struct Bot {
    /// As others see it.
    pub member: Member,
    /// Its keys, the newest first.
    pub tokens: Vec<ApiToken>,
}

/// Its bots: a member row alone makes nobody one, as anybody may be entered in a workspace of one's own.
async fn members(app: &App, visit: &Visit) -> Result<Vec<Member>, Error> {
    let mut read = app.db.read_in(visit.workspace).await?;
    let ours = store::list_of_workspace(read.conn(), visit.workspace).await?;
    let rows = member_rows::store::list(read.conn(), visit.workspace).await?;
    let rows = rows.into_iter().map(|stored| stored.row);
    Ok(rows
        .filter(|member| member.bot && ours.contains(&member.id))
        .collect())
}

/// A workspace's bots, those first that are at work.
pub async fn list(app: &App, visit: &Visit) -> Result<Vec<Bot>, Error> {
    visit.require(Action::EditMembers)?;
    let mut bots = Vec::new();
    for member in members(app, visit).await? {
        let tokens = tokens::list(app, member.id).await?;
        bots.push(Bot { member, tokens });
    }
    bots.sort_by_key(|bot| (!bot.member.active, bot.member.joined_at));
    Ok(bots)
}

/// Makes a bot of a workspace. Nobody makes one that may more than they.
pub async fn create(app: &App, visit: &Visit, name: Name, role: Role) -> Result<UserId, Error> {
    visit.require(Action::EditMembers)?;
    if members(app, visit)
        .await?
        .iter()
        .filter(|it| it.active)
        .count()
        >= BOTS_MAX
    {
        let why = format!("There are {BOTS_MAX} bots. End one that is not used any more.");
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    let now = app.clock.now();
    let id = UserId::new(now.0, app.rng.bytes());
    let mut tx = app.db.write().await?;
    store::insert(tx.conn(), id, &name, visit.workspace, now).await?;
    tx.commit().await?;
    let add = Mutation::AddBot { id, name, role };
    if let Err(error) = app.sync.commit(visit.workspace, visit.actor(), add).await {
        let mut tx = app.db.write().await?;
        store::delete(tx.conn(), id).await?;
        tx.commit().await?;
        return Err(error);
    }
    tracing::info!(bot.id = %id, user.id = %visit.user, "a bot was made");
    Ok(id)
}

/// The bot of a workspace with that id.
async fn find(app: &App, visit: &Visit, id: UserId) -> Result<Member, Error> {
    visit.require(Action::EditMembers)?;
    let mut read = app.db.read_in(visit.workspace).await?;
    let home = store::find_home(read.conn(), id).await?;
    let found = member_rows::store::find(read.conn(), visit.workspace, id.uuid()).await?;
    let member = found.map(|stored| stored.row).filter(|member| member.bot);
    match member {
        Some(member) if home == Some(visit.workspace) => Ok(member),
        _ => Err(Code::NotFound.into()),
    }
}

/// Ends a bot: its keys are worth nothing at once, and its connections are closed.
pub async fn end(app: &App, visit: &Visit, id: UserId) -> Result<(), Error> {
    let member = find(app, visit, id).await?;
    if member.active {
        let end = Mutation::SetActive { id, active: false };
        app.sync.commit(visit.workspace, visit.actor(), end).await?;
    }
    let mut tx = app.db.write_in(visit.workspace).await?;
    let ended = tokens::end_all(app, &mut tx, id).await?;
    let note = Note::in_workspace(visit.workspace, Act::BotEnded).by(visit.user);
    audit_entries::note(app, &mut tx, note.about(id)).await?;
    tx.commit().await?;
    for via in ended {
        identity::end(app, via);
    }
    tracing::info!(bot.id = %id, user.id = %visit.user, "a bot was ended");
    Ok(())
}

/// Makes a key of a bot, which is good in its workspace alone. A key makes none: it might do more, and for longer.
pub async fn create_token(
    app: &App,
    visit: &Visit,
    id: UserId,
    wanted: Wanted,
) -> Result<(ApiToken, TokenSecret), Error> {
    if !visit.limits.is_none() {
        return Err(Code::InsufficientScope.into());
    }
    if !find(app, visit, id).await?.active {
        let why = "This bot was ended. Make another.";
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    let wanted = Wanted {
        workspace: Some(visit.workspace),
        ..wanted
    };
    let made = tokens::create(app, id, wanted).await?;
    note(app, visit, Act::TokenCreated, id).await?;
    Ok(made)
}

/// Tells the workspace who did something to a bot's keys; the server's log has it under the bot's name.
async fn note(app: &App, visit: &Visit, what: Act, bot: UserId) -> Result<(), Error> {
    let note = Note::in_workspace(visit.workspace, what).by(visit.user);
    audit_entries::note_alone(app, note.about(bot)).await?;
    Ok(())
}

/// Deletes a key of a bot.
pub async fn delete_token(
    app: &App,
    visit: &Visit,
    id: UserId,
    token: TokenId,
) -> Result<(), Error> {
    find(app, visit, id).await?;
    tokens::delete(app, id, token).await?;
    note(app, visit, Act::TokenDeleted, id).await
}

/// Deletes the accounts of a workspace's bots, with their keys: before the workspace itself goes for good.
pub async fn delete_all(app: &App, workspace: WorkspaceId) -> anyhow::Result<()> {
    let mut tx = app.db.write().await?;
    store::delete_of_workspace(tx.conn(), workspace).await?;
    tx.commit().await?;
    Ok(())
}
