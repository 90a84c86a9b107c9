use super::Invitation;
use super::api::RevokeInvitation;
use crate::backend::Failure;
use crate::members::role;
use crate::sync::use_rows;
use crate::time::words::day_of;
use crate::ui::{Banner, Button, ButtonKind, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::members::Member;
use shared::projects::Project;

/// The invitations that are open.
#[component]
pub(super) fn InvitationList(
    open: Result<Vec<Invitation>, Failure>,
    revoke: ServerAction<RevokeInvitation>,
) -> impl IntoView {
    let open = match open {
        Ok(open) => open,
        Err(failure) => {
            return view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any();
        }
    };
    let rows = use_rows();
    let workspace = rows.workspace();
    let row = |invitation: Invitation| {
        let whom = invitation
            .email
            .unwrap_or_else(|| "Everybody with the link".to_owned());
        let projects = invitation.projects.iter();
        let projects = projects.filter_map(|id| rows.get_untracked::<Project>(*id));
        let names: Vec<String> = projects.map(|it| it.name.to_string()).collect();
        let projects = if names.is_empty() {
            String::new()
        } else {
            format!(" on {}", names.join(", "))
        };
        let placeholder = invitation.placeholder;
        let placeholder = placeholder.and_then(|id| rows.get_untracked::<Member>(id));
        let placeholder = placeholder.map_or(String::new(), |it| {
            format!(", takes over what was imported for {}", it.name)
        });
        let about = format!(
            "{}{projects}{placeholder}, until {}",
            role::name(invitation.role),
            day_of(invitation.expires_at)
        );
        view! {
            <div class="settings__row">
                <div class="settings__label">
                    <b>{whom}</b>
                    {about}
                </div>
                <ActionForm action=revoke>
                    <input type="hidden" name="workspace" value=workspace.to_string()/>
                    <input type="hidden" name="id" value=invitation.id.to_string()/>
                    <Button kind=ButtonKind::Submit>"Revoke"</Button>
                </ActionForm>
            </div>
        }
    };
    open.into_iter().map(row).collect_view().into_any()
}
