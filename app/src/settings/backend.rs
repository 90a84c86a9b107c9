use crate::backend::{Answer, Failure};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use shared::audit_entries::{AuditFilter, AuditPage, Verdict};
use shared::codes::Code;
use shared::ids::WorkspaceId;
use shared::limits::KeyScopes;
use shared::settings::flags::Flag;
use shared::settings::{Fact, Facts, Standing};
use shared::values::Time;
use std::sync::Arc;

/// What only who looks after a workspace or the server may ask. Without a workspace, it is about the server.
pub trait Administration: Send + Sync {
    /// Lines of the audit log, the newest first.
    fn list_audit_entries(
        &self,
        workspace: Option<WorkspaceId>,
        filter: AuditFilter,
        before: Option<u64>,
    ) -> Answer<AuditPage>;
    /// Whether the audit log is as it was written.
    fn verify_audit_log(&self, workspace: Option<WorkspaceId>) -> Answer<Verdict>;
    /// Figures and states, of a workspace or of the server.
    fn list_facts(&self, about: Facts, workspace: Option<WorkspaceId>) -> Answer<Vec<Fact>>;
    /// How settings stand, by their keys.
    fn list_settings(&self, keys: Vec<String>) -> Answer<Vec<Standing>>;
    /// Sets a setting, or sets it back.
    fn save_setting(&self, key: String, value: Option<String>) -> Answer<()>;
    /// Sends who asks a mail; answers to which address.
    fn send_test_mail(&self) -> Answer<String>;
    /// Every flag, by name.
    fn list_flags(&self) -> Answer<Vec<Flag>>;
    /// Sets a flag; the rule is `off`, `on`, `percent` or `people`, who are named by their addresses.
    fn save_flag(
        &self,
        name: String,
        rule: String,
        percent: Option<String>,
        people: Option<String>,
    ) -> Answer<()>;
    /// Deletes a flag.
    fn delete_flag(&self, name: String) -> Answer<()>;
    /// Lets go what the policy says; answers how many things went.
    fn run_retention(&self) -> Answer<u64>;
    /// Begins to export a workspace.
    fn start_export(&self, workspace: WorkspaceId) -> Answer<()>;
    /// A workspace's exports, the newest first.
    fn list_exports(&self, workspace: WorkspaceId) -> Answer<Vec<ShownExport>>;
    /// Deletes an export.
    fn delete_export(&self, workspace: WorkspaceId, id: String) -> Answer<()>;
    /// What would go and what would stay if somebody were erased.
    fn preview_erasure(&self, email: String) -> Answer<Vec<Fact>>;
    /// Erases a person.
    fn erase_person(&self, email: String) -> Answer<()>;
    /// Who looks after the server.
    fn list_administrators(&self) -> Answer<Administrators>;
    /// Makes somebody an administrator, for who shows once more that it is them.
    fn add_administrator(&self, email: String, password: String) -> Answer<()>;
    /// Takes it from an administrator, for who shows once more that it is them.
    fn remove_administrator(&self, email: String, password: String) -> Answer<()>;
    /// The keys and grants that reach a workspace or are shut out of it: a page, from the newest or from where another ended.
    fn list_keys(&self, workspace: WorkspaceId, from: Option<String>) -> Answer<KeyPage>;
    /// Ends a key's reach into a workspace.
    fn end_key(&self, workspace: WorkspaceId, id: String) -> Answer<()>;
    /// Lets a key in again that was shut out.
    fn let_key_in(&self, workspace: WorkspaceId, id: String) -> Answer<()>;
    /// Which keys a workspace takes.
    fn find_key_policy(&self, workspace: WorkspaceId) -> Answer<KeyPolicy>;
    /// Says which keys a workspace takes; without days, of any life.
    fn save_key_policy(
        &self,
        workspace: WorkspaceId,
        takes_personal: bool,
        days: Option<String>,
    ) -> Answer<()>;
}

/// Who looks after the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrators {
    /// Whether who asks has a password, by which they show that it is them.
    pub asks_password: bool,
    /// The oldest account first.
    pub all: Vec<Administrator>,
}

/// Somebody who looks after the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrator {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// Which keys a workspace takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPolicy {
    /// Whether those are taken that members made for themselves.
    pub takes_personal: bool,
    /// After how many days a key is not taken any more.
    pub days_max: Option<u32>,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self {
            takes_personal: true,
            days_max: None,
        }
    }
}

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// A person's own access token.
    Personal,
    /// A bot's.
    Bot,
    /// What a person let a program do.
    Grant,
}

/// Some of the keys and grants that reach a workspace or are shut out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPage {
    /// The newest first.
    pub keys: Vec<ReachingKey>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A key or grant that reaches a workspace or is shut out of it, as its admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachingKey {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: KeyKind,
    /// What it is for; of a grant, the program.
    pub name: String,
    /// The secret's first characters; of a grant, none.
    pub prefix: String,
    /// Whose it is.
    pub owner: String,
    /// What it may do.
    pub scopes: KeyScopes,
    /// Whether it reaches this workspace alone.
    pub is_only_here: bool,
    /// The keys of the only projects that there are for it; none where there are all.
    pub projects: Vec<String>,
    /// Whether the workspace's policy lets it in.
    pub is_taken: bool,
    /// Whether an admin has shut it out.
    pub is_shut_out: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// When it was last used.
    pub last_used_at: Option<Time>,
}

/// An export, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownExport {
    /// Its id.
    pub id: String,
    /// When it was asked for.
    pub created_at: Time,
    /// Until when it can be fetched.
    pub expires_at: Time,
    /// Whether it is written.
    pub is_done: bool,
    /// How many rows are in it.
    pub rows: u64,
    /// How large it is.
    pub bytes: u64,
    /// What went wrong.
    pub problem: Option<String>,
}

/// The administration of this request.
pub fn administration() -> Result<Arc<dyn Administration>, Failure> {
    use_context().ok_or_else(|| Failure::from(Code::Internal))
}
