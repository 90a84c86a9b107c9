//! Who looks after the whole server: the first account, and whom its administrators or the command line make one. There is
//! always one.

use super::{User, find_by_email, store};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::db::{self, Lock};
use crate::http::Error;
use crate::mails::{self, Mail};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::Email;

/// They are listed whole.
const ADMINISTRATORS_MAX: usize = 50;

/// The server's administrators, the oldest account first.
pub async fn list(app: &App) -> Result<Vec<User>, Error> {
    Ok(store::list_administrators(app.db.read().await?.conn()).await?)
}

/// Makes somebody an administrator. Who may is judged before; nobody in particular does it on the command line.
pub async fn add(app: &App, by: Option<UserId>, email: &Email) -> Result<(), Error> {
    let user = found(app, email).await?;
    // Whoever signed up with an address that is another's must not get what is meant for that person.
    if app.mailer.is_there() && user.email_confirmed_at.is_none() {
        let why = format!(
            "{email} is not confirmed: nobody knows yet that it is this person's. They confirm it by a link that their \
             account's page sends, or by choosing another password by mail."
        );
        return Err(Rejected::field("email", why).into());
    }
    let mut tx = app.db.write().await?;
    db::lock(tx.conn(), Lock::Administrators).await?;
    if store::list_administrators(tx.conn()).await?.len() >= ADMINISTRATORS_MAX {
        let why = format!("There are {ADMINISTRATORS_MAX} administrators. Take it from one first.");
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    if !store::update_administrator(tx.conn(), user.id, true).await? {
        let why = format!("{email} is an administrator already.");
        return Err(Rejected::field("email", why).into());
    }
    let note = noted(Act::AdministratorAdded, by, user.id);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, "somebody was made an administrator");
    let text = "from now on you are an administrator of this server: you can change its settings, read its audit log, and \
                erase people";
    tell(app, user, "You look after a TeamFlow server now", text);
    Ok(())
}

/// Takes it from an administrator, unless there were none any more. Who may is judged before.
pub async fn remove(app: &App, by: Option<UserId>, email: &Email) -> Result<(), Error> {
    let user = found(app, email).await?;
    let mut tx = app.db.write().await?;
    // Two who take it from one another must not leave nobody.
    db::lock(tx.conn(), Lock::Administrators).await?;
    if !store::update_administrator(tx.conn(), user.id, false).await? {
        let why = format!("{email} is no administrator.");
        return Err(Rejected::field("email", why).into());
    }
    if store::list_administrators(tx.conn()).await?.is_empty() {
        let why = "This is the only administrator, and somebody must look after the server. Make somebody else one first.";
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    let note = noted(Act::AdministratorRemoved, by, user.id);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, "an administrator is none any more");
    let text = "you are no administrator of this server any more";
    tell(
        app,
        user,
        "You do not look after a TeamFlow server any more",
        text,
    );
    Ok(())
}

async fn found(app: &App, email: &Email) -> Result<User, Error> {
    let found = find_by_email(app, email).await?;
    found.ok_or_else(|| {
        Rejected::field("email", format!("Nobody has an account with {email}.")).into()
    })
}

fn noted(act: Act, by: Option<UserId>, user: UserId) -> Note {
    let note = Note::of_server(act).about(user);
    match by {
        Some(by) => note.by(by),
        None => note.saying("command line"),
    }
}

fn tell(app: &App, user: User, subject: &str, text: &str) {
    let text = format!(
        "Hello {},\n\n{text}:\n\n{}\n",
        user.name,
        app.public_url.origin()
    );
    let mail = Mail {
        to: user.email,
        subject: subject.to_owned(),
        text,
    };
    mails::post(app, mail);
}
