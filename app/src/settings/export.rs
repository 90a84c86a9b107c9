use super::api::{DeleteExport, StartExport, list_exports};
use super::backend::ShownExport;
use crate::backend::{Failure, FormProblem, problem};
use crate::sync::use_rows;
use crate::time::Moment;
use crate::ui::{Banner, Button, ButtonKind, ButtonVariant, EmptyState, IconName, Skeleton, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Taking the whole workspace along.
#[component]
pub fn Export() -> impl IntoView {
    let workspace = use_rows().workspace();
    let start = ServerAction::<StartExport>::new();
    let delete = ServerAction::<DeleteExport>::new();
    let looks = RwSignal::new(0_u32);
    let versions = move || (start.version().get(), delete.version().get(), looks.get());
    let exports = Resource::new(versions, move |_| list_exports(workspace));
    view! {
        <section>
            <h2>"Export"</h2>
            <p class="page__lead">
                "Everything in this workspace, private projects too, as lines of JSON in one archive, with a manifest that counts them."
            </p>
            <FormProblem problem=problem(start)/>
            <FormProblem problem=problem(delete)/>
            <ActionForm action=start>
                <input type="hidden" name="workspace" value=workspace.to_string()/>
                <Button
                    kind=ButtonKind::Submit
                    variant=ButtonVariant::Primary
                    icon=IconName::Download
                    busy=start.pending()
                >
                    "Export this workspace"
                </Button>
            </ActionForm>
        </section>
        <section>
            <h2>"Exports"</h2>
            <Transition fallback=|| view! { <Skeleton count=1/> }>
                {move || Suspend::new(async move { list(exports.await, delete, looks) })}
            </Transition>
        </section>
    }
}

fn list(
    exports: Result<Vec<ShownExport>, Failure>,
    delete: ServerAction<DeleteExport>,
    looks: RwSignal<u32>,
) -> AnyView {
    match exports {
        Err(failure) => view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any(),
        Ok(exports) if exports.is_empty() => view! {
            <EmptyState title="No exports" icon=IconName::Download compact=true/>
        }
        .into_any(),
        Ok(exports) => {
            let is_busy = exports
                .iter()
                .any(|export| !export.is_done && export.problem.is_none());
            view! {
                {exports
                    .into_iter()
                    .map(|export| view! { <Row export=export delete=delete/> })
                    .collect_view()}
                {is_busy.then(|| view! {
                    <Button on_click=move |_| looks.update(|looks| *looks += 1)>"Look again"</Button>
                })}
            }
            .into_any()
        }
    }
}

#[component]
fn Row(export: ShownExport, delete: ServerAction<DeleteExport>) -> impl IntoView {
    let workspace = use_rows().workspace();
    let until = (export.problem.is_none() && export.is_done).then_some(export.expires_at);
    let state = match (&export.problem, export.is_done) {
        (Some(problem), _) => problem.clone(),
        (None, true) => format!("{} rows, {} bytes, until ", export.rows, export.bytes),
        (None, false) => "Is being written".to_owned(),
    };
    let link = (export.is_done && export.problem.is_none()).then(|| {
        let address = format!("/exports/{}", export.id);
        view! { <a rel="external" download="" href=address>"Download"</a> }
    });
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b><Moment at=export.created_at/></b>
                <span>{state} {until.map(|at| view! { <Moment at=at/> })}</span>
            </div>
            <div class="settings__edit">
                {link}
                <ActionForm action=delete>
                    <input type="hidden" name="workspace" value=workspace.to_string()/>
                    <input type="hidden" name="id" value=export.id/>
                    <Button kind=ButtonKind::Submit>"Delete"</Button>
                </ActionForm>
            </div>
        </div>
    }
}
