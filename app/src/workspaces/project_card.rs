use super::slug_of;
use crate::erased::memo;
use crate::members::face;
use crate::routes::href;
use crate::sync::use_rows;
use crate::ui::AvatarStack;
use leptos::prelude::*;
use shared::ids::ProjectId;
use shared::members::Member;
use shared::projects::Project;
use shared::sync::List;

/// A project among others: its name, how much is in it, and who is on it.
#[component]
pub fn ProjectCard(id: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let slug = StoredValue::new(slug_of(rows));
    let project = memo(move || rows.get::<Project>(id));
    let text = move |read: fn(&Project) -> String| {
        project.with(|project| project.as_deref().map(read).unwrap_or_default())
    };
    let key = move || text(|project| project.key.to_string());
    let tasks = move || project.with(|project| project.as_deref().map_or(0, |p| p.next_number - 1));
    let columns = move || rows.list(List::Statuses(id)).len();
    let faces = memo(move || {
        let members = project.with(|project| {
            project
                .as_deref()
                .map(|project| project.members.clone())
                .unwrap_or_default()
        });
        let faces = members
            .into_iter()
            .filter_map(|member| rows.get::<Member>(member));
        faces.map(|member| face(&member)).collect::<Vec<_>>()
    });
    view! {
        <article
            class="project-card"
            data-color=move || text(|project| project.color.as_str().to_owned())
        >
            <span class="project-card__key">{key}</span>
            <h2 class="project-card__name">
                <a class="project-card__link" href=move || href::board(&slug.read_value(), &key())>
                    {move || text(|project| project.name.to_string())}
                </a>
            </h2>
            <p class="project-card__meta">
                <span>{move || counted(tasks() as usize, "task", "tasks")}</span>
                <span>{move || counted(columns(), "column", "columns")}</span>
                <AvatarStack faces=faces/>
            </p>
        </article>
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
