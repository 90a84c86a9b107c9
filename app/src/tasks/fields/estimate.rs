use crate::tasks::OpenTask;
use crate::ui::Held;
use leptos::prelude::*;
use shared::tasks::TaskPatch;
use shared::values::Minutes;

/// How long it will take, as people say it: `2h 30m`.
#[component]
pub(super) fn EstimateField(task: OpenTask) -> impl IntoView {
    let estimate = task.map(|it| it.estimate.map(|it| it.to_string()).unwrap_or_default());
    let held = Held::new(estimate.into());
    let shown = held.shown();
    let problem = RwSignal::new(None::<String>);
    let commit = move |text: String| {
        let parsed = match text.trim() {
            "" => Ok(None),
            text => Minutes::parse(text).map(Some),
        };
        problem.set(parsed.as_ref().err().cloned());
        if let Ok(estimate) = parsed {
            task.edit(TaskPatch {
                estimate: Some(estimate),
                ..TaskPatch::default()
            });
        }
    };
    view! {
        <input
            class="field__input"
            type="text"
            aria-label="Estimate"
            aria-invalid=move || problem.read().is_some().then_some("true")
            placeholder="None"
            autocomplete="off"
            disabled=task.is_readonly()
            value=shown.get_untracked()
            prop:value=shown
            on:keydown=move |_| held.hold()
            on:change:target=move |event| {
                commit(event.target().value());
                held.release();
            }
            on:blur=move |_| held.release()
        />
        {move || {
            problem.get().map(|problem| view! { <p class="field-error" role="alert">{problem}</p> })
        }}
    }
}
