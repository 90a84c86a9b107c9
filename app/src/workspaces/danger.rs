use super::api::{DeleteWorkspace, HandOverWorkspace, LeaveWorkspace};
use crate::backend::{FormProblem, field_problem, problem};
use crate::erased::{Show, memo};
use crate::sync::use_rows;
use crate::ui::{
    Button, ButtonKind, ButtonVariant, Dialog, DialogSize, Select, SelectOption, TextField,
};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::access::{Action, Role};
use shared::members::Member;
use shared::sorted::sorted_by_key;
use shared::workspaces::Workspace;
use std::sync::Arc;

/// Going away, giving the workspace to somebody else, and deleting it.
#[component]
pub fn Ending() -> impl IntoView {
    let rows = use_rows();
    let is_owner = memo(move || rows.may_in_workspace(Action::TransferOwnership));
    let may_delete = memo(move || rows.may_in_workspace(Action::DeleteWorkspace));
    view! {
        <section>
            <h2>"Leaving"</h2>
            <Show when=move || is_owner.get()>
                <HandOver/>
            </Show>
            <Leave/>
            <Show when=move || may_delete.get()>
                <Delete/>
            </Show>
        </section>
    }
}

#[component]
fn Leave() -> impl IntoView {
    let leave = ServerAction::<LeaveWorkspace>::new();
    let workspace = use_rows().workspace().to_string();
    view! {
        <FormProblem problem=problem(leave)/>
        <div class="settings__row">
            <div class="settings__label">
                <b>"Leave this workspace"</b>
                "Your work stays. An admin can let you in again."
            </div>
            <ActionForm action=leave>
                <input type="hidden" name="workspace" value=workspace/>
                <Button kind=ButtonKind::Submit busy=leave.pending()>"Leave"</Button>
            </ActionForm>
        </div>
    }
}

/// Choosing who becomes owner instead of the one who looks.
#[component]
fn HandOver() -> impl IntoView {
    let rows = use_rows();
    let hand_over = ServerAction::<HandOverWorkspace>::new();
    let refused = problem(hand_over);
    let heirs = Signal::derive(move || {
        let mut members = rows.all::<Member>();
        members.retain(|it| it.active && !it.placeholder && !it.bot && it.role != Role::Owner);
        let members = sorted_by_key(members, |it| it.name.as_str().to_lowercase());
        let option = |it: &Arc<Member>| SelectOption {
            value: it.id.to_string(),
            text: it.name.to_string(),
        };
        members.iter().map(option).collect::<Vec<_>>()
    });
    view! {
        <FormProblem problem=refused/>
        <div class="settings__row">
            <div class="settings__label">
                <b>"Hand over"</b>
                "Makes somebody else owner, and you an admin."
            </div>
            <Show
                when=move || !heirs.read().is_empty()
                fallback=|| view! { <span class="settings__value">"Nobody else is here yet"</span> }
            >
                <ActionForm action=hand_over attr:class="settings__form">
                    <input type="hidden" name="workspace" value=rows.workspace().to_string()/>
                    <Select label="New owner" label_hidden=true name="to" options=heirs/>
                    <Button kind=ButtonKind::Submit busy=hand_over.pending()>"Hand over"</Button>
                </ActionForm>
            </Show>
        </div>
    }
}

#[component]
fn Delete() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>"Delete this workspace"</b>
                "Everybody is out at once. For 30 days you can restore it; then it is gone for good."
            </div>
            <Button variant=ButtonVariant::Danger on_click=move |_| open.set(true)>"Delete…"</Button>
        </div>
        <Dialog open=open title="Delete this workspace" size=DialogSize::Small>
            <DeleteForm open=open/>
        </Dialog>
    }
}

#[component]
fn DeleteForm(open: RwSignal<bool>) -> impl IntoView {
    let rows = use_rows();
    let delete = ServerAction::<DeleteWorkspace>::new();
    let refused = problem(delete);
    let name = rows.map::<Workspace, _>(rows.workspace(), |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let typed = RwSignal::new(String::new());
    view! {
        <FormProblem problem=refused fields=&["name"]/>
        <ActionForm action=delete attr:class="form">
            <p>
                "Everybody is out at once. For 30 days you find it under Your workspaces, to restore it."
            </p>
            <input type="hidden" name="workspace" value=rows.workspace().to_string()/>
            <TextField
                label=format!("Type its name: {}", name.get_untracked())
                name="name"
                id="delete-workspace-name"
                value=typed
                autocomplete="off"
                required=true
                autofocus=true
                error=field_problem(refused, "name")
            />
            <div class="form__actions">
                <Button on_click=move |_| open.set(false)>"Cancel"</Button>
                <Button
                    variant=ButtonVariant::Danger
                    kind=ButtonKind::Submit
                    busy=delete.pending()
                    disabled=Signal::derive(move || typed.read().trim() != *name.read())
                >
                    "Delete workspace"
                </Button>
            </div>
        </ActionForm>
    }
}
