use super::head::href_of;
use super::open::OpenTask;
use super::view;
use crate::erased::{For, Show, memo};
use crate::layout::use_toaster;
use crate::routes::href;
use crate::sync::use_rows;
use crate::ui::{Icon, IconName, StatusGlyph};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use shared::access::Action;
use shared::ids::TaskId;
use shared::statuses::Status;
use shared::sync::List;
use shared::tasks::{Mutation, NewTask, Task};
use shared::values::{Place, Title};

/// The tasks that are part of this one.
#[component]
pub(super) fn Subtasks(task: OpenTask) -> impl IntoView {
    let rows = task.rows;
    let subtasks = memo(move || {
        let mut below = rows.all::<Task>();
        below.retain(|it| it.parent == Some(task.id) && it.trashed_at.is_none());
        below.sort_by_key(|it| it.number);
        below
            .iter()
            .map(|it| (it.id, it.completed_at.is_some()))
            .collect::<Vec<_>>()
    });
    let count = move || {
        let subtasks = subtasks.read();
        let done = subtasks.iter().filter(|(_, done)| *done).count();
        (!subtasks.is_empty()).then(|| format!("{done}/{}", subtasks.len()))
    };
    let ids = move || subtasks.get().into_iter().map(|(id, _)| id).collect();
    let may_add = memo(move || task.may_edit() && rows.may(Action::CreateTasks, task.project));
    view! {
        <Show when=move || may_add.get() || !subtasks.read().is_empty()>
            <section class="panel__section">
                <h3 class="panel__heading">
                    "Subtasks" <span class="panel__count">{count}</span>
                </h3>
                <Show when=move || !subtasks.read().is_empty()>
                    <ul class="subtasks">
                        <For each=ids let:id>
                            <Subtask task=task id=id/>
                        </For>
                    </ul>
                </Show>
                <Show when=move || may_add.get()>
                    <AddSubtask task=task/>
                </Show>
            </section>
        </Show>
    }
}

#[component]
fn Subtask(task: OpenTask, id: TaskId) -> impl IntoView {
    let rows = task.rows;
    let search = use_location().search;
    let address =
        move || href_of(task, id).map(|address| href::with_query(address, &search.read()));
    let number = rows.map::<Task, _>(id, |it| it.map(|it| it.number));
    let name = move || {
        let project = rows.get::<shared::projects::Project>(task.project)?;
        Some(view::name(project.key.as_str(), number.get()?))
    };
    let title = rows.map::<Task, _>(id, |it| it.map(|it| it.title.to_string()));
    let status = move || rows.get::<Status>(rows.get::<Task>(id)?.status);
    let category = move || {
        status()
            .map(|it| it.category.as_str().to_owned())
            .unwrap_or_default()
    };
    let status_name = move || status().map(|it| it.name.to_string());
    let is_done = rows.map::<Task, _>(id, |it| it.is_some_and(|it| it.completed_at.is_some()));
    view! {
        <li class="subtasks__item" data-done=move || is_done.get().then_some("true")>
            <StatusGlyph
                category=Signal::derive(category)
                label=Signal::derive(move || status_name().unwrap_or_default())
            />
            <a class="subtasks__link" href=address>
                <span class="subtasks__key">{name}</span>
                {title}
            </a>
        </li>
    }
    .into_any()
}

#[component]
fn AddSubtask(task: OpenTask) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let draft = RwSignal::new(String::new());
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let text = draft.get_untracked();
        if text.trim().is_empty() {
            return;
        }
        let columns = untrack(|| rows.list_rows::<Status>(List::Statuses(task.project)));
        let parent = rows.get_untracked::<Task>(task.id);
        let status = parent.and_then(|it| view::status_for_subtask(it.status, &columns));
        match (Title::parse(&text), status) {
            (Ok(title), Some(status)) => {
                let fields = NewTask {
                    parent: Some(task.id),
                    ..NewTask::default()
                };
                rows.mutate(Mutation::Create {
                    id: rows.new_id(),
                    project: task.project,
                    status,
                    place: Place::Last,
                    title,
                    fields: Box::new(fields),
                });
                draft.set(String::new());
            }
            (Err(problem), _) => toaster.warn(problem),
            (Ok(_), None) => toaster.warn("The project has no column. Add one first."),
        }
    };
    view! {
        <form class="checklist__add" on:submit=add>
            <Icon name=IconName::Plus/>
            <input
                type="text"
                aria-label="Add a subtask"
                placeholder="Add a subtask"
                maxlength="255"
                autocomplete="off"
                prop:value=draft
                on:input:target=move |event| draft.set(event.target().value())
            />
        </form>
    }
}
