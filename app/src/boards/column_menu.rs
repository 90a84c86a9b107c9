use super::state::{Doing, use_board};
use crate::chunks::{Fetched, Part, Tool};
use crate::dom::focus;
use crate::erased::memo;
use crate::layout::use_toaster;
use crate::ui::{ButtonSize, IconName, Menu, MenuItem};
use leptos::prelude::*;
use shared::ids::StatusId;
use shared::statuses::{Mutation, Status};

const FIRST_ITEM: &str = ".menu > :popover-open:not(:focus-within) [role=menuitem]:enabled";

/// The button that opens what can be done with a column.
#[component]
pub(super) fn ColumnMenu(
    /// The column.
    status: StatusId,
    /// Its name.
    name: Memo<String>,
    /// Set to change the name in its place.
    renaming: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Menu
            label=Signal::derive(move || format!("Column {}", name.read()))
            size=ButtonSize::Small
            tooltip_end=true
        >
            <Fetched part=Part::Tool(Tool::ColumnActions(status, renaming))/>
        </Menu>
    }
}

/// What can be done with a column, in its menu.
#[component]
pub fn ColumnActions(
    /// The column.
    status: StatusId,
    /// Set to change the name in its place.
    renaming: RwSignal<bool>,
) -> impl IntoView {
    let board = use_board();
    let toaster = use_toaster();
    // The menu gave the focus to nothing if it opened before this was fetched.
    Effect::new(|_| {
        focus::later(|| {
            focus::in_page(FIRST_ITEM);
        });
    });
    let index = memo(move || {
        let statuses = board.statuses.read();
        statuses
            .iter()
            .position(|it| *it == status)
            .unwrap_or_default()
    });
    let is_last = move || index.get() + 1 >= board.statuses.read().len();
    let set_archived = move |archived| {
        board.rows.mutate(Mutation::SetArchived {
            id: status,
            archived,
        });
    };
    let archive = move |()| {
        set_archived(true);
        // The last one stays.
        let row = board.rows.get_untracked::<Status>(status);
        if let Some(column) = row.filter(|it| it.archived_at.is_some()) {
            toaster.offer_undo(format!("Archived the column {}", column.name), move || {
                set_archived(false);
            });
        }
    };
    view! {
        <MenuItem icon=IconName::Pencil on_select=move |()| renaming.set(true)>
            "Rename"
        </MenuItem>
        <MenuItem
            icon=IconName::Settings
            on_select=move |()| board.doing.set(Doing::Column(status))
        >
            "Category, colour and limit"
        </MenuItem>
        <MenuItem
            icon=IconName::ArrowLeft
            disabled=Signal::derive(move || index.get() == 0)
            on_select=move |()| board.move_column(status, index.get_untracked().saturating_sub(1))
        >
            "Move left"
        </MenuItem>
        <MenuItem
            icon=IconName::ArrowRight
            disabled=Signal::derive(is_last)
            on_select=move |()| board.move_column(status, index.get_untracked() + 1)
        >
            "Move right"
        </MenuItem>
        <hr/>
        <MenuItem icon=IconName::Archive on_select=archive>
            "Archive column"
        </MenuItem>
    }
}
