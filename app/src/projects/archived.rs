use crate::dom::focus;
use crate::erased::{For, Show, memo};
use crate::layout::use_toaster;
use crate::routes::href;
use crate::sync::{Rows, use_rows};
use crate::time::words;
use crate::ui::{Button, ButtonSize, EmptyState, IconName, Swatch};
use crate::workspaces::slug_of;
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::ProjectId;
use shared::projects::{Mutation, Project};
use shared::values::{Date, Time};

/// How a project was put away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It can be read.
    Archived,
    /// It cannot be found.
    Trashed,
}

impl Kind {
    /// Since when a project is away in this manner.
    fn since(self, project: &Project) -> Option<Time> {
        match self {
            Self::Archived if project.trashed_at.is_none() => project.archived_at,
            Self::Archived => None,
            Self::Trashed => project.trashed_at,
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Archived => "Archived projects",
            Self::Trashed => "Trash",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Archived => {
                "Whoever sees them can read them. Nothing in them changes until they are restored."
            }
            Self::Trashed => {
                "They are found nowhere else. They keep their keys, and everything in them, until they are restored."
            }
        }
    }

    const fn restore(self, id: ProjectId) -> Mutation {
        match self {
            Self::Archived => Mutation::SetArchived {
                id,
                archived: false,
            },
            Self::Trashed => Mutation::SetTrashed { id, trashed: false },
        }
    }

    const fn action(self) -> Action {
        match self {
            Self::Archived => Action::EditProjects,
            Self::Trashed => Action::DeleteProjects,
        }
    }
}

/// The projects that are away in a manner, the newest first. Tracked.
fn away(rows: Rows, kind: Kind) -> Vec<ProjectId> {
    let mut projects = rows.all::<Project>();
    projects.retain(|it| kind.since(it).is_some());
    projects.sort_by_key(|it| std::cmp::Reverse((kind.since(it), it.id)));
    projects.iter().map(|it| it.id).collect()
}

/// The projects of the workspace that were archived or moved to the trash, to restore them.
#[component]
pub fn ArchivedProjects() -> impl IntoView {
    let rows = use_rows();
    let archived = memo(move || away(rows, Kind::Archived));
    let trashed = memo(move || away(rows, Kind::Trashed));
    view! {
        <List kind=Kind::Archived ids=archived/>
        <Show when=move || !trashed.read().is_empty()>
            <List kind=Kind::Trashed ids=trashed/>
        </Show>
    }
}

#[component]
fn List(kind: Kind, ids: Memo<Vec<ProjectId>>) -> impl IntoView {
    view! {
        <section>
            <h2>{kind.heading()}</h2>
            <Show
                when=move || !ids.read().is_empty()
                fallback=|| view! {
                    <EmptyState
                        title="Nothing is archived"
                        text="A project that nobody works on any more is archived in its settings. It waits here, and can be restored."
                        icon=IconName::Archive
                        compact=true
                    />
                }
            >
                <p class="page__lead">{kind.meaning()}</p>
                <ul class="archive">
                    <For each=move || ids.get() let:id>
                        <ProjectRow id=id kind=kind/>
                    </For>
                </ul>
            </Show>
        </section>
    }
}

#[component]
fn ProjectRow(id: ProjectId, kind: Kind) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let name = rows.text(id, |it: &Project| it.name.to_string());
    let key = rows.text(id, |it: &Project| it.key.to_string());
    let color = rows.text(id, |it: &Project| it.color.to_string());
    let since = rows.map::<Project, _>(id, move |it| {
        let date = kind.since(it?).and_then(|since| Date::of_millis(since.0));
        date.map(words::day)
    });
    let may = memo(move || rows.may(kind.action(), id));
    let restore = move |_| {
        let text = format!("Restored the project {}", name.read_untracked());
        toaster.do_undoably(kind.restore(id), text);
        focus::leave_row(".archive__row", ".button, a");
    };
    let slug = StoredValue::new(slug_of(rows));
    let title = match kind {
        Kind::Archived => {
            let board = move || slug.with_value(|slug| href::board(slug, &key.read()));
            view! { <a class="archive__title" href=board>{name}</a> }.into_any()
        }
        Kind::Trashed => view! { <span class="archive__title">{name}</span> }.into_any(),
    };
    view! {
        <li class="archive__row">
            <Swatch color=color/>
            <span class="archive__key">{key}</span>
            {title}
            <span class="archive__note">{since}</span>
            <Show when=move || may.get()>
                <Button size=ButtonSize::Small icon=IconName::Restore on_click=restore>
                    "Restore"
                    <span class="visually-hidden">" " {name}</span>
                </Button>
            </Show>
        </li>
    }
    .into_any()
}
