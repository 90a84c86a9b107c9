//! Who comes into a workspace, and as whom, for the pages.

use super::{RequestBackend, field};
use crate::access::Visit;
use crate::invitations::{self, Wanted};
use crate::members;
use ::app::backend::{Answer, InvitationsBackend};
use ::app::invitations::{Invitation, NewInvitation, ShownInvitation};
use ::app::routes::href;
use leptos_axum::redirect;
use shared::access::Role;
use shared::codes::Rejected;
use shared::ids::{InvitationId, ProjectId, UserId, WorkspaceId};
use shared::values::Email;

fn invitation(made: invitations::Invitation) -> Invitation {
    Invitation {
        id: made.id,
        email: made.email.map(|email| email.to_string()),
        role: made.role,
        projects: made.projects,
        placeholder: made.placeholder,
        expires_at: made.expires_at,
    }
}

/// Whom a form names.
fn person(field: &str, id: &str) -> Result<UserId, Rejected> {
    id.parse()
        .map_err(|_| Rejected::field(field, "Choose who it is."))
}

impl InvitationsBackend for RequestBackend {
    fn find_invitation(&self, token: String) -> Answer<ShownInvitation> {
        self.answer(|this| async move {
            let shown = invitations::show(&this.app, &token).await?;
            Ok(ShownInvitation {
                workspace: shown.workspace.into(),
                inviter: shown.inviter.into(),
                role: shown.role,
                projects: shown.projects.into_iter().map(String::from).collect(),
                placeholder: shown.placeholder.map(String::from),
                email: shown.email.map(|email| email.to_string()),
            })
        })
    }

    fn accept_invitation(&self, token: String) -> Answer<()> {
        self.answer(|this| async move {
            let user = this.user().await?;
            let slug = invitations::accept(&this.app, &user, &token).await?;
            redirect(&href::workspace(slug.as_str()));
            Ok(())
        })
    }

    fn list_invitations(&self, workspace: WorkspaceId) -> Answer<Vec<Invitation>> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let open = invitations::list(&this.app, &visit).await?;
            Ok(open.into_iter().map(invitation).collect())
        })
    }

    fn create_invitation(
        &self,
        workspace: WorkspaceId,
        role: Role,
        email: Option<String>,
        days: u32,
        projects: Vec<String>,
        placeholder: String,
    ) -> Answer<NewInvitation> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let visit = Visit::to(&this.app, &who, workspace).await?;
            let email = email.filter(|email| !email.trim().is_empty());
            let email = email
                .map(|email| field("email", Email::parse(&email)))
                .transpose()?;
            let projects = projects.iter().filter(|id| !id.is_empty());
            let projects = projects.map(|id| {
                let parsed = id.parse::<ProjectId>();
                parsed.map_err(|_| Rejected::field("projects", format!("{id} is no project's id.")))
            });
            let projects = projects.collect::<Result<Vec<_>, _>>()?;
            let placeholder = (!placeholder.is_empty())
                .then(|| person("placeholder", &placeholder))
                .transpose()?;
            let is_sent = email.is_some() && this.app.mailer.is_there();
            let wanted = Wanted {
                email,
                role,
                projects,
                placeholder,
                days,
            };
            let (made, address) = invitations::create(&this.app, &visit, &who.name, wanted).await?;
            Ok(NewInvitation {
                invitation: invitation(made),
                address,
                is_sent,
            })
        })
    }

    fn revoke_invitation(&self, workspace: WorkspaceId, id: InvitationId) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            invitations::revoke(&this.app, &visit, id).await
        })
    }

    fn claim_placeholder(&self, workspace: WorkspaceId, id: UserId, user: String) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            members::claim(&this.app, &visit, id, person("user", &user)?).await
        })
    }
}
