//! The keys and grants by which programs reach a workspace: what its admins see of them, which they take, and how they end
//! one.
//!
//! A key that is for this workspace alone is ended. One that reaches others, too, is its person's, and stays: it is shut out
//! of this workspace, until an admin lets it in again. Which keys are taken is judged when one is made for the workspace
//! ([`require_makeable`]) and whenever one is used there ([`require_taken`], and once more where a command is written).

mod store;

use crate::access::Visit;
use crate::accounts;
use crate::accounts::identity::{self, Via};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::clock::{later, millis};
use crate::db::Conn;
use crate::grants::clients;
use crate::http::Error;
use crate::mails::{self, Mail};
use crate::sessions::revoked;
use crate::sync::bus::Message;
use crate::tokens::{DAY, DAYS_MAX};
use crate::{projects, sessions, tokens, workspaces};
use ::app::routes::href;
use ::app::settings::{KeyKind, KeyPage, KeyPolicy, ReachingKey};
use shared::access::Action;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{ProjectId, UserId, WorkspaceId};
use shared::limits::{Key, KeyScopes, Limits};
use shared::sync::access_index::AccessIndex;
use shared::values::Time;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// How many keys are shown at once.
const PAGE: usize = 100;

/// A key or grant that reaches a workspace, or is shut out of it.
struct Found {
    key: Key,
    user: UserId,
    /// What its person is called there.
    owner: String,
    is_bot: bool,
    /// What it is called; of a grant, the program's id.
    name: String,
    prefix: String,
    scopes: KeyScopes,
    /// Whether it reaches this workspace alone.
    is_only_here: bool,
    projects: Option<BTreeSet<ProjectId>>,
    created_at: Time,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
    is_shut_out: bool,
}

impl Found {
    const fn kind(&self) -> KeyKind {
        match self.key {
            Key::Grant(_) => KeyKind::Grant,
            Key::Token(_) if self.is_bot => KeyKind::Bot,
            Key::Token(_) => KeyKind::Personal,
        }
    }

    const fn via(&self) -> Via {
        match self.key {
            Key::Token(id) => Via::Token(id),
            Key::Grant(id) => Via::Session(id),
        }
    }
}

/// Keys and grants that reach a workspace or are shut out of it, the newest first, beginning at an id.
async fn reaching(app: &App, visit: &Visit, from: Uuid, limit: usize) -> Result<Vec<Found>, Error> {
    visit.require(Action::EditMembers)?;
    let here = (visit.workspace, app.clock.now());
    let page = (from, i64::try_from(limit).unwrap_or(i64::MAX));
    let mut read = app.db.read_in(visit.workspace).await?;
    let mut found = store::list_tokens(read.conn(), here, page).await?;
    found.extend(store::list_grants(read.conn(), here, page).await?);
    found.sort_by_key(|it| Reverse(it.key.id()));
    found.truncate(limit);
    Ok(found)
}

/// The key or grant with that id, if it reaches a workspace or is shut out of it.
async fn find(app: &App, visit: &Visit, id: &str) -> Result<Found, Error> {
    visit.require(Action::EditMembers)?;
    let id: Uuid = id.parse().map_err(|_| Code::NotFound)?;
    let found = reaching(app, visit, id, 1).await?.pop();
    let found = found.filter(|it| it.key.id() == id);
    Ok(found.ok_or(Code::NotFound)?)
}

/// The keys and grants that reach a workspace or are shut out of it, as its admins see them: a page of them, from the newest
/// or from where another page ended.
pub async fn list(app: &App, visit: &Visit, from: Option<Uuid>) -> Result<KeyPage, Error> {
    let mut found = reaching(app, visit, from.unwrap_or(Uuid::max()), PAGE + 1).await?;
    let next = found.get(PAGE).map(|it| it.key.id().to_string());
    found.truncate(PAGE);
    let policy = policy(app, visit.workspace).await?;
    let mut read = app.db.read_in(visit.workspace).await?;
    let rows = projects::store::list(read.conn(), visit.workspace).await?;
    drop(read);
    let mut programs = HashMap::new();
    for client in clients::list(app, visit).await? {
        programs.insert(client.id, client.name);
    }
    let keys: HashMap<ProjectId, String> = rows
        .into_iter()
        .filter(|stored| visit.sees(stored.row.id))
        .map(|stored| (stored.row.id, stored.row.key.to_string()))
        .collect();
    let unseen = || "a project that you do not see".to_owned();
    let shown = |it: Found| {
        let projects = it.projects.iter().flatten();
        let refusal = refused_by(&policy, it.key, it.is_bot, app.clock.now());
        ReachingKey {
            id: it.key.id().to_string(),
            kind: it.kind(),
            name: match it.key {
                Key::Token(_) => it.name,
                Key::Grant(_) => programs
                    .get(&it.name)
                    .cloned()
                    .unwrap_or_else(|| clients::name_of(&it.name)),
            },
            prefix: it.prefix,
            owner: it.owner,
            scopes: it.scopes,
            is_only_here: it.is_only_here,
            projects: projects
                .map(|id| keys.get(id).cloned().unwrap_or_else(unseen))
                .collect(),
            is_taken: refusal.is_none(),
            is_shut_out: it.is_shut_out,
            created_at: it.created_at,
            expires_at: it.expires_at,
            last_used_at: it.last_used_at,
        }
    };
    Ok(KeyPage {
        keys: found.into_iter().map(shown).collect(),
        next,
    })
}

