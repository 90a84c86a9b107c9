use super::add_column::AddColumn;
use super::board_empty::{FilteredOut, NothingYet};
use super::column::Column;
use super::column_switch::ColumnSwitch;
use super::filter_bar::FilterBar;
use super::keys::{on_keydown, use_board_keys};
use super::pointer;
use super::state::{Board, Doing};
use super::top_bar::TopBar;
use crate::chunks::{Fetched, Part, Tool};
use crate::dom::board as screen;
use crate::dom::frame::once_a_frame;
use crate::erased::For;
use crate::layout::PageTitle;
use crate::presence::use_here;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use shared::projects::Project;
use shared::sync::Cover;

/// The board of a project.
#[component]
pub(super) fn BoardView(
    /// What its parts share.
    board: Board,
) -> impl IntoView {
    provide_context(board);
    use_here().follow_project(Signal::stored(Some(board.project)));
    Effect::new(move |_| board.rows.want(Cover::Board(board.project)));
    use_board_keys(board);
    // On a phone: the index of the column that is shown.
    let in_sight = RwSignal::new(0_usize);
    let name = board.rows.map::<Project, _>(board.project, |project| {
        project.map(|it| it.name.to_string()).unwrap_or_default()
    });
    view! {
        <PageTitle text=name/>
        <TopBar name=name/>
        <main class="page" id="main" tabindex="-1" data-kind="board">
            <Archived board=board/>
            <FilterBar/>
            <ColumnSwitch in_sight=in_sight/>
            <Columns board=board in_sight=in_sight/>
            <NothingYet/>
            <FilteredOut/>
            <Outlet/>
            <p class="visually-hidden" id="board-keys">
                "Enter opens, Space picks up, arrow keys move."
            </p>
            <p class="visually-hidden" role="status" aria-live="polite">{board.said}</p>
        </main>
        <Open board=board/>
    }
}

/// Says that the project is archived, where it is.
#[component]
fn Archived(board: Board) -> impl IntoView {
    let project = board.project;
    let is_archived = board.rows.map::<Project, _>(project, |project| {
        project.is_some_and(|it| it.archived_at.is_some())
    });
    move || {
        let is_archived = is_archived.get();
        is_archived.then(|| view! { <Fetched part=Part::Tool(Tool::Archived(project))/> })
    }
}

/// The dialog or the choices that are open.
#[component]
fn Open(board: Board) -> impl IntoView {
    move || match board.doing.get() {
        Doing::Column(status) => {
            view! { <Fetched part=Part::Tool(Tool::Column(status))/> }.into_any()
        }
        Doing::Choosing(field, task) => {
            view! { <Fetched part=Part::Tool(Tool::Choices(field, task))/> }.into_any()
        }
        Doing::Nothing | Doing::NewTask(_) | Doing::NewColumn => ().into_any(),
    }
}

/// The columns side by side, and what happens to the cards in them.
#[component]
fn Columns(board: Board, in_sight: RwSignal<usize>) -> impl IntoView {
    pointer::watch(board);
    let on_focus = move |event: leptos::ev::FocusEvent| {
        // A press focuses the link in a card; the keys and what is drawn anew belong to the card itself.
        let number = screen::focus_around(&event);
        let task = number.and_then(|number| board.task(number));
        if let Some(task) = task.filter(|task| board.current.get_untracked() != Some(task.id)) {
            board.current.set(Some(task.id));
        }
    };
    let on_click = move |event: MouseEvent| {
        let is_plain = event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if let Some(number) = screen::card_of(&event).filter(|_| is_plain) {
            event.prevent_default();
            board.open(number);
        }
    };
    let on_scroll = once_a_frame(move || {
        if let Some(element) = board.element.try_get_untracked().flatten() {
            let index = screen::column_in_sight(&element);
            if in_sight.get_untracked() != index {
                in_sight.set(index);
            }
        }
    });
    view! {
        <div
            class="board"
            data-dragging=move || board.lifted.get().map(|_| "true")
            node_ref=board.element
            on:focusin=on_focus
            on:click=on_click
            on:scroll=move |_| on_scroll()
            on:keydown=move |event| on_keydown(board, &event)
        >
            <For each=move || board.statuses.get() let:status>
                <Column status=status/>
            </For>
            <AddColumn/>
        </div>
    }
}
