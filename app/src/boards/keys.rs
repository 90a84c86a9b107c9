//! What keys do on a board: those that act on the card with the focus, and those that act on the board.

use super::card_pickers::assignment;
use super::lift::{Hand, Way};
use super::state::{Board, Doing, Field, Writing};
use super::view;
use crate::dom::board as screen;
use crate::dom::hotkeys::{use_description, use_hotkey};
use crate::layout::{Toaster, use_toaster};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use shared::access::Action;
use shared::tasks::{Mutation, Task};
use std::sync::Arc;

/// Keys that move the focus or what is picked up, on the card itself.
pub(super) fn on_keydown(board: Board, event: &KeyboardEvent) {
    let has_modifier = event.ctrl_key() || event.meta_key() || event.alt_key();
    if event.default_prevented() || event.is_composing() || has_modifier {
        return;
    }
    let Some(task) = board.focused() else { return };
    let lifted = board.lifted.get_untracked();
    let right_to_left = board
        .element
        .get_untracked()
        .is_some_and(|it| screen::is_right_to_left(&it));
    let way = Way::from_key(&event.key(), right_to_left);
    match (event.key().as_str(), way, lifted) {
        (_, Some(way), Some(_)) => board.step(way),
        (_, Some(way), None) => board.walk(task.id, way),
        (" " | "Enter", None, Some(_)) => board.put_down(),
        ("Escape" | "Tab", None, Some(_)) => board.put_back(),
        (" ", None, None) => {
            board.pick_up(task.id, Hand::Keys);
        }
        ("Enter", None, None) => board.open(task.number),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// The board's own keys, listed in the help.
pub(super) fn use_board_keys(board: Board) {
    let toaster = use_toaster();
    use_hotkey("C", "New task", move || write(board));
    use_description("Enter", "Open the task");
    use_description("Space", "Pick up or drop the task");
    for (keys, help, field) in [
        ("S", "Set status", Field::Status),
        ("A", "Assign", Field::Assignees),
        ("L", "Label", Field::Labels),
        ("P", "Set priority", Field::Priority),
        ("D", "Set due date", Field::Due),
        ("E", "Estimate", Field::Estimate),
        (">", "Move to project", Field::Project),
    ] {
        use_hotkey(keys, help, move || {
            if let Some(task) = editable(board) {
                board.doing.set(Doing::Choosing(field, task.id));
            }
        });
    }
    use_hotkey("I", "Assign to me", move || {
        if let Some(task) = editable(board) {
            board.rows.mutate(assignment(&task, board.rows.me()));
        }
    });
    use_hotkey("#", "Delete", move || {
        if let Some(task) = board.focused() {
            delete(board, toaster, &task);
        }
    });
}

fn write(board: Board) {
    let status = board.focused_column();
    if let Some(status) = status.filter(|_| untrack(|| board.may(Action::CreateTasks))) {
        board.doing.set(Doing::NewTask(Writing {
            status,
            at_top: false,
        }));
    }
}

/// The task with the focus, if the person may change it.
fn editable(board: Board) -> Option<Arc<Task>> {
    let may = untrack(|| board.may(Action::EditTasks));
    board
        .focused()
        .filter(|_| may && board.lifted.get_untracked().is_none())
}

/// Puts a task in the trash, with a way back.
fn delete(board: Board, toaster: Toaster, task: &Task) {
    let id = task.id;
    let next = board.neighbour(id);
    let set_trashed = move |trashed| board.rows.mutate(Mutation::SetTrashed { id, trashed });
    set_trashed(true);
    let is_gone = board
        .rows
        .get_untracked::<Task>(id)
        .is_none_or(|task| task.trashed_at.is_some());
    if is_gone {
        let key = view::task_key(&board.key.read_untracked(), task.number);
        toaster.offer_undo(format!("Deleted {key}"), move || set_trashed(false));
        if let Some(next) = next {
            board.focus(next);
        }
    }
}
