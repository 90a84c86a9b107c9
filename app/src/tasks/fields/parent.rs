use crate::routes::href;
use crate::tasks::head::href_of;
use crate::tasks::{OpenTask, view};
use crate::ui::{Icon, IconName, IconSize, PickerField, PickerOption};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use shared::projects::Project;
use shared::tasks::{Mutation, Task};
use std::sync::Arc;

/// The task that this one is part of.
#[component]
pub(super) fn ParentField(task: OpenTask) -> impl IntoView {
    let rows = task.rows;
    let parent = task.map(|it| it.parent);
    // Made while the picker is open only, and not again for each letter that is typed into it.
    let options = Memo::new_with_compare(move |_| options(task), |_, _| true);
    let row = move || rows.get::<Task>(parent.get()?);
    let pick = move |value: String| {
        task.send(Mutation::SetParent {
            id: task.id,
            parent: value.parse().ok(),
        });
    };
    let shown = move || {
        let key = rows
            .get::<Project>(task.project)
            .map(|it| it.key.to_string());
        match (row(), key) {
            (Some(row), Some(key)) => view! {
                <span class="subtasks__key">{view::name(&key, row.number)}</span>
                <span class="field__text">{row.title.to_string()}</span>
            }
            .into_any(),
            _ => view! { <span class="field__empty">"None"</span> }.into_any(),
        }
    };
    let search = use_location().search;
    let address = move || {
        let address = href_of(task, parent.get()?)?;
        Some(href::with_query(address, &search.read()))
    };
    view! {
        <PickerField
            id="task-parent"
            label="Parent"
            placeholder="Find by key or title"
            options=options
            selected=Signal::derive(move || parent.get().iter().map(ToString::to_string).collect())
            disabled=task.is_readonly()
            on_pick=pick
        >
            {shown}
        </PickerField>
        {move || {
            address().map(|address| view! {
                <a class="icon-button" data-size="small" href=address aria-label="Open the parent">
                    <Icon name=IconName::ArrowRight size=IconSize::Small/>
                </a>
            })
        }}
    }
}

/// The tasks of the project that can be above this one, the newest first.
fn options(task: OpenTask) -> Vec<PickerOption> {
    let rows = task.rows;
    let tasks = rows.all::<Task>();
    let key = rows
        .get::<Project>(task.project)
        .map(|it| it.key.to_string())
        .unwrap_or_default();
    let family = view::family(task.id, &tasks);
    let mut above: Vec<&Arc<Task>> = tasks
        .iter()
        .filter(|it| it.project == task.project && it.is_live() && !family.contains(&it.id))
        .collect();
    above.sort_by_key(|it| std::cmp::Reverse(it.number));
    let option = |it: &Arc<Task>| {
        PickerOption::new(it.id.to_string(), it.title.to_string()).hint(view::name(&key, it.number))
    };
    let none = PickerOption::new("", "No parent");
    std::iter::once(none)
        .chain(above.into_iter().map(option))
        .collect()
}
