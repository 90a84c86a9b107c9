//! Moving the lines of one heading: by pointer, and by Alt with the arrows.

use super::view::{self, Group};
use crate::dom::drag::{Drag, Point, watch};
use crate::dom::hold;
use crate::dom::{focus, lines};
use crate::sync::Rows;
use leptos::html::Ul;
use leptos::prelude::*;
use shared::checklist_items::Mutation;
use shared::ids::ChecklistItemId;

/// What precedes a line's id in its element's.
const PREFIX: &str = "line-";

/// The order of the lines under one heading, and what is being moved. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Order {
    rows: Rows,
    group: Signal<Option<Group>>,
    moving: RwSignal<Option<(ChecklistItemId, usize)>>,
    said: RwSignal<String>,
}

impl Order {
    pub(super) fn new(rows: Rows, group: Signal<Option<Group>>, said: RwSignal<String>) -> Self {
        Self {
            rows,
            group,
            moving: RwSignal::new(None),
            said,
        }
    }

    /// Lets the lines of a list be dragged for as long as the calling component is there.
    pub(super) fn follow_pointer(self, list: NodeRef<Ul>, may_move: Signal<bool>) {
        Effect::new(move |_| {
            let Some(list) = list.get() else { return };
            let element = list.clone();
            let drag = Drag {
                handle: ".checklist__item",
                scroller: ".panel__body",
                ghost: "checklist-ghost",
                begin: Box::new(move |id, _| {
                    let id = id.strip_prefix(PREFIX).and_then(|id| id.parse().ok());
                    let index = id.and_then(|id| Some((id, self.index_of(id)?)));
                    let may_begin = may_move.get_untracked() && index.is_some();
                    if may_begin {
                        self.moving.set(index);
                    }
                    may_begin
                }),
                over: Box::new(move |at: Point| {
                    if let Some((id, _)) = self.moving.get_untracked() {
                        let own = element_id(id);
                        let above = lines::above(&element, ".checklist__item", at.y);
                        let index = above.iter().filter(|id| **id != own).count();
                        self.moving.set(Some((id, index)));
                    }
                }),
                drop: Box::new(move || {
                    if let Some((id, index)) = self.moving.get_untracked() {
                        self.moving.set(None);
                        self.put(id, index);
                    }
                }),
                cancel: Box::new(move || self.moving.set(None)),
            };
            hold(watch(&list, drag));
        });
    }

    fn ids(self) -> Vec<ChecklistItemId> {
        let group = self.group.get_untracked();
        group.map(|group| group.ids).unwrap_or_default()
    }

    fn index_of(self, id: ChecklistItemId) -> Option<usize> {
        self.ids().iter().position(|other| *other == id)
    }

    fn put(self, id: ChecklistItemId, index: usize) {
        if self.index_of(id) != Some(index) {
            let place = view::place(&self.ids(), id, index);
            self.rows.mutate(Mutation::Move { id, place });
        }
    }

    /// Moves a line by one, and keeps the focus on it.
    pub(super) fn step(self, id: ChecklistItemId, is_up: bool) {
        let ids = self.ids();
        if let Some(index) = view::step(&ids, id, is_up) {
            self.put(id, index);
            self.said
                .set(format!("Moved to {} of {}.", index + 1, ids.len()));
            focus::later(move || {
                focus::in_page(&format!("[id=\"{}\"] textarea", element_id(id)));
            });
        }
    }

    /// Where the line that is being dragged would go, if that is at this line: `before` or `after`. Tracked.
    pub(super) fn marker(self, id: ChecklistItemId) -> Option<&'static str> {
        let (moving, index) = self.moving.get()?;
        let (at, side) = view::marker(&self.ids(), moving, index)?;
        (at == id).then_some(side)
    }

    /// Whether a line is being dragged. Tracked.
    pub(super) fn is_moving(self, id: ChecklistItemId) -> bool {
        self.moving.get().is_some_and(|(moving, _)| moving == id)
    }
}

/// The id of a line's element.
pub(super) fn element_id(id: ChecklistItemId) -> String {
    format!("{PREFIX}{id}")
}
