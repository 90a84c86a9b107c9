//! What people are told where a command cannot be read or sent, or the database objects.

use crate::http::Error;
use shared::codes::{Code, Rejected};
use shared::sync::Command;

/// A clash that only the database could see, in words; anything else is a fault.
pub(super) fn refusal_or_fault(error: &anyhow::Error) -> Error {
    let violation = error
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error);
    match violation {
        Some(database) if database.is_unique_violation() => {
            let message = database.message();
            let name = database.constraint().unwrap_or(message);
            let code = if name.contains("slug") {
                Code::SlugTaken
            } else if name.contains("key_key") || name.contains("projects.key") {
                Code::KeyTaken
            } else {
                Code::AlreadyExists
            };
            Error::Refused(code.into())
        }
        _ => Error::Failed(anyhow::anyhow!("{error:#}")),
    }
}

/// Refuses a command that was pushed and that only the server's own doors make.
pub(super) fn require_open(command: &Command, is_pushed: bool) -> Result<(), Rejected> {
    if is_pushed && command.is_servers_own() {
        let why =
            "This cannot be sent as a change. Use the page or the address that is there for it.";
        return Err(Rejected::new(Code::NotAllowed, why));
    }
    Ok(())
}

/// Why a command could not be read, without the position in a text that nobody sees.
pub(super) fn said_plainly(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}
