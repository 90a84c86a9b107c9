use crate::layout::use_toaster;
use crate::tasks::{OpenTask, view};
use crate::ui::{PickerField, PickerOption};
use leptos::prelude::*;
use shared::tasks::TaskPatch;
use shared::values::Points;

/// Story points: those that are offered, or any other number.
#[component]
pub(super) fn PointsField(task: OpenTask) -> impl IntoView {
    let toaster = use_toaster();
    let points = task.map(|it| it.points);
    let open = RwSignal::new(false);
    let set = move |points: Option<Points>| {
        task.edit(TaskPatch {
            points: Some(points),
            ..TaskPatch::default()
        });
    };
    let options = move || {
        let option = |points| PickerOption::new(view::points_value(points), points.to_string());
        let mut options: Vec<_> = Points::OFFERED.map(option).to_vec();
        if points.get().is_some() {
            options.insert(0, PickerOption::new("", "No points"));
        }
        options
    };
    let type_in = move |text: String| match Points::parse(&text) {
        Ok(points) => {
            set(Some(points));
            open.set(false);
        }
        Err(problem) => toaster.warn(problem),
    };
    view! {
        <PickerField
            id="task-points"
            label="Points"
            placeholder="Points, such as 3 or 0.5"
            create_verb="Set"
            open=open
            options=Signal::derive(options)
            selected=Signal::derive(move || points.get().map(view::points_value).into_iter().collect())
            disabled=task.is_readonly()
            on_create=type_in
            on_pick=move |value: String| set(view::points_of(&value))
        >
            <span class:field__empty=move || points.get().is_none()>
                {move || points.get().map_or_else(|| "None".to_owned(), |it| it.to_string())}
            </span>
        </PickerField>
    }
}
