use super::add::AddLine;
use super::item::Line;
use super::order::Order;
use super::view::{self, Group};
use crate::erased::{For, Show, memo};
use crate::layout::OnItsWay;
use crate::tasks::OpenTask;
use crate::ui::{ProgressBar, SkeletonShape};
use leptos::html::Ul;
use leptos::prelude::*;
use shared::checklist_items::ChecklistItem;
use shared::sync::List;

/// The checklist of a task.
#[component]
pub fn Checklist(
    /// The task.
    task: OpenTask,
    /// Whether its lines are here.
    is_here: Memo<bool>,
) -> impl IntoView {
    let rows = task.rows;
    let said = RwSignal::new(String::new());
    let groups =
        memo(move || view::groups(&rows.list_rows::<ChecklistItem>(List::Checklist(task.id))));
    let counts = task.map(|it| (it.checklist_done, it.checklist_total));
    let headings = memo(move || {
        let groups = groups.read();
        groups
            .iter()
            .map(|group| group.heading.clone())
            .collect::<Vec<_>>()
    });
    let group = move |heading: Option<String>| {
        Signal::derive(move || {
            let groups = groups.read();
            groups
                .iter()
                .find(|group| group.heading == heading)
                .cloned()
        })
    };
    let has_lines = move || counts.get().1 > 0;
    let is_waiting = move || !is_here.get() && groups.read().is_empty() && has_lines();
    view! {
        <Show when=move || has_lines() || task.may_edit()>
            <section class="panel__section">
                <h3 class="panel__heading">"Checklist"</h3>
                <div class="checklist">
                    <Progress counts=counts/>
                    <Show when=is_waiting>
                        <OnItsWay shape=SkeletonShape::Row count=2/>
                    </Show>
                    <leptos::prelude::For each=move || headings.get() key=Clone::clone let:heading>
                        <Lines task=task said=said group=group(heading.clone()) heading=heading/>
                    </leptos::prelude::For>
                    <Show when=move || task.may_edit()>
                        <AddLine task=task headings=headings/>
                    </Show>
                    <p class="visually-hidden" role="status">{said}</p>
                </div>
            </section>
        </Show>
    }
}

#[component]
fn Progress(counts: Memo<(u32, u32)>) -> impl IntoView {
    let has_lines = move || counts.get().1 > 0;
    let share = move || {
        let (done, total) = counts.get();
        Some(f64::from(done) / f64::from(total.max(1)))
    };
    view! {
        <Show when=has_lines>
            <div class="checklist__progress">
                <ProgressBar label="Checklist" value=Signal::derive(share)/>
                <span>{move || format!("{}/{}", counts.get().0, counts.get().1)}</span>
            </div>
        </Show>
    }
}

/// The lines under one heading.
#[component]
fn Lines(
    task: OpenTask,
    said: RwSignal<String>,
    heading: Option<String>,
    group: Signal<Option<Group>>,
) -> impl IntoView {
    let list = NodeRef::<Ul>::new();
    let order = Order::new(task.rows, group, said);
    order.follow_pointer(list, Signal::derive(move || task.may_edit()));
    let ids = move || group.get().map(|group| group.ids).unwrap_or_default();
    view! {
        {heading.map(|heading| view! { <h4 class="checklist__heading">{heading}</h4> })}
        <ul node_ref=list>
            <For each=ids let:id>
                <Line task=task id=id order=order/>
            </For>
        </ul>
    }
    .into_any()
}
