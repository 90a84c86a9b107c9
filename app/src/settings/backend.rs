use crate::backend::{Answer, Failure};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use shared::audit_entries::{AuditFilter, AuditPage, Verdict};
use shared::codes::Code;
use shared::ids::WorkspaceId;
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
