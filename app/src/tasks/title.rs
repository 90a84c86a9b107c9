use super::open::OpenTask;
use crate::layout::use_toaster;
use crate::ui::EditableText;
use leptos::prelude::*;
use shared::tasks::TaskPatch;

/// The title, edited where it stands.
#[component]
pub(super) fn Title(task: OpenTask) -> impl IntoView {
    let toaster = use_toaster();
    let title = task.map(|it| it.title.to_string());
    let rename = move |text: String| match shared::values::Title::parse(&text) {
        Ok(title) => task.edit(TaskPatch {
            title: Some(title),
            ..TaskPatch::default()
        }),
        Err(problem) => toaster.warn(problem),
    };
    view! {
        <h2 class="panel__title">
            <EditableText
                value=title
                label="Title"
                maxlength=255_u32
                readonly=task.is_readonly()
                on_commit=rename
            />
        </h2>
    }
}
