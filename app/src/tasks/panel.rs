use super::description::DescriptionSection;
use super::fields::Fields;
use super::find::{Found, use_found};
use super::foot::Foot;
use super::head::PanelHead;
use super::moving;
use super::open::OpenTask;
use super::subtasks::Subtasks;
use super::title::Title;
use crate::attachments::Attachments;
use crate::checklist_items::Checklist;
use crate::comments::Comments;
use crate::dom::{board, focus, overlay};
use crate::erased::memo;
use crate::layout::{NotHere, PageTitle, use_toaster};
use crate::presence::use_here;
use crate::routes::{href, in_place};
use crate::sync::{use_away, use_rows};
use crate::time::words;
use crate::ui::{Banner, Button, ButtonSize, EmptyState, IconName, Skeleton};
use crate::workspaces::slug_of;
use leptos::ev::KeyboardEvent;
use leptos::html::Aside;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map};
use shared::ids::TaskId;
use shared::projects::Project;
use shared::sync::Cover;
use shared::tasks::{Mutation, Task};

/// How the panel is left: back to the board, with the focus on the task's card.
#[derive(Clone, Copy)]
pub(super) struct Close(Callback<()>);

impl Close {
    pub(super) fn run(self) {
        self.0.run(());
    }
}

/// The panel beside the board.
#[component]
pub fn Panel() -> impl IntoView {
    let rows = use_rows();
    let found = use_found(rows);
    let id = memo(move || match found.get() {
        Found::Task(id, _) => Some(id),
        Found::Waiting | Found::Nothing => None,
    });
    use_here().follow_task(id.into());
    follow_number(id);

    let close = use_close(id);
    provide_context(close);
    let is_expanded = RwSignal::new(false);
    let panel = NodeRef::<Aside>::new();
    Effect::new(move |_| {
        if let Some(panel) = panel.get() {
            focus::take_gently(&panel);
        }
    });
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() && !overlay::is_any_open() {
            event.prevent_default();
            event.stop_propagation();
            close.run();
        }
    };
    let away = use_away();
    let content = move || match found.get() {
        Found::Task(id, project) => {
            let task = OpenTask::new(id, project);
            view! { <Content task=task is_expanded=is_expanded/> }.into_any()
        }
        Found::Waiting if away.get() => view! { <Missing/> }.into_any(),
        Found::Waiting => view! { <Waiting/> }.into_any(),
        Found::Nothing => view! { <Nothing/> }.into_any(),
    };
    view! {
        <aside
            class="panel"
            aria-label="Task"
            tabindex="-1"
            data-expanded=move || is_expanded.get().then_some("true")
            on:keydown=on_keydown
            node_ref=panel
        >
            {content}
        </aside>
    }
}

/// Keeps the address right when the server has given a task another number than this browser guessed, and when the task
/// has gone to another project.
fn follow_number(id: Memo<Option<TaskId>>) {
    let rows = use_rows();
    let params = use_params_map();
    let search = use_location().search;
    let navigate = use_navigate();
    let slug = slug_of(rows);
    Effect::new(move |_| {
        let Some(task) = id.get().and_then(|id| rows.get::<Task>(id)) else {
            return;
        };
        let Some(project) = rows.get::<Project>(task.project) else {
            return;
        };
        let params = params.get_untracked();
        let number = params.get("number").and_then(|number| number.parse().ok());
        let key = params.get("key").unwrap_or_default();
        if number != Some(task.number) || key != project.key.as_str() {
            let to = href::task(&slug, project.key.as_str(), task.number);
            navigate(&href::with_query(to, &search.read_untracked()), in_place());
        }
    });
}

pub(super) fn use_close(id: Memo<Option<TaskId>>) -> Close {
    let rows = use_rows();
    let params = use_params_map();
    let search = use_location().search;
    let navigate = use_navigate();
    let slug = slug_of(rows);
    Close(Callback::new(move |()| {
        let number = id
            .get_untracked()
            .and_then(|id| rows.get_untracked::<Task>(id))
            .map(|task| task.number);
        let key = params.read_untracked().get("key").unwrap_or_default();
        let to = href::with_query(href::board(&slug, &key), &search.read_untracked());
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&to, options);
        if let Some(number) = number {
            focus::later(move || {
                board::focus_card(number);
            });
        }
    }))
}

