//! The lists of the archive: columns, archived tasks, and the trash.

use super::view;
use crate::dom::focus;
use crate::erased::{For, Show, memo};
use crate::routes::href;
use crate::sync::{Rows, use_rows};
use crate::ui::{Button, ButtonSize, ButtonVariant, IconName, StatusGlyph};
use crate::workspaces::slug_of;
use leptos::prelude::*;
use shared::access::{self, Action, Relation};
use shared::filter::Filter;
use shared::ids::{ProjectId, StatusId, TaskId};
use shared::projects::Project;
use shared::statuses::{self, Category, Status};
use shared::tasks::{self, Task};
use shared::values::{Date, Time};
use std::sync::Arc;

/// How many rows are shown first, and how many more each time.
const ROWS: usize = 50;

/// Why a task is not on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Archived,
    Trashed,
}

impl Kind {
    fn since(self, task: &Task) -> Option<Time> {
        match self {
            Self::Archived if task.trashed_at.is_none() => task.archived_at,
            Self::Archived => None,
            Self::Trashed => task.trashed_at,
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Archived => "Archived tasks",
            Self::Trashed => "Trash",
        }
    }

    fn restore(self, id: TaskId) -> tasks::Mutation {
        match self {
            Self::Archived => tasks::Mutation::SetArchived {
                id,
                archived: false,
            },
            Self::Trashed => tasks::Mutation::SetTrashed { id, trashed: false },
        }
    }

    const fn action(self) -> Action {
        match self {
            Self::Archived => Action::EditTasks,
            Self::Trashed => Action::DeleteTasks,
        }
    }
}

/// Columns that were archived, with their tasks still in them.
#[component]
pub(super) fn ArchivedColumns(project: ProjectId, search: RwSignal<String>) -> impl IntoView {
    let rows = use_rows();
    let columns = memo(move || {
        let wanted = search.read().trim().to_lowercase();
        let mut columns = rows.all::<Status>();
        columns.retain(|status| {
            status.project == project
                && status.archived_at.is_some()
                && status.name.as_str().to_lowercase().contains(&wanted)
        });
        columns.sort_by_key(|status| std::cmp::Reverse(status.archived_at));
        columns.iter().map(|status| status.id).collect::<Vec<_>>()
    });
    view! {
        <Show when=move || !columns.read().is_empty()>
            <section class="page__section">
                <h3 class="archive__heading">"Columns"</h3>
                <ul class="archive">
                    <For each=move || columns.get() let:id>
                        <ColumnRow id=id project=project/>
                    </For>
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn ColumnRow(id: StatusId, project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let name = rows.map::<Status, _>(id, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let category = rows.map::<Status, _>(id, |it| {
        it.map_or(Category::Todo, |it| it.category)
            .as_str()
            .to_owned()
    });
    let count = memo(move || view::count_words(rows.column_total(project, id), None));
    let may = memo(move || is_live(rows, project) && rows.may(Action::EditStatuses, project));
    let restore = move |_| {
        rows.mutate(statuses::Mutation::SetArchived {
            id,
            archived: false,
        });
        leave_row();
    };
    view! {
        <li class="archive__row">
            <StatusGlyph category=category/>
            <span class="archive__title">{name}</span>
            <span class="archive__note">{count}</span>
            <Show when=move || may.get()>
                <Button size=ButtonSize::Small icon=IconName::Restore on_click=restore>
                    "Restore"
                </Button>
            </Show>
        </li>
    }
    .into_any()
}

/// Tasks that are not on the board, the newest first.
#[component]
pub(super) fn ArchivedTasks(
    project: ProjectId,
    project_key: Memo<String>,
    search: RwSignal<String>,
    kind: Kind,
) -> impl IntoView {
    let rows = use_rows();
    let found = memo(move || {
        let filter = Filter {
            text: search.read().trim().to_owned(),
            ..Filter::default()
        };
        let key = project_key.read();
        let mut tasks = rows.all::<Task>();
        tasks.retain(|task| {
            task.project == project && kind.since(task).is_some() && filter.matches(task, &key)
        });
        tasks.sort_by_key(|task| std::cmp::Reverse(kind.since(task)));
        tasks.iter().map(|task| task.id).collect::<Vec<_>>()
    });
    let limit = RwSignal::new(ROWS);
    let shown = move || {
        found
            .read()
            .iter()
            .take(limit.get())
            .copied()
            .collect::<Vec<_>>()
    };
    let hidden = memo(move || found.read().len().saturating_sub(limit.get()));
    view! {
        <Show when=move || !found.read().is_empty()>
            <section class="page__section">
                <h3 class="archive__heading">
                    {kind.heading()}
                    <span class="archive__note">{move || view::grouped(found.read().len())}</span>
                </h3>
                <ul class="archive">
                    <For each=shown let:id>
                        <TaskRow id=id project_key=project_key kind=kind/>
                    </For>
                </ul>
                <Show when=move || hidden.get() != 0>
                    <Button
                        variant=ButtonVariant::Ghost
                        on_click=move |_| limit.update(|limit| *limit += ROWS)
                    >
                        {move || format!("Show more ({} left)", view::grouped(hidden.get()))}
                    </Button>
                </Show>
            </section>
        </Show>
    }
}

#[component]
fn TaskRow(id: TaskId, project_key: Memo<String>, kind: Kind) -> impl IntoView {
    let rows = use_rows();
    let slug = StoredValue::new(slug_of(rows));
    let row = memo(move || rows.get::<Task>(id));
    let restore = move |_| {
        rows.mutate(kind.restore(id));
        leave_row();
    };
    let inside = move || {
        let task = row.get()?;
        let key = project_key.read();
        let href = slug.with_value(|slug| href::task(slug, &key, task.number));
        let status = rows.get::<Status>(task.status);
        let since = kind.since(&task).and_then(|since| Date::of_millis(since.0));
        let since = since.map(|date| view::short_date(date, rows.today().get()));
        let restore = may(rows, kind.action(), &task).then(|| {
            view! {
                <Button size=ButtonSize::Small icon=IconName::Restore on_click=restore>
                    "Restore"
                </Button>
            }
        });
        Some(view! {
            <span class="archive__key">{view::task_key(&key, task.number)}</span>
            <a class="archive__title" href=href>{task.title.to_string()}</a>
            <span class="archive__note">{status.as_deref().map(place)}</span>
            <span class="archive__note">{since}</span>
            {restore}
        })
    };
    view! { <li class="archive__row">{inside}</li> }.into_any()
}

fn leave_row() {
    focus::leave_row(".archive__row", ".button, a");
}

/// The column a task goes back to.
fn place(status: &Status) -> String {
    if status.archived_at.is_some() {
        format!("{} (archived)", status.name)
    } else {
        status.name.to_string()
    }
}

/// Whether anything in a project can be changed. Tracked.
fn is_live(rows: Rows, project: ProjectId) -> bool {
    rows.get::<Project>(project).is_some_and(|it| it.is_live())
}

/// Whether the person may do something with this very task. Tracked.
fn may(rows: Rows, action: Action, task: &Arc<Task>) -> bool {
    let project = rows.get::<Project>(task.project).filter(|it| it.is_live());
    let (Some(member), Some(project)) = (rows.member(), project) else {
        return false;
    };
    let relation = Relation {
        own: task.created_by == member.id,
        assigned: task.assignees.contains(&member.id),
        in_project: access::in_project(
            member.role,
            member.id,
            project.visibility,
            &project.members,
        ),
    };
    member.active && access::can(member.role, action, relation)
}
