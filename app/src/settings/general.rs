use crate::backend::{FormProblem, field_problem, problem};
use crate::erased::{Show, memo};
use crate::layout::use_toaster;
use crate::routes::href;
use crate::sync::use_rows;
use crate::ui::{Button, ButtonKind, ButtonVariant, TextField, draft_of};
use crate::workspaces::api::ReaddressWorkspace;
use crate::workspaces::danger::Ending;
use leptos::ev::SubmitEvent;
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::access::Action;
use shared::values::Name;
use shared::workspaces::{Mutation, Workspace};

/// What the workspace is called, and where it is.
#[component]
pub fn General() -> impl IntoView {
    let rows = use_rows();
    let may_edit = memo(move || rows.may_in_workspace(Action::EditWorkspace));
    let name = rows.text(rows.workspace(), |it: &Workspace| it.name.to_string());
    let slug = rows.text(rows.workspace(), |it: &Workspace| it.slug.to_string());
    let plan = rows.text(rows.workspace(), |it: &Workspace| {
        let plan = it.plan.as_ref();
        plan.map_or_else(|| "Everything".to_owned(), ToString::to_string)
    });
    view! {
        <section>
            <h2>"Workspace"</h2>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"Name"</b>
                    "What everybody sees in the sidebar."
                </div>
                <Show
                    when=move || may_edit.get()
                    fallback=move || view! { <span class="settings__value">{name}</span> }
                >
                    <RenameForm/>
                </Show>
            </div>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"Address"</b>
                    "Part of every link to this workspace. Links with an earlier address lead here for good."
                </div>
                <Show
                    when=move || may_edit.get()
                    fallback=move || view! {
                        <span class="settings__value">{move || href::workspace(&slug.read())}</span>
                    }
                >
                    <AddressForm slug=slug/>
                </Show>
            </div>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"Plan"</b>
                    "Nothing is metered: every part of TeamFlow is in every plan."
                </div>
                <span class="settings__value">{plan}</span>
            </div>
        </section>
        <Ending/>
    }
}

/// Another address. The server leads to the page there.
#[component]
fn AddressForm(slug: Memo<String>) -> impl IntoView {
    let readdress = ServerAction::<ReaddressWorkspace>::new();
    let refused = problem(readdress);
    view! {
        <ActionForm action=readdress attr:class="settings__form">
            <input type="hidden" name="workspace" value=use_rows().workspace().to_string()/>
            <FormProblem problem=refused fields=&["slug"]/>
            <TextField
                label="Address"
                label_hidden=true
                name="slug"
                initial=slug.get_untracked()
                maxlength=40_u32
                required=true
                error=field_problem(refused, "slug")
            />
            <Button kind=ButtonKind::Submit busy=readdress.pending()>"Change"</Button>
        </ActionForm>
    }
}

#[component]
fn RenameForm() -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let id = rows.workspace();
    let name = rows.map::<Workspace, _>(id, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let draft = draft_of(name);
    let is_changed = move || draft.read().trim() != *name.read() && !draft.read().trim().is_empty();
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        match Name::parse(&draft.get_untracked()) {
            Ok(name) => {
                draft.set(name.to_string());
                rows.mutate(Mutation::Rename { id, name });
                toaster.tell("Renamed the workspace");
            }
            Err(problem) => toaster.warn(problem),
        }
    };
    view! {
        <form class="settings__form" on:submit=save>
            <TextField label="Name" label_hidden=true name="name" value=draft maxlength=80_u32 required=true/>
            <Button
                kind=ButtonKind::Submit
                variant=ButtonVariant::Primary
                disabled=Signal::derive(move || !is_changed())
            >
                "Rename"
            </Button>
        </form>
    }
}