/// The task, once it is found.
#[component]
fn Content(task: OpenTask, is_expanded: RwSignal<bool>) -> impl IntoView {
    let rows = task.rows;
    let cover = Cover::Task(task.id);
    Effect::new(move |_| rows.want(cover));
    let is_here = memo(move || rows.has(cover));
    let name = memo(move || {
        let title = rows.get::<Task>(task.id).map(|it| it.title.to_string());
        format!("{} {}", task.name(), title.unwrap_or_default())
    });
    view! {
        <PageTitle text=name/>
        <PanelHead task=task is_expanded=is_expanded/>
        <div class="panel__body">
            <Away task=task/>
            <Title task=task/>
            <Fields task=task/>
            <DescriptionSection task=task is_here=is_here/>
            <Subtasks task=task/>
            <Checklist task=task is_here=is_here/>
            <Attachments task=task is_here=is_here/>
            <Comments task=task is_here=is_here/>
            <Foot task=task/>
        </div>
    }
    .into_any()
}

/// Says that the task is not on the board, and offers to bring it back.
#[component]
fn Away(task: OpenTask) -> impl IntoView {
    let toaster = use_toaster();
    let since = task.map(|it| (it.archived_at, it.trashed_at));
    let restore = move |_| {
        let id = task.id;
        let back = match since.get_untracked() {
            (_, Some(_)) => Mutation::SetTrashed { id, trashed: false },
            _ => Mutation::SetArchived {
                id,
                archived: false,
            },
        };
        task.send(back);
        focus::refill(".panel");
        toaster.tell(untrack(|| format!("Restored {}", task.name())));
    };
    let may_restore = memo(move || match since.get() {
        (_, Some(_)) => task.may_delete(),
        _ => task.may_edit(),
    });
    move || {
        let (title, at) = match since.get() {
            (_, Some(at)) => ("In the trash", at),
            (Some(at), None) => ("Archived", at),
            (None, None) => return None,
        };
        let button = move || {
            move || {
                may_restore.get().then(|| {
                    view! { <Button size=ButtonSize::Small on_click=restore>"Restore"</Button> }
                })
            }
        };
        Some(view! {
            <Banner title=title actions=button>
                {format!("Since {}. It is not on the board.", words::day_of(at))}
            </Banner>
        })
    }
}

/// What stands here while the task is on its way.
#[component]
pub(super) fn Waiting() -> impl IntoView {
    view! {
        <header class="panel__head"></header>
        <div class="panel__body" aria-busy="true">
            <Skeleton count=4/>
        </div>
    }
}

/// What stands here where the task's board was never kept.
#[component]
fn Missing() -> impl IntoView {
    view! {
        <header class="panel__head"></header>
        <div class="panel__body">
            <NotHere what="task"/>
        </div>
    }
}

/// Asks whether what is not here has gone to another project, and goes there.
fn follow_moved() {
    let (rows, slug) = (use_rows(), slug_of(use_rows()));
    let (params, navigate) = (use_params_map(), use_navigate());
    let missing = memo(move || {
        let params = params.read();
        let key = params.get("key")?;
        let number: u32 = params.get("number")?.parse().ok()?;
        let projects = rows.all::<Project>();
        let project = projects.iter().find(|it| it.key.as_str() == key)?;
        Some((project.id, number))
    });
    Effect::new(move |_| {
        let Some((left, number)) = missing.get() else {
            return;
        };
        let (navigate, slug) = (navigate.clone(), slug.clone());
        spawn_local(async move {
            let Some((project, number)) = moving::now_at(left, number).await else {
                return;
            };
            if let Some(project) = rows.get_untracked::<Project>(project) {
                let to = href::task(&slug, project.key.as_str(), number);
                navigate(&to, in_place());
            }
        });
    });
}

#[component]
fn Nothing() -> impl IntoView {
    let close = expect_context::<Close>();
    follow_moved();
    view! {
        <header class="panel__head"></header>
        <div class="panel__body">
            <EmptyState
                title="There is no such task"
                text="It was deleted for good, or it is not yours to see."
                icon=IconName::Search
            >
                <Button on_click=move |_| close.run()>"Back to the board"</Button>
            </EmptyState>
        </div>
    }
}
