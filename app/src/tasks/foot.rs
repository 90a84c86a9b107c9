use super::open::OpenTask;
use crate::time::TimeAgo;
use leptos::prelude::*;
use shared::members::Member;

/// Who made the task, when, and when it was done.
#[component]
pub(super) fn Foot(task: OpenTask) -> impl IntoView {
    let rows = task.rows;
    let author = rows.map::<shared::tasks::Task, _>(task.id, |it| it.map(|it| it.created_by));
    let name = move || {
        let member = author.get().and_then(|id| rows.get::<Member>(id));
        member
            .map(|member| member.name.to_string())
            .unwrap_or_default()
    };
    let created = task.map(|it| it.created_at);
    let completed = task.map(|it| it.completed_at);
    view! {
        <footer class="panel__foot">
            <p>"Created by " {name} " · " <TimeAgo at=created/></p>
            {move || completed.get().map(|at| view! { <p>"Done · " <TimeAgo at=at/></p> })}
        </footer>
    }
}
