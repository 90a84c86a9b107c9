//! What stands on a board where there are no columns or no cards, or where it is not known.

use super::state::{Doing, Writing, use_board};
use super::view;
use crate::erased::{Show, memo};
use crate::layout::NotHere;
use crate::ui::{Button, ButtonVariant, EmptyState, Icon, IconName};
use leptos::prelude::*;
use shared::access::Action;
use shared::filter::Filter;

/// Says what belongs on a board that has nothing yet, or that it is not here.
#[component]
pub(super) fn NothingYet() -> impl IntoView {
    let board = use_board();
    let has_columns = memo(move || !board.statuses.read().is_empty());
    let is_empty = memo(move || {
        // While somebody writes the first card, it needs no invitation.
        board.total.get() == 0
            && board.is_complete()
            && !matches!(board.doing.get(), Doing::NewTask(_))
    });
    let is_missing = memo(move || {
        // What somebody adds meanwhile needs the room.
        board.is_away()
            && !board.is_counted()
            && board.total.get() == 0
            && !matches!(board.doing.get(), Doing::NewTask(_))
    });
    let may_create = memo(move || board.may(Action::CreateTasks));
    let may_import = memo(move || board.rows.may_in_workspace(Action::RunImports));
    let first = move |_| {
        if let Some(status) = board.statuses.get_untracked().first().copied() {
            board.doing.set(Doing::NewTask(Writing {
                status,
                at_top: false,
            }));
        }
    };
    view! {
        <Show when=move || is_empty.get() && has_columns.get()>
            <EmptyState
                title="No tasks yet"
                text="A task is a piece of work. It moves from column to column until it is done."
                icon=IconName::Board
            >
                <Show when=move || may_create.get()>
                    <Button variant=ButtonVariant::Primary icon=IconName::Plus on_click=first>
                        "Create the first task"
                    </Button>
                </Show>
                <Show when=move || may_import.get()>
                    <a
                        class="button"
                        data-variant="secondary"
                        data-size="medium"
                        href=board.import_href()
                    >
                        <Icon name=IconName::Import/>
                        <span class="button__text">"Import from Trello"</span>
                    </a>
                </Show>
            </EmptyState>
        </Show>
        <Show when=move || is_missing.get()>
            <NotHere what="board"/>
        </Show>
        <Show when=move || !has_columns.get()>
            <EmptyState
                title="No columns yet"
                text="Columns are the steps that work goes through, such as Todo, In progress and Done."
                icon=IconName::Board
            >
                <Button
                    variant=ButtonVariant::Primary
                    icon=IconName::Plus
                    on_click=move |_| board.doing.set(Doing::NewColumn)
                >
                    "Add the first column"
                </Button>
            </EmptyState>
        </Show>
    }
}

/// Says that the filter leaves nothing.
#[component]
pub(super) fn FilteredOut() -> impl IntoView {
    let board = use_board();
    let is_empty = memo(move || {
        !board.filter.read().is_empty()
            && board.is_complete()
            && board.total.get() > 0
            && view::shown(&board.lists.read()) == 0
    });
    view! {
        <Show when=move || is_empty.get()>
            <EmptyState
                title="No task matches"
                text="Every task of this board is hidden by the filter."
                icon=IconName::Filter
            >
                <Button on_click=move |_| board.set_filter(|filter| *filter = Filter::default())>
                    "Clear the filter"
                </Button>
            </EmptyState>
        </Show>
    }
}
