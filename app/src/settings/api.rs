//! The server functions of the settings.

use crate::backend::Failure;
use leptos::prelude::*;
use shared::audit_entries::{AuditFilter, AuditPage, Verdict};
use shared::ids::WorkspaceId;

/// See [`super::Administration::list_audit_entries`].
#[server(prefix = "/sf", endpoint = "list-audit-entries")]
pub async fn list_audit_entries(
    workspace: Option<WorkspaceId>,
    #[server(default)] filter: AuditFilter,
    before: Option<u64>,
) -> Result<AuditPage, Failure> {
    crate::settings::administration()?
        .list_audit_entries(workspace, filter, before)
        .await
}

/// See [`super::Administration::verify_audit_log`].
#[server(prefix = "/sf", endpoint = "verify-audit-log")]
pub async fn verify_audit_log(workspace: Option<WorkspaceId>) -> Result<Verdict, Failure> {
    crate::settings::administration()?
        .verify_audit_log(workspace)
        .await
}
