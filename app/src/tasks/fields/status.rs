use crate::statuses;
use crate::tasks::OpenTask;
use crate::ui::{PickerField, StatusGlyph};
use leptos::prelude::*;
use shared::statuses::Status;
use shared::tasks::{Mutation, Task};
use shared::values::Place;

/// The column.
#[component]
pub(super) fn StatusField(task: OpenTask) -> impl IntoView {
    let rows = task.rows;
    let id = rows.map::<Task, _>(task.id, |it| it.map(|it| it.status));
    let status = move || rows.get::<Status>(id.get()?);
    let text = move |read: fn(&Status) -> String| {
        Signal::derive(move || status().as_deref().map(read).unwrap_or_default())
    };
    let color = move || status().as_deref().and_then(statuses::own_color);
    let pick = move |value: String| {
        if let Some(status) = value
            .parse()
            .ok()
            .filter(|it| Some(*it) != id.get_untracked())
        {
            task.send(Mutation::Move {
                id: task.id,
                status,
                place: Place::First,
            });
        }
    };
    view! {
        <PickerField
            id="task-status"
            label="Status"
            options=Signal::derive(move || statuses::choices(rows, task.project))
            selected=Signal::derive(move || id.get().iter().map(ToString::to_string).collect())
            disabled=task.is_readonly()
            on_pick=pick
        >
            <StatusGlyph
                category=text(|it| it.category.as_str().to_owned())
                color=Signal::derive(color)
            />
            {text(|it| it.name.to_string())}
        </PickerField>
    }
}
