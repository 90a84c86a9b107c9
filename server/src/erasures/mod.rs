//! Erasing a person: their account goes with all that belongs to it, and where they worked they are "Erased person" from
//! then on. What they wrote stays, because others work with it; that it was the same person stays, by an id that leads to
//! nobody.
//!
//! Commands do the part that is synced, in deleted workspaces as well, each workspace's log is shortened after that, and the
//! account goes last: whoever is interrupted erases again.

mod register;
mod store;

pub use register::{Fate, PERSONAL, Personal};

use self::store::{Count, Membership};
use crate::access::Actor;
use crate::accounts::{self, User, lockout};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::db::{Errand, Reach};
use crate::http::Error;
use crate::{sessions, tokens};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::members;
use shared::settings::Fact;
use shared::values::{Email, Name};

/// What an erased person is called.
pub const ERASED: &str = "Erased person";

async fn found(app: &App, email: &str) -> Result<User, Error> {
    let nobody = || Rejected::field("email", "Nobody has an account with this address.");
    let email = Email::parse(email).map_err(|_| nobody())?;
    let user = accounts::find_by_email(app, &email).await?;
    Ok(user.ok_or_else(nobody)?)
}

/// Where somebody is a member. Refuses to erase who asks, administrators, and the last owner of a workspace. One that is
/// deleted needs none: nobody can restore it after that, and it goes when its time is over.
async fn require_erasable(app: &App, by: UserId, user: &User) -> Result<Vec<Membership>, Error> {
    if user.id == by {
        let why = "You cannot erase yourself: somebody must look after the server.";
        return Err(Rejected::field("email", why).into());
    }
    if user.is_site_admin {
        let why = "They are an administrator of this server. Take that from them first.";
        return Err(Rejected::field("email", why).into());
    }
    let places =
        store::list_memberships(app.db.read_for(Errand::Upkeep).await?.conn(), user.id).await?;
    if let Some(place) = places
        .iter()
        .find(|place| place.owner.is_none() && !place.deleted)
    {
        let why = format!(
            "They are the only owner of {}. Make somebody else owner there first.",
            place.name
        );
        return Err(Rejected::new(Code::LastOwner, why).into());
    }
    Ok(places)
}

/// What would go and what would stay, and why.
pub async fn preview(app: &App, by: UserId, email: &str) -> Result<Vec<Fact>, Error> {
    let user = found(app, email).await?;
    let places = require_erasable(app, by, &user).await?;
    let orphans = places
        .iter()
        .filter(|place| place.deleted && place.owner.is_none());
    let orphans: Vec<_> = orphans.map(|place| place.name.as_str()).collect();
    let names: Vec<_> = places.iter().map(called).collect();
    let mut counts = Vec::new();
    let mut read = app.db.read_for(Errand::Upkeep).await?;
    for what in [
        Count::Sessions,
        Count::Tokens,
        Count::Comments,
        Count::Tasks,
    ] {
        counts.push(store::count(read.conn(), user.id, what).await?);
    }
    let mut facts = vec![
        Fact::new(
            "Goes: name and address",
            format!("{}, {}", user.name, user.email),
        ),
        Fact::new("Goes: password, second step, passkeys, links", "all"),
        Fact::new("Goes: sessions", counts[0].to_string()),
        Fact::new("Goes: access tokens", counts[1].to_string()),
        Fact::new("Becomes \"Erased person\" in", names.join(", ")),
        Fact::new(
            "Stays: comments and tasks",
            format!("{} and {}: others work with them", counts[2], counts[3]),
        ),
        Fact::new(
            "Stays: lines of the audit log",
            "without address, browser and detail, under an id: security demands that they can be counted",
        ),
        Fact::new(
            "Stays: what others wrote about them",
            "look for their name yourself",
        ),
        Fact::new("Stays: backups and exports", "until they are deleted"),
    ];
    if !orphans.is_empty() {
        facts.push(Fact::new(
            "Cannot be restored any more: nobody else owns",
            orphans.join(", "),
        ));
    }
    Ok(facts)
}

fn called(place: &Membership) -> String {
    if place.deleted {
        format!("{} (deleted)", place.name)
    } else {
        place.name.clone()
    }
}

/// Erases a person.
pub async fn erase(app: &App, by: UserId, email: &str) -> Result<(), Error> {
    let user = found(app, email).await?;
    let places = require_erasable(app, by, &user).await?;
    let erased = Name::parse(ERASED).map_err(anyhow::Error::msg)?;
    for place in places {
        let erase = members::Mutation::Erase {
            id: user.id,
            name: erased.clone(),
        };
        // Where nobody else is left to do it for, it is their own.
        let actor = Actor::unlimited(place.owner.unwrap_or(user.id));
        match app.sync.commit(place.workspace, actor, erase).await {
            Ok(_) => app.sync.forget_log(place.workspace).await?,
            // It went for good in the meantime.
            Err(Error::Refused(rejected)) if place.deleted && rejected.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    sessions::end_others(app, user.id, None).await?;
    for token in tokens::list(app, user.id).await? {
        tokens::delete(app, user.id, token.id).await?;
    }
    // What was counted until now is written before it is looked for, and nothing of theirs is written later.
    app.audit.flush(&app.db).await?;
    let mut tx = app.db.write_at(Reach::Errand(Errand::Upkeep)).await?;
    let email = user.email.as_str();
    store::delete_invitations(tx.conn(), email).await?;
    store::delete_attempts(tx.conn(), &lockout::address(email)).await?;
    accounts::store::delete_sign_ups(tx.conn(), &user.email).await?;
    store::delete_user(tx.conn(), user.id).await?;
    audit_entries::forget(&mut tx, user.id, &user.email).await?;
    let note = Note::of_server(Act::PersonErased).by(by).about(user.id);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, "a person was erased");
    Ok(())
}
