use leptos::prelude::*;

/// How far something has come.
#[component]
pub fn ProgressBar(
    /// What is going on.
    #[prop(into)]
    label: Signal<String>,
    /// From 0 to 1; none while it cannot be told.
    #[prop(optional, into)]
    value: MaybeProp<f64>,
) -> impl IntoView {
    view! {
        <progress
            class="progress"
            max="1"
            value=move || value.get().map(|value| format!("{:.3}", value.clamp(0.0, 1.0)))
            data-done=move || value.get().is_some_and(|value| value >= 1.0).then_some("true")
            aria-label=label
        ></progress>
    }
}
