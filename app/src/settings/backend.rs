use crate::backend::{Answer, Failure};
use leptos::prelude::use_context;
use shared::audit_entries::{AuditFilter, AuditPage, Verdict};
use shared::codes::Code;
use shared::ids::WorkspaceId;
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
}

/// The administration of this request.
pub fn administration() -> Result<Arc<dyn Administration>, Failure> {
    use_context().ok_or_else(|| Failure::from(Code::Internal))
}
