//! Bots, and the programs that people may let in: what acts in a workspace without being a person.

pub mod api;
pub mod page;
pub mod programs;

pub use page::Bots;

use crate::accounts::{Life, NewToken, Token};
use crate::backend::Answer;
use serde::{Deserialize, Serialize};
use shared::access::Role;
use shared::ids::{TokenId, UserId, WorkspaceId};
use shared::limits::KeyScope;

/// A member that is a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// What it is in the workspace.
    pub role: Role,
    /// Whether it was not ended.
    pub active: bool,
    /// Its keys, newest first.
    pub tokens: Vec<Token>,
}

/// A program that people of a workspace may let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// What it calls itself when it asks.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Where people are sent back to.
    pub redirects: Vec<String>,
}

/// What is wanted of a bot's key.
#[derive(Clone, Debug)]
pub struct KeyWish {
    /// What it is for.
    pub name: String,
    /// How long it is to be good for.
    pub life: Life,
    /// What it may do, beside looking.
    pub scopes: Vec<KeyScope>,
}

/// What the server does about bots and programs, for admins.
pub trait BotsBackend: Send + Sync {
    /// A workspace's bots.
    fn list_bots(&self, workspace: WorkspaceId) -> Answer<Vec<Bot>>;
    /// Makes a bot.
    fn create_bot(&self, workspace: WorkspaceId, name: String, role: Role) -> Answer<()>;
    /// Ends a bot, with its keys.
    fn end_bot(&self, workspace: WorkspaceId, id: UserId) -> Answer<()>;
    /// Makes a key of a bot.
    fn create_bot_token(
        &self,
        workspace: WorkspaceId,
        bot: UserId,
        wish: KeyWish,
    ) -> Answer<NewToken>;
    /// Ends a key of a bot.
    fn delete_bot_token(&self, workspace: WorkspaceId, bot: UserId, id: TokenId) -> Answer<()>;
    /// A workspace's programs.
    fn list_programs(&self, workspace: WorkspaceId) -> Answer<Vec<Program>>;
    /// Registers a program; its addresses stand on a line each.
    fn create_program(
        &self,
        workspace: WorkspaceId,
        name: String,
        redirects: String,
    ) -> Answer<Program>;
    /// Removes a program, and what people let it do.
    fn delete_program(&self, workspace: WorkspaceId, id: String) -> Answer<()>;
}
