use super::menu::TaskMenu;
use super::open::OpenTask;
use super::panel::Close;
use super::view;
use crate::dom::page_load;
use crate::erased::memo;
use crate::layout::use_toaster;
use crate::routes::href;
use crate::ui::{Icon, IconButton, IconName};
use crate::workspaces::slug_of;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use shared::ids::TaskId;
use shared::projects::Project;
use shared::sync::List;
use shared::tasks::Task;

/// The panel's bar: the task's name, its neighbours, and what can be done with it as a whole.
#[component]
pub(super) fn PanelHead(task: OpenTask, is_expanded: RwSignal<bool>) -> impl IntoView {
    let rows = task.rows;
    let toaster = use_toaster();
    let close = expect_context::<Close>();
    let status = rows.map::<Task, _>(task.id, |it| it.map(|it| it.status));
    let neighbours = memo(move || {
        let column = status.get().map(|status| rows.list(List::Tasks(status)));
        let column: Vec<TaskId> = column
            .unwrap_or_default()
            .into_iter()
            .map(TaskId::from)
            .collect();
        view::neighbours(&column, task.id)
    });
    let copy_link = move |_| {
        let here = href_of(task, task.id).unwrap_or_default();
        toaster.copy(&format!("{}{here}", page_load::origin()), "the link");
    };
    let expand_label = move || {
        if is_expanded.get() {
            "Beside the board"
        } else {
            "Expand"
        }
    };
    view! {
        <header class="panel__head">
            <span class="panel__key">{move || task.name()}</span>
            <div class="panel__actions">
                <Step task=task to=Signal::derive(move || neighbours.read().0) text="Previous task" icon=IconName::ChevronUp/>
                <Step task=task to=Signal::derive(move || neighbours.read().1) text="Next task" icon=IconName::ChevronDown/>
                <IconButton icon=IconName::Link label="Copy link" on_click=copy_link/>
                <span class="panel__expand">
                    <IconButton
                        icon=IconName::Expand
                        label=Signal::derive(move || expand_label().to_owned())
                        pressed=is_expanded
                        on_click=move |_| is_expanded.update(|it| *it = !*it)
                    />
                </span>
                <TaskMenu task=task/>
                <IconButton
                    icon=IconName::Close
                    label="Close"
                    kbd="Esc"
                    tooltip_end=true
                    on_click=move |_| close.run()
                />
            </div>
        </header>
    }
}

/// A link to a neighbour; at the end of the column there is none.
#[component]
fn Step(
    task: OpenTask,
    to: Signal<Option<TaskId>>,
    text: &'static str,
    icon: IconName,
) -> impl IntoView {
    let search = use_location().search;
    let address = move || {
        let address = href_of(task, to.get()?)?;
        Some(href::with_query(address, &search.read()))
    };
    view! {
        <a
            class="icon-button"
            href=address
            role="link"
            aria-label=text
            aria-disabled=move || to.read().is_none().then_some("true")
            data-tooltip=text
            data-noscroll="true"
        >
            <Icon name=icon/>
        </a>
    }
}

/// Where a task of the same project is. Tracked.
pub(super) fn href_of(task: OpenTask, id: TaskId) -> Option<String> {
    let project = task.rows.get::<Project>(task.project)?;
    let other = task.rows.get::<Task>(id)?;
    Some(href::task(
        &slug_of(task.rows),
        project.key.as_str(),
        other.number,
    ))
}
