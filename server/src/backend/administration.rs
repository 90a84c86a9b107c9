//! What only who looks after a workspace or the server may ask.

use super::RequestBackend;
use crate::audit_entries;
use ::app::backend::Answer;
use ::app::settings::Administration;
use shared::audit_entries::{AuditFilter, AuditPage, Verdict};
use shared::ids::WorkspaceId;

impl Administration for RequestBackend {
    fn list_audit_entries(
        &self,
        workspace: Option<WorkspaceId>,
        filter: AuditFilter,
        before: Option<u64>,
    ) -> Answer<AuditPage> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let chain = audit_entries::routes::readable(&this.app, &who, workspace).await?;
            audit_entries::list(&this.app, chain, &filter, before, audit_entries::PAGE).await
        })
    }

    fn verify_audit_log(&self, workspace: Option<WorkspaceId>) -> Answer<Verdict> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let chain = audit_entries::routes::readable(&this.app, &who, workspace).await?;
            audit_entries::verify(&this.app, chain).await
        })
    }
}