/// Ends a key's reach into a workspace, at once; its person is told.
pub async fn end(app: &App, visit: &Visit, id: &str) -> Result<(), Error> {
    let found = find(app, visit, id).await?;
    if found.is_shut_out {
        return Err(Code::NotFound.into());
    }
    let (via, now) = (found.via(), app.clock.now());
    let mut tx = app.db.write_in(visit.workspace).await?;
    let act = if found.is_only_here {
        let act = match found.key {
            Key::Token(id) => {
                tokens::store::delete(tx.conn(), found.user, id).await?;
                Act::TokenDeleted
            }
            Key::Grant(id) => {
                sessions::store::delete(tx.conn(), id).await?;
                Act::SessionEnded
            }
        };
        revoked::note(tx.conn(), via, now).await?;
        let server = Note::of_server(act).by(visit.user);
        audit_entries::note(app, &mut tx, server.about(found.key.id())).await?;
        Act::KeyEnded
    } else {
        store::delete_gone(tx.conn(), visit.workspace).await?;
        store::insert_shut_out(tx.conn(), visit.workspace, found.key, now).await?;
        Act::KeyShutOut
    };
    audit_entries::note(app, &mut tx, noted(visit, act, &found)).await?;
    tx.commit().await?;
    if found.is_only_here {
        identity::end(app, via);
    } else {
        close(app, via);
        app.sync.bus().tell(Message::Closed { via });
    }
    tracing::info!(key.id = %found.key.id(), user.id = %visit.user, "a key was ended for a workspace");
    let what = called(&found);
    let became = if found.is_only_here {
        "It was for this workspace alone, and is worth nothing any more."
    } else {
        "Elsewhere it works as before."
    };
    let text = format!("has shut out {what}. {became} Ask them if you need another.");
    tell(
        app,
        visit.workspace,
        &found,
        ("A key of yours was shut out", &text),
    )
    .await
}

/// Lets a key into a workspace again that was shut out of it, by whomever; its person is told.
pub async fn let_in(app: &App, visit: &Visit, id: &str) -> Result<(), Error> {
    let found = find(app, visit, id).await?;
    let mut tx = app.db.write_in(visit.workspace).await?;
    if !store::delete_shut_out(tx.conn(), visit.workspace, found.key).await? {
        return Err(Code::NotFound.into());
    }
    audit_entries::note(app, &mut tx, noted(visit, Act::KeyLetIn, &found)).await?;
    tx.commit().await?;
    tracing::info!(key.id = %found.key.id(), user.id = %visit.user, "a key was let into a workspace again");
    let text = format!("has let {} in again.", called(&found));
    tell(
        app,
        visit.workspace,
        &found,
        ("A key of yours was let in again", &text),
    )
    .await
}

/// The line that something done to a key is worth.
fn noted(visit: &Visit, act: Act, found: &Found) -> Note {
    let note = Note::in_workspace(visit.workspace, act).by(visit.user);
    note.about(found.user).saying(match found.kind() {
        KeyKind::Grant => found.name.as_str(),
        _ => found.prefix.as_str(),
    })
}

/// What a mail to a key's person calls it.
fn called(found: &Found) -> String {
    match found.key {
        Key::Token(_) => format!("your access token \"{}\"", found.name),
        Key::Grant(_) => format!(
            "the program {} that you had let in",
            clients::name_of(&found.name)
        ),
    }
}

/// Closes on this node what is open by a key, which comes back to what it still reaches.
pub fn close(app: &App, via: Via) {
    app.kicks.kick(via);
}

/// Whoever's key it is hears what an admin has done; a bot reads no mail.
async fn tell(
    app: &App,
    workspace: WorkspaceId,
    found: &Found,
    (subject, done): (&str, &str),
) -> Result<(), Error> {
    if found.is_bot || !app.mailer.is_there() {
        return Ok(());
    }
    let Some(owner) = accounts::find(app, found.user).await? else {
        return Ok(());
    };
    let mut read = app.db.read_in(workspace).await?;
    let row = workspaces::store::find(read.conn(), workspace, workspace.uuid()).await?;
    let called = row.map(|stored| stored.row.name.to_string());
    let called = called.unwrap_or_default();
    let text = format!(
        "Hello {},\n\nan admin of {called} {done}\n\nYour tokens: {}{}\n",
        owner.name,
        app.public_url.origin(),
        href::TOKENS
    );
    let mail = Mail {
        to: owner.email,
        subject: subject.to_owned(),
        text,
    };
    mails::post(app, mail);
    Ok(())
}

