use super::form::CommentForm;
use super::item::CommentItem;
use super::view;
use crate::erased::{For, Show, memo};
use crate::layout::OnItsWay;
use crate::tasks::OpenTask;
use crate::ui::SkeletonShape;
use leptos::prelude::*;
use shared::comments::Comment;

/// The comments of a task, and a box for another.
#[component]
pub fn Comments(
    /// The task.
    task: OpenTask,
    /// Whether its comments are here.
    is_here: Memo<bool>,
) -> impl IntoView {
    let rows = task.rows;
    let ids = memo(move || view::of_task(&rows.all::<Comment>(), task.id));
    let total = task.map(|it| it.comment_count);
    let is_waiting = move || !is_here.get() && ids.read().is_empty() && total.get() > 0;
    view! {
        <section class="panel__section">
            <h3 class="panel__heading">
                "Comments"
                <span class="panel__count">
                    {move || Some(total.get()).filter(|total| *total > 0)}
                </span>
            </h3>
            <div class="comments">
                <Show when=is_waiting>
                    <OnItsWay shape=SkeletonShape::Row count=2/>
                </Show>
                <For each=move || ids.get() let:id>
                    <CommentItem task=task id=id/>
                </For>
                <Show when=move || task.may_comment()>
                    <CommentForm task=task/>
                </Show>
            </div>
        </section>
    }
}
