use crate::tasks::{OpenTask, priority_words};
use crate::ui::{PickerField, PickerOption, PriorityGlyph};
use leptos::prelude::*;
use shared::tasks::{Priority, TaskPatch};

/// How much it matters.
#[component]
pub(super) fn PriorityField(task: OpenTask) -> impl IntoView {
    let priority = task.map(|it| it.priority);
    let options = || {
        let option = |priority: Priority| {
            PickerOption::new(priority.as_str(), priority_words(priority))
                .glyph(move || view! { <PriorityGlyph priority=priority.as_str()/> })
        };
        Priority::ALL.map(option).to_vec()
    };
    let pick = move |value: String| {
        task.edit(TaskPatch {
            priority: Priority::parse(&value),
            ..TaskPatch::default()
        });
    };
    let name = move || priority.get().as_str().to_owned();
    view! {
        <PickerField
            id="task-priority"
            label="Priority"
            options=Signal::derive(options)
            selected=Signal::derive(move || vec![name()])
            disabled=task.is_readonly()
            on_pick=pick
        >
            <PriorityGlyph priority=Signal::derive(name)/>
            <span class:field__empty=move || priority.get() == Priority::None>
                {move || priority_words(priority.get())}
            </span>
        </PickerField>
    }
}
