use crate::tasks::OpenTask;
use crate::ui::HeldInput;
use leptos::prelude::*;
use shared::tasks::TaskPatch;
use shared::values::Minutes;

/// How long it will take, as people say it: `2h 30m`.
#[component]
pub(super) fn EstimateField(task: OpenTask) -> impl IntoView {
    let estimate = task.map(|it| it.estimate.map(|it| it.to_string()).unwrap_or_default());
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
        <HeldInput
            kind="text"
            value=estimate
            on_commit=commit
            attr:class="field__input"
            attr:aria-label="Estimate"
            attr:aria-invalid=move || problem.read().is_some().then_some("true")
            attr:placeholder="None"
            attr:autocomplete="off"
            attr:disabled=task.is_readonly()
        />
        {move || {
            problem.get().map(|problem| view! { <p class="field-error" role="alert">{problem}</p> })
        }}
    }
}
