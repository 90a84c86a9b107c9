//! The programs that may ask people for a grant: two that everybody has, and those that a workspace's admins registered.

use super::{names, redirects, store};
use crate::access::Visit;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::db::Errand;
use crate::http::Error;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use shared::access::Action;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{UserId, WorkspaceId};
use shared::values::{Name, Time};

/// A workspace's programs are listed whole.
const CLIENTS_MAX: u64 = 50;
const REDIRECTS_MAX: usize = 10;
/// What the id of a registered program begins with.
const PREFIX: &str = "tfc_";

/// A program that keeps no secret: whoever has it can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What it calls itself when it asks.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Where people may be sent back to.
    pub redirects: Vec<String>,
    /// The workspace whose admins registered it, and the only one that it may ask for. Nothing for those that everybody has.
    pub workspace: Option<WorkspaceId>,
    /// Since when.
    pub created_at: Time,
    /// Who registered it, as far as that was noted.
    pub created_by: Option<UserId>,
}

impl Client {
    /// Whether people may be sent back there.
    pub(super) fn takes(&self, redirect: &str) -> bool {
        self.redirects
            .iter()
            .any(|registered| redirects::matches(registered, redirect))
    }
}

/// The program of that id that everybody has.
pub(super) fn built_in(id: &str) -> Option<Client> {
    let (name, redirects): (_, &[&str]) = match id {
        "teamflow-cli" => (
            "TeamFlow command line",
            &["http://127.0.0.1/callback", "http://[::1]/callback"],
        ),
        "teamflow-mobile" => ("TeamFlow mobile", &["org.teamflow.mobile:/callback"]),
        _ => return None,
    };
    Some(Client {
        id: id.to_owned(),
        name: name.to_owned(),
        redirects: redirects.iter().map(|&it| it.to_owned()).collect(),
        workspace: None,
        created_at: Time(0),
        created_by: None,
    })
}

/// What a program that everybody has is called; another's id, where it is not known to be one.
pub fn name_of(id: &str) -> String {
    built_in(id).map_or_else(|| id.to_owned(), |client| client.name)
}

/// The program of that id.
pub(super) async fn find(app: &App, id: &str) -> Result<Option<Client>, Error> {
    if let Some(client) = built_in(id) {
        return Ok(Some(client));
    }
    if !id.starts_with(PREFIX) {
        return Ok(None);
    }
    let mut read = app.db.read_for(Errand::Program).await?;
    Ok(store::find_client(read.conn(), id).await?)
}

/// A workspace's programs, the newest first.
pub async fn list(app: &App, visit: &Visit) -> Result<Vec<Client>, Error> {
    visit.require(Action::EditMembers)?;
    let mut read = app.db.read_in(visit.workspace).await?;
    Ok(store::list_clients(read.conn(), visit.workspace).await?)
}

/// Registers a program that people of a workspace may let in. No program registers another: people would let in what nobody
/// stands for.
pub async fn register(
    app: &App,
    visit: &Visit,
    name: Name,
    redirects: Vec<String>,
) -> Result<Client, Error> {
    visit.require(Action::EditMembers)?;
    if !visit.limits.is_none() {
        return Err(Code::InsufficientScope.into());
    }
    if redirects.is_empty() || redirects.len() > REDIRECTS_MAX {
        let why =
            format!("A program has 1 to {REDIRECTS_MAX} redirect addresses, one on each line.");
        return Err(Rejected::field("redirects", why).into());
    }
    if names::is_ours(&name) {
        let why =
            "That reads like a program of TeamFlow's own. Choose a name without TeamFlow in it.";
        return Err(Rejected::field("name", why).into());
    }
    for redirect in &redirects {
        redirects::check(redirect).map_err(|why| Rejected::field("redirects", why))?;
    }
    let client = Client {
        id: format!(
            "{PREFIX}{}",
            BASE64_URL_SAFE_NO_PAD.encode(app.rng.bytes::<12>())
        ),
        name: name.into(),
        redirects,
        workspace: Some(visit.workspace),
        created_at: app.clock.now(),
        created_by: Some(visit.user),
    };
    let mut tx = app.db.write_in(visit.workspace).await?;
    if store::count_clients(tx.conn(), visit.workspace).await? >= CLIENTS_MAX {
        let why =
            format!("There are {CLIENTS_MAX} programs. Remove one that is not used any more.");
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    store::insert_client(tx.conn(), &client).await?;
    let note = Note::in_workspace(visit.workspace, Act::ProgramRegistered).by(visit.user);
    audit_entries::note(app, &mut tx, note.saying(client.name.as_str())).await?;
    tx.commit().await?;
    Ok(client)
}

/// Removes a program, and ends whatever people have let it do.
pub async fn remove(app: &App, visit: &Visit, id: &str) -> Result<(), Error> {
    visit.require(Action::EditMembers)?;
    let mut tx = app.db.write_in(visit.workspace).await?;
    if !store::delete_client(tx.conn(), visit.workspace, id).await? {
        return Err(Code::NotFound.into());
    }
    let note = Note::in_workspace(visit.workspace, Act::ProgramRemoved).by(visit.user);
    audit_entries::note(app, &mut tx, note.saying(id)).await?;
    tx.commit().await?;
    crate::sessions::end_of_client(app, id).await
}

/// Ends whatever people have let a workspace's programs do: before the workspace itself goes for good, and they with it.
pub async fn end_all(app: &App, workspace: WorkspaceId) -> anyhow::Result<()> {
    let mut read = app.db.read_in(workspace).await?;
    let clients = store::list_clients(read.conn(), workspace).await?;
    drop(read);
    for client in clients {
        if let Err(error) = crate::sessions::end_of_client(app, &client.id).await {
            anyhow::bail!(
                "ending what {} was let do: {}",
                client.id,
                error.into_rejected()
            );
        }
    }
    Ok(())
}
