//! Members on the server.

pub mod store;

use crate::access::Visit;
use crate::app::App;
use crate::http::Error;
use crate::invitations;
use shared::access::Action;
use shared::codes::Code;
use shared::ids::UserId;
use shared::members::Mutation;

/// Gives what was imported for a placeholder to a member, by the word of who looks after the members.
pub async fn claim(app: &App, visit: &Visit, id: UserId, user: UserId) -> Result<(), Error> {
    visit.require(Action::EditMembers)?;
    let mut read = app.db.read_in(visit.workspace).await?;
    let person = store::find(read.conn(), visit.workspace, user.uuid()).await?;
    drop(read);
    // Whose words they were is not for who is below them to say.
    if let Some(person) = person
        && visit.role().is_none_or(|role| role > person.row.role)
    {
        return Err(Code::NotAllowed.into());
    }
    let command = Mutation::Claim { id, user };
    app.sync
        .commit(visit.workspace, visit.actor(), command)
        .await?;
    let mut tx = app.db.write_in(visit.workspace).await?;
    invitations::store::delete_for(tx.conn(), visit.workspace, id).await?;
    tx.commit().await?;
    Ok(())
}
