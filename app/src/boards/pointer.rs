//! Dragging cards and columns with a pointer: which place the pointer means.

use super::lift::Hand;
use super::state::Board;
use super::window::Entry;
use crate::dom::board as screen;
use crate::dom::drag::{Drag, Point, watch as watch_drags};
use crate::dom::hold;
use leptos::prelude::*;
use shared::ids::TaskId;

/// Follows the pointer on a board's element for as long as the calling component is there.
pub(super) fn watch(board: Board) {
    Effect::new(move |_| {
        if let Some(element) = board.element.get() {
            let cards = watch_drags(&element, cards(board));
            let columns = watch_drags(&element, columns(board));
            hold((cards, columns));
        }
    });
}

fn cards(board: Board) -> Drag {
    Drag {
        handle: ".card",
        scroller: ".column__scroll",
        ghost: "card-ghost",
        begin: Box::new(move |id, _| {
            let task = screen::card_number(id).and_then(|number| board.task(number));
            task.is_some_and(|task| board.pick_up(task.id, Hand::Pointer))
        }),
        over: Box::new(move |at| over(board, at)),
        drop: Box::new(move || board.put_down()),
        cancel: Box::new(move || board.put_back()),
    }
}

/// Takes the place under the pointer as where the card would go.
fn over(board: Board, at: Point) {
    let Some(element) = board.element.get_untracked() else {
        return;
    };
    let slot = screen::hit(&element, at).and_then(|(column, above)| {
        let status = *board.statuses.read_untracked().get(column)?;
        let lists = board.lists.read_untracked();
        let ids = lists.get(&status)?;
        let drawn = drawn(board.column(status)?.entries.get_untracked());
        // Of the drawn cards the one below the pointer, or the one after the last of them.
        let index = match drawn.get(above) {
            Some(below) => ids.iter().position(|id| id == below)?,
            None => drawn
                .last()
                .and_then(|last| ids.iter().position(|id| id == last))
                .map_or(0, |last| last + 1),
        };
        let lift = board.lift.get_untracked()?;
        Some(lift.slot_before(&lists, status, index))
    });
    board.move_to(slot);
}

fn drawn(entries: Vec<Entry>) -> Vec<TaskId> {
    let card = |entry| match entry {
        Entry::Card(id) => Some(id),
        Entry::Gap(..) | Entry::Marker => None,
    };
    entries.into_iter().filter_map(card).collect()
}

fn columns(board: Board) -> Drag {
    Drag {
        handle: ".column__head[data-handle]",
        scroller: ".column__scroll",
        ghost: "column-ghost",
        begin: Box::new(move |_, at| {
            let Some(element) = board.element.get_untracked() else {
                return false;
            };
            let column = screen::hit(&element, at).map(|(column, _)| column);
            let statuses = board.statuses.read_untracked();
            let status = column.and_then(|column| statuses.get(column).copied());
            board.moving_column.set(status.zip(column));
            status.is_some()
        }),
        over: Box::new(move |at| {
            let moving = board.moving_column.get_untracked();
            if let (Some(element), Some((status, before))) = (board.element.get_untracked(), moving)
            {
                let index = screen::columns_before(&element, at.x);
                if index != before {
                    board.moving_column.set(Some((status, index)));
                }
            }
        }),
        drop: Box::new(move || {
            if let Some((status, index)) = board.moving_column.get_untracked() {
                board.moving_column.set(None);
                board.drop_column(status, index);
            }
        }),
        cancel: Box::new(move || board.moving_column.set(None)),
    }
}
