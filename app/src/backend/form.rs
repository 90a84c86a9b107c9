//! How a form shows why it was refused.

use super::Failure;
use crate::ui::{Banner, Tone};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Why the last try of a form was refused, if it was.
pub fn problem<S>(action: ServerAction<S>) -> Signal<Option<Failure>>
where
    S: ServerFn<Error = Failure> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|value| value.as_ref()?.as_ref().err().cloned()))
}

/// What is wrong with one field of a form.
pub fn field_problem(
    problem: Signal<Option<Failure>>,
    field: &'static str,
) -> Signal<Option<String>> {
    Signal::derive(move || {
        problem.with(|problem| {
            let failure = problem
                .as_ref()
                .filter(|failure| failure.field() == Some(field))?;
            Some(failure.message().to_owned())
        })
    })
}

/// What is wrong with a form as a whole: shown above it, unless it is about one of its fields.
#[component]
pub fn FormProblem(
    /// Why it was refused.
    problem: Signal<Option<Failure>>,
    /// The fields that show what is wrong with them themselves.
    #[prop(optional)]
    fields: &'static [&'static str],
) -> impl IntoView {
    let message = move || {
        let failure = problem.get()?;
        let shown = failure.field().is_some_and(|field| fields.contains(&field));
        (!shown).then_some(failure.0.message)
    };
    move || message().map(|message| view! { <Banner tone=Tone::Danger>{message}</Banner> })
}
