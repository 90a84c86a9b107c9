//! What every labelled field has below it: a hint, and what is wrong.

use leptos::prelude::*;

/// The ids that describe a field to screen readers.
pub(super) fn described_by(
    id: &str,
    has_hint: bool,
    error: MaybeProp<String>,
) -> impl Fn() -> Option<String> + Clone + Send + Sync + use<> {
    let (hint, problem) = (format!("{id}-hint"), format!("{id}-error"));
    move || match (has_hint, error.read().is_some()) {
        (true, true) => Some(format!("{hint} {problem}")),
        (true, false) => Some(hint.clone()),
        (false, true) => Some(problem.clone()),
        (false, false) => None,
    }
}

/// The lines below a field.
#[component]
pub(super) fn FieldNotes(
    /// The field's id.
    id: String,
    /// A line of help.
    hint: Option<String>,
    /// What is wrong and what to do.
    error: MaybeProp<String>,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    view! {
        {hint.map(|hint| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> })}
        {move || {
            let id = error_id.clone();
            error.get().map(|error| view! { <p class="field-error" id=id role="alert">{error}</p> })
        }}
    }
}
