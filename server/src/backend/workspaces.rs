//! What pages ask about workspaces as a whole.

use super::{RequestBackend, field};
use crate::access::require_second_step;
use crate::workspaces;
use ::app::backend::{Answer, WorkspacesBackend};
use ::app::routes::href;
use ::app::settings::Section;
use ::app::workspaces::WorkspaceLink;
use leptos_axum::redirect;
use shared::codes::Code;
use shared::ids::{UserId, WorkspaceId};
use shared::members;
use shared::values::{Name, Slug};
use shared::workspaces::Mutation;

impl WorkspacesBackend for RequestBackend {
    fn list_workspaces(&self) -> Answer<Vec<WorkspaceLink>> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            workspaces::list_for_member(&this.app, who.user_id).await
        })
    }

    fn create_workspace(&self, name: String, slug: Option<String>) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let name = field("name", Name::parse(&name))?;
            let slug = slug.filter(|slug| !slug.trim().is_empty());
            let slug = slug
                .map(|slug| field("slug", Slug::parse(&slug)))
                .transpose()?;
            let slug = workspaces::found(&this.app, who.user_id, &who.name, &name, slug).await?;
            redirect(&href::workspace(slug.as_str()));
            Ok(())
        })
    }

    fn readdress_workspace(&self, workspace: WorkspaceId, slug: String) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let slug = field("slug", Slug::parse(&slug))?;
            workspaces::readdress(&this.app, workspace, visit.actor(), slug.clone()).await?;
            redirect(&href::settings(slug.as_str()));
            Ok(())
        })
    }

    fn require_two_step(&self, workspace: WorkspaceId, required: bool) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let require = Mutation::RequireTwoStep {
                id: workspace,
                required,
            };
            this.app
                .sync
                .commit(workspace, visit.actor(), require)
                .await?;
            let slug = workspaces::slug_of(&this.app, workspace).await?;
            let slug = slug.ok_or(Code::NotFound)?;
            redirect(&href::section(slug.as_str(), Section::SignIn));
            Ok(())
        })
    }

    fn delete_workspace(&self, workspace: WorkspaceId, name: String) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let name = field("name", Name::parse(&name))?;
            let delete = Mutation::Delete {
                id: workspace,
                name,
            };
            this.app.sync.commit(workspace, visit.actor(), delete).await?;
            tracing::info!(workspace.id = %workspace, user.id = %visit.user, "a workspace was deleted");
            redirect(href::WORKSPACES);
            Ok(())
        })
    }

    fn restore_workspace(&self, workspace: WorkspaceId) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            // Nobody visits what is deleted.
            let hub = this.app.sync.hub(workspace).await?;
            require_second_step(&this.app, &hub.now().1, who.user_id).await?;
            let restore = Mutation::Restore { id: workspace };
            this.app.sync.commit(workspace, &who, restore).await?;
            tracing::info!(workspace.id = %workspace, user.id = %who.user_id, "a workspace was restored");
            let slug = workspaces::slug_of(&this.app, workspace).await?;
            redirect(&href::workspace(slug.ok_or(Code::NotFound)?.as_str()));
            Ok(())
        })
    }

    fn leave_workspace(&self, workspace: WorkspaceId) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let leave = members::Mutation::Leave { id: who.user_id };
            this.app.sync.commit(workspace, &who, leave).await?;
            redirect(href::WORKSPACES);
            Ok(())
        })
    }

    fn hand_over_workspace(&self, workspace: WorkspaceId, to: UserId) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let hand_over = members::Mutation::HandOver { to };
            this.app
                .sync
                .commit(workspace, visit.actor(), hand_over)
                .await?;
            let slug = workspaces::slug_of(&this.app, workspace).await?;
            redirect(&href::section(
                slug.ok_or(Code::NotFound)?.as_str(),
                Section::Members,
            ));
            Ok(())
        })
    }
}