/// Which keys a workspace takes.
pub async fn policy(app: &App, workspace: WorkspaceId) -> Result<KeyPolicy, Error> {
    let mut read = app.db.read_in(workspace).await?;
    Ok(store::find_policy(read.conn(), workspace).await?)
}

/// Says which keys a workspace takes from now on. What is open by another is closed within a minute.
pub async fn save_policy(app: &App, visit: &Visit, policy: KeyPolicy) -> Result<(), Error> {
    visit.require(Action::EditWorkspace)?;
    if policy
        .days_max
        .is_some_and(|days| !(1..=DAYS_MAX).contains(&days))
    {
        let why = format!("Take 1 to {DAYS_MAX} days, or nothing.");
        return Err(Rejected::field("days", why).into());
    }
    let mut tx = app.db.write_in(visit.workspace).await?;
    store::upsert_policy(tx.conn(), visit.workspace, &policy).await?;
    let personal = if policy.takes_personal { "yes" } else { "no" };
    let longest = policy.days_max.map_or_else(
        || "any life".to_owned(),
        |days| format!("at most {days} days"),
    );
    let note = Note::in_workspace(visit.workspace, Act::KeyPolicyChanged).by(visit.user);
    let note = note.saying(format!("personal keys: {personal}, {longest}"));
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses to make a key for a workspace alone that would not be taken there. One that is for all workspaces of its person
/// can be made, and is refused where it is not taken.
pub async fn require_makeable(
    app: &App,
    visit: &Visit,
    expires_at: Option<Time>,
) -> Result<(), Error> {
    let policy = policy(app, visit.workspace).await?;
    if !policy.takes_personal && !visit.is_bot() {
        return Err(Rejected::field("workspace", NO_PERSONAL).into());
    }
    let Some(days) = policy.days_max else {
        return Ok(());
    };
    let latest = later(app.clock.now(), DAY * days);
    if expires_at.is_some_and(|at| at <= latest) {
        return Ok(());
    }
    let why = format!("In this workspace a key is good for at most {days} days.");
    Err(Rejected::field("days", why).into())
}

const NO_PERSONAL: &str =
    "The admins of this workspace take no personal keys. Ask them for a bot's.";
const SHUT_OUT: &str = "An admin has shut this key out of this workspace.";

/// Why a key is not taken, if it is not, by the policy alone.
fn refused_by(policy: &KeyPolicy, key: Key, is_bot: bool, now: Time) -> Option<String> {
    if !policy.takes_personal && !is_bot && matches!(key, Key::Token(_)) {
        return Some(NO_PERSONAL.to_owned());
    }
    let days = policy.days_max?;
    let life = millis(DAY * days);
    (now.0.saturating_sub(key.made_at().0) >= life).then(|| {
        format!("This key is older than {days} days, the longest life of keys in this workspace. Make another.")
    })
}

/// Why a key is not taken in a workspace, if it is not.
pub(crate) async fn refusal(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    key: Key,
    is_bot: bool,
    now: Time,
) -> anyhow::Result<Option<Rejected>> {
    let (policy, is_shut_out) = store::find_standing(conn, workspace, key).await?;
    let why = if is_shut_out {
        Some(SHUT_OUT.to_owned())
    } else {
        refused_by(&policy, key, is_bot, now)
    };
    Ok(why.map(|why| Rejected::new(Code::InsufficientScope, why)))
}

/// Refuses a program whose key is not taken in a workspace. People pass.
pub async fn require_taken(
    app: &App,
    index: &AccessIndex,
    workspace: WorkspaceId,
    (user, limits): (UserId, &Limits),
) -> Result<(), Error> {
    let Some(key) = limits.key() else {
        return Ok(());
    };
    let mut read = app.db.read_in(workspace).await?;
    let (is_bot, now) = (index.is_bot(user), app.clock.now());
    match refusal(read.conn(), workspace, key, is_bot, now).await? {
        Some(refused) => Err(refused.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ids::{SessionId, TokenId};

    #[test]
    fn a_policy_is_about_personal_keys_and_about_the_life_of_all() {
        let day = millis(DAY);
        let token = Key::Token(TokenId::new(100 * day, [1; 10]));
        let grant = Key::Grant(SessionId::new(100 * day, [2; 10]));
        let policy = |takes_personal, days_max| KeyPolicy {
            takes_personal,
            days_max,
        };
        let refused = |policy: &KeyPolicy, key, is_bot, days: i64| {
            refused_by(policy, key, is_bot, Time((100 + days) * day)).is_some()
        };
        let any = policy(true, None);
        assert!(!refused(&any, token, false, 9_000));
        let none = policy(false, None);
        assert!(refused(&none, token, false, 0));
        assert!(!refused(&none, token, true, 0) && !refused(&none, grant, false, 0));
        let short = policy(true, Some(30));
        for (key, is_bot) in [(token, false), (token, true), (grant, false)] {
            assert!(!refused(&short, key, is_bot, 29) && refused(&short, key, is_bot, 30));
        }
    }
}
