use super::Program;
use super::api::{CreateProgram, DeleteProgram, list_programs};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::sync::use_rows;
use crate::ui::{Banner, Button, ButtonKind, ButtonVariant, Skeleton, TextArea, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Programs that people of the workspace may let in, registered by its admins.
#[component]
pub fn Programs() -> impl IntoView {
    let workspace = use_rows().workspace();
    let create = ServerAction::<CreateProgram>::new();
    let delete = ServerAction::<DeleteProgram>::new();
    let versions = move || (create.version().get(), delete.version().get());
    let all = LocalResource::new(move || {
        versions();
        list_programs(workspace)
    });
    let refused = problem(create);
    view! {
        <section>
            <h2>"Programs"</h2>
            <p class="page__lead">
                "Register a program that members may let in to act for them here (OAuth 2.1 with PKCE, no secret). Each of them decides and can end it at any time."
            </p>
            <FormProblem problem=refused fields=&["name", "redirects"]/>
            <ActionForm action=create attr:class="form key-form">
                <input type="hidden" name="workspace" value=workspace.to_string()/>
                <TextField
                    label="Name"
                    name="name"
                    id="program-name"
                    placeholder="Dashboard"
                    required=true
                    maxlength=80_u32
                    error=field_problem(refused, "name")
                />
                <TextArea
                    label="Redirect addresses"
                    name="redirects"
                    placeholder="https://dashboard.example.org/callback"
                    hint="One on each line, exactly as the program sends it."
                    required=true
                    rows=2
                    error=field_problem(refused, "redirects")
                />
                <div class="form__actions">
                    <Button kind=ButtonKind::Submit busy=create.pending()>"Register program"</Button>
                </div>
            </ActionForm>
            <FormProblem problem=problem(delete)/>
            <Transition fallback=|| view! { <Skeleton count=1/> }>
                {move || Suspend::new(async move {
                    let all: Result<Vec<Program>, _> = all.await;
                    view! { <ProgramList all=all delete=delete/> }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn ProgramList(
    all: Result<Vec<Program>, Failure>,
    delete: ServerAction<DeleteProgram>,
) -> impl IntoView {
    let all = match all {
        Ok(all) => all,
        Err(failure) => {
            return view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any();
        }
    };
    let workspace = use_rows().workspace();
    let row = move |program: Program| {
        view! {
            <div class="settings__row">
                <div class="settings__label">
                    <b>{program.name}</b>
                    <code class="key-prefix">{program.id.clone()}</code>
                    <span>{program.redirects.join(", ")}</span>
                </div>
                <ActionForm action=delete>
                    <input type="hidden" name="workspace" value=workspace.to_string()/>
                    <input type="hidden" name="id" value=program.id/>
                    <Button variant=ButtonVariant::Danger kind=ButtonKind::Submit>"Remove"</Button>
                </ActionForm>
            </div>
        }
    };
    all.into_iter().map(row).collect_view().into_any()
}
