//! Memos, conditions and lists whose code exists once, and not once for every closure that is handed to them: with some
//! hundred of each, that is a tenth of what a browser downloads. They shadow leptos's own of the same names.

use leptos::children::{ChildrenFn, ViewFn};
use leptos::prelude::{AnyView, Get, IntoAny, IntoView, Memo, component, view};
use std::sync::Arc;
use uuid::Uuid;

/// A value that is computed anew when what it reads has changed, and told on when it differs.
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    compute: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    boxed_memo(Box::new(compute))
}

fn boxed_memo<T: PartialEq + Send + Sync + 'static>(
    compute: Box<dyn Fn() -> T + Send + Sync>,
) -> Memo<T> {
    Memo::new(move |_| compute())
}

/// Shows its children while a condition holds, and a fallback while it does not.
#[component]
pub fn Show<W: Fn() -> bool + Send + Sync + 'static>(
    children: ChildrenFn,
    /// The condition.
    when: W,
    /// What is shown otherwise.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    shown(memo(when), children, fallback)
}

fn shown(when: Memo<bool>, children: ChildrenFn, fallback: ViewFn) -> AnyView {
    (move || {
        if when.get() {
            children()
        } else {
            fallback.run()
        }
    })
    .into_any()
}

/// Shows a view for each id, and keeps the view of an id that stays.
#[component]
pub fn For<I, E, N, V>(
    /// The ids, in order.
    each: E,
    /// The view of one.
    children: N,
) -> impl IntoView
where
    I: Into<Uuid> + From<Uuid> + 'static,
    E: Fn() -> Vec<I> + Send + Sync + 'static,
    N: Fn(I) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    listed(
        Box::new(move || each().into_iter().map(Into::into).collect()),
        Arc::new(move |id| children(I::from(id)).into_any()),
    )
}

type Draw = Arc<dyn Fn(Uuid) -> AnyView + Send + Sync>;

fn listed(each: Box<dyn Fn() -> Vec<Uuid> + Send + Sync>, draw: Draw) -> AnyView {
    view! { <leptos::prelude::For each=each key=|id| *id children=move |id| draw(id)/> }.into_any()
}
