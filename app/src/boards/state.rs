//! What the parts of one board share: what is shown, where the focus is, what is picked up.

use super::address::Address;
use super::lift::{Hand, Lift, Lists, Slot, Way, slot_of};
use super::view::{self, Move};
use super::window::{Entry, Offsets, Sight};
use crate::dom::board as screen;
use crate::dom::focus;
use crate::erased::memo;
use crate::presence::{Here, use_here};
use crate::routes::href;
use crate::sync::{Rows, use_away, use_rows};
use crate::workspaces::slug_of;
use leptos::html::Div;
use leptos::prelude::*;
use shared::access::Action;
use shared::filter::Filter;
use shared::ids::{ProjectId, StatusId, TaskId};
use shared::members::Member;
use shared::projects::Project;
use shared::sorted::SortedMap;
use shared::statuses::{self, Status};
use shared::sync::{Cover, List};
use shared::tasks::{self, Task};
use shared::values::{Place, Title};
use std::sync::Arc;

/// One board. Cheap to copy; in the context of its parts.
#[derive(Clone, Copy)]
pub struct Board {
    pub(super) rows: Rows,
    pub(super) project: ProjectId,
    /// The project's key, as in `WEB-12`.
    pub(super) key: Memo<String>,
    pub(super) filter: Memo<Filter>,
    /// The columns, in order.
    pub(super) statuses: Memo<Vec<StatusId>>,
    /// The cards that pass the filter, of every column.
    pub(super) lists: Memo<Lists>,
    /// How many tasks there are without the filter.
    pub(super) total: Memo<usize>,
    /// The one card that the Tab key stops at.
    pub(super) current: RwSignal<Option<TaskId>>,
    pub(super) lift: RwSignal<Option<Lift>>,
    /// The task that is picked up.
    pub(super) lifted: Memo<Option<TaskId>>,
    /// What others are moving, with their names and colours.
    pub(super) remote: Memo<SortedMap<TaskId, (String, String)>>,
    /// What a screen reader says next.
    pub(super) said: RwSignal<String>,
    pub(super) doing: RwSignal<Doing>,
    /// The column that is being dragged, and the index of the one before which it would go.
    pub(super) moving_column: RwSignal<Option<(StatusId, usize)>>,
    pub(super) element: NodeRef<Div>,
    parts: StoredValue<Parts>,
}

/// What the board holds without anybody following it.
struct Parts {
    slug: String,
    /// Whether it is known how many tasks there are, rather than only how many are here.
    is_counted: Memo<bool>,
    /// Whether there is no server from which tasks could come.
    away: Memo<bool>,
    address: Address,
    here: Here,
    columns: SortedMap<StatusId, ColumnParts>,
    drafts: SortedMap<Writing, ArcRwSignal<String>>,
}

/// Of a project that was made without a server, everything is here that there is.
fn is_complete(rows: Rows, project: ProjectId, away: Memo<bool>) -> bool {
    rows.has(Cover::Board(project)) || away.get() && rows.is_unconfirmed::<Project>(project)
}

/// The one thing that is open on the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Doing {
    #[default]
    Nothing,
    /// A card is being written.
    NewTask(Writing),
    /// A column is being named.
    NewColumn,
    /// The dialog of a column.
    Column(StatusId),
    /// The choices for a field of a task.
    Choosing(Field, TaskId),
}

/// A field of a task that is chosen from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The column.
    Status,
    /// Who does it.
    Assignees,
    /// Its labels.
    Labels,
    /// How urgent it is.
    Priority,
    /// When it is due.
    Due,
    /// Its points.
    Estimate,
    /// The project that it is to go to.
    Project,
}

/// Where a new card is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writing {
    pub(super) status: StatusId,
    pub(super) at_top: bool,
}

/// What the board asks its columns.
#[derive(Clone, Copy)]
pub(super) struct ColumnParts {
    pub(super) entries: Memo<Vec<Entry>>,
    pub(super) offsets: Memo<Offsets>,
    pub(super) sight: RwSignal<Sight>,
    pub(super) scroller: NodeRef<Div>,
}

pub(super) fn use_board() -> Board {
    use_context().expect("the parts of a board stand inside of one")
}

impl Board {
    pub(super) fn new(project: ProjectId, filter: Memo<Filter>) -> Self {
        let (rows, away) = (use_rows(), use_away());
        let key = rows.map::<Project, _>(project, |project| {
            project.map(|it| it.key.to_string()).unwrap_or_default()
        });
        let statuses = memo(move || {
            let ids = rows.list(List::Statuses(project));
            ids.into_iter().map(StatusId::from).collect::<Vec<_>>()
        });
        let lists = memo(move || {
            let (filter, key) = (filter.read(), key.read());
            let list = |status: &StatusId| (*status, Arc::new(ids(rows, *status, &filter, &key)));
            statuses.read().iter().map(list).collect::<Lists>()
        });
        let remote = memo(move || {
            let others = rows
                .people(project)
                .into_iter()
                .filter(|it| it.user != rows.me());
            let moving = others.filter_map(|person| {
                let member = rows.get::<Member>(person.user)?;
                Some((
                    person.dragging?,
                    (member.name.to_string(), member.color.to_string()),
                ))
            });
            moving.collect::<SortedMap<_, _>>()
        });
        let lift = RwSignal::new(None::<Lift>);
        let parts = Parts {
            slug: slug_of(rows),
            is_counted: memo(move || {
                is_complete(rows, project, away) || rows.has_totals(&statuses.read())
            }),
            away,
            address: Address::here(),
            here: use_here(),
            columns: SortedMap::new(),
            drafts: SortedMap::new(),
        };
        Self {
            rows,
            project,
            key,
            filter,
            statuses,
            lists,
            total: memo(move || {
                let statuses = statuses.read();
                let totals = statuses
                    .iter()
                    .map(|status| rows.column_total(project, *status));
                totals.sum()
            }),
            current: RwSignal::new(None),
            lift,
            lifted: memo(move || lift.read().map(|lift| lift.task)),
            remote,
            said: RwSignal::new(String::new()),
            doing: RwSignal::default(),
            moving_column: RwSignal::new(None),
            element: NodeRef::new(),
            parts: StoredValue::new(parts),
        }
    }

    /// Whether the person may do something here now, tracked: in an archived project nobody does anything.
    pub(super) fn may(self, action: Action) -> bool {
        let project = self.rows.get::<Project>(self.project);
        project.is_some_and(|it| it.is_live()) && self.rows.may(action, self.project)
    }

    /// Whether every task of the project is here, tracked.
    pub(super) fn is_complete(self) -> bool {
        is_complete(self.rows, self.project, self.parts.with_value(|it| it.away))
    }

    /// Whether it is known how many tasks there are, tracked.
    pub(super) fn is_counted(self) -> bool {
        self.parts.with_value(|parts| parts.is_counted).get()
    }

    /// Whether there is no server from which tasks could come, tracked.
    pub(super) fn is_away(self) -> bool {
        self.parts.with_value(|parts| parts.away).get()
    }

    /// Where a task is opened.
    pub(super) fn href(self, number: u32) -> String {
        let key = self.key.read();
        self.parts
            .with_value(|parts| href::task(&parts.slug, &key, number))
    }

    /// Where tasks are imported.
    pub(super) fn import_href(self) -> String {
        self.parts.with_value(|parts| href::import(&parts.slug))
    }

    /// Opens a task beside the board, behind the same filter.
    pub(super) fn open(self, number: u32) {
        let href = untrack(|| self.href(number));
        self.parts.with_value(|parts| parts.address).go(
            &href,
            &self.filter.read_untracked(),
            false,
        );
    }

    /// Shows what passes another filter.
    pub(super) fn set_filter(self, change: impl FnOnce(&mut Filter)) {
        let mut filter = self.filter.get_untracked();
        change(&mut filter);
        self.parts.with_value(|parts| parts.address).filter(&filter);
    }

    /// The cards of a column.
    pub(super) fn list(self, status: StatusId) -> Arc<Vec<TaskId>> {
        self.lists.read().get(&status).cloned().unwrap_or_default()
    }

    /// Makes a column known, for as long as its component is there.
    pub(super) fn add_column(self, status: StatusId, parts: ColumnParts) {
        self.parts.update_value(|all| {
            all.columns.insert(status, parts);
        });
        on_cleanup(move || {
            self.parts
                .try_update_value(|all| all.columns.remove(&status));
        });
    }

    pub(super) fn column(self, status: StatusId) -> Option<ColumnParts> {
        self.parts
            .with_value(|parts| parts.columns.get(&status).copied())
    }

    /// The task of that number among the drawn cards.
    pub(super) fn task(self, number: u32) -> Option<Arc<Task>> {
        let entries = |column: &ColumnParts| column.entries.get_untracked();
        let drawn = self
            .parts
            .with_value(|parts| parts.columns.values().flat_map(entries).collect::<Vec<_>>());
        drawn.into_iter().find_map(|entry| match entry {
            Entry::Card(id) => {
                let task = self.rows.get_untracked::<Task>(id)?;
                (task.number == number).then_some(task)
            }
            Entry::Gap(..) | Entry::Marker => None,
        })
    }

    /// The task whose card has the focus.
    pub(super) fn focused(self) -> Option<Arc<Task>> {
        self.task(screen::focused_card()?)
    }

    /// The column that the focus is in, else the first.
    pub(super) fn focused_column(self) -> Option<StatusId> {
        let focused = self.focused().map(|task| task.status);
        focused.or_else(|| self.statuses.read_untracked().first().copied())
    }

    /// Moves the focus to a card, wherever in its column it is.
    pub(super) fn focus(self, id: TaskId) {
        self.current.set(Some(id));
        // Once it is drawn, which it is because it is the current one.
        focus::later(move || {
            if let Some(task) = self.rows.get_untracked::<Task>(id) {
                screen::focus_card(task.number);
            }
        });
    }

    /// Moves the focus from card to card.
    pub(super) fn walk(self, from: TaskId, way: Way) {
        let lists = self.lists.get_untracked();
        let Some(slot) = slot_of(&lists, from) else {
            return;
        };
        let last = |status| {
            lists
                .get(&status)
                .and_then(|ids: &Arc<Vec<TaskId>>| ids.len().checked_sub(1))
        };
        let next = match way {
            Way::Up => slot
                .index
                .checked_sub(1)
                .map(|index| Slot { index, ..slot }),
            Way::Down => Some(Slot {
                index: slot.index + 1,
                ..slot
            }),
            Way::First => Some(Slot { index: 0, ..slot }),
            Way::Last => last(slot.status).map(|index| Slot { index, ..slot }),
            Way::Back | Way::Forth => self.beside(slot, way),
        };
        let card = next.and_then(|next| lists.get(&next.status)?.get(next.index).copied());
        if let Some(card) = card {
            self.focus(card);
        }
    }

    /// The card at the same height in the next column that has any.
    fn beside(self, slot: Slot, way: Way) -> Option<Slot> {
        let lists = self.lists.read_untracked();
        let columns = self.statuses.get_untracked();
        let at = columns.iter().position(|status| *status == slot.status)?;
        let has_cards = |status: &&StatusId| lists.get(status).is_some_and(|ids| !ids.is_empty());
        let status = match way {
            Way::Back => columns[..at].iter().rev().find(has_cards),
            _ => columns[at + 1..].iter().find(has_cards),
        };
        let status = *status?;
        let index = match (self.column(slot.status), self.column(status)) {
            (Some(from), Some(to)) => {
                let offsets = from.offsets.read_untracked();
                let middle = f64::midpoint(offsets.top(slot.index), offsets.bottom(slot.index));
                let y = middle - from.sight.get_untracked().top + to.sight.get_untracked().top;
                to.offsets.read_untracked().at(y)
            }
            _ => slot.index,
        };
        Some(Slot { status, index })
    }

    /// Picks a card up. Says no if the person may not move it.
    pub(super) fn pick_up(self, task: TaskId, hand: Hand) -> bool {
        if !untrack(|| self.may(Action::EditTasks)) {
            return false;
        }
        let lift = Lift::new(&self.lists.read_untracked(), task, hand);
        if let Some(lift) = lift {
            self.lift.set(Some(lift));
            self.parts.with_value(|parts| parts.here).drag(Some(task));
            self.say(Move::PickedUp, &lift, lift.from);
        }
        lift.is_some()
    }

    /// Moves what is picked up to a place, or to none.
    pub(super) fn move_to(self, to: Option<Slot>) {
        let Some(lift) = self.lift.get_untracked().filter(|lift| lift.to != to) else {
            return;
        };
        let lift = Lift { to, ..lift };
        self.lift.set(Some(lift));
        if let Some(slot) = to.filter(|_| lift.hand == Hand::Keys) {
            self.say(Move::Over, &lift, slot);
            self.show(slot);
        }
    }

    /// Moves what is picked up by an arrow.
    pub(super) fn step(self, way: Way) {
        let to = self.lift.get_untracked().and_then(|lift| {
            let columns = self.statuses.read_untracked();
            lift.step(&self.lists.read_untracked(), &columns, way)
        });
        if to.is_some() {
            self.move_to(to);
        }
    }

    /// Drops what is picked up: one command, or nothing if it is where it was.
    pub(super) fn put_down(self) {
        let Some(lift) = self.end_lift() else { return };
        let command = lift.drop(&self.lists.read_untracked());
        if let Some(slot) = lift.to.filter(|_| command.is_some()) {
            self.say(Move::Dropped, &lift, slot);
        } else {
            self.say(Move::PutBack, &lift, lift.from);
        }
        if let Some(command) = command {
            self.rows.mutate(command);
        }
        self.focus(lift.task);
    }

    /// Puts what is picked up back.
    pub(super) fn put_back(self) {
        if let Some(lift) = self.end_lift() {
            self.say(Move::PutBack, &lift, lift.from);
            self.focus(lift.task);
        }
    }

    fn end_lift(self) -> Option<Lift> {
        let lift = self.lift.get_untracked()?;
        self.lift.set(None);
        self.parts.with_value(|parts| parts.here).drag(None);
        Some(lift)
    }

    fn say(self, moved: Move, lift: &Lift, slot: Slot) {
        let task = self.rows.get_untracked::<Task>(lift.task);
        let status = self.rows.get_untracked::<Status>(slot.status);
        if let (Some(task), Some(status)) = (task, status) {
            let name = view::task_name(&self.key.read_untracked(), &task);
            let counted = lift.counted(&self.lists.read_untracked(), slot);
            self.said.set(view::announcement(
                moved,
                &name,
                status.name.as_str(),
                counted,
            ));
        }
    }

    /// Scrolls to a place in a column.
    fn show(self, slot: Slot) {
        let columns = self.statuses.read_untracked();
        let index = columns.iter().position(|status| *status == slot.status);
        if let (Some(board), Some(index)) = (self.element.get_untracked(), index) {
            screen::show_column(&board, index);
        }
        let Some(column) = self.column(slot.status) else {
            return;
        };
        let reveal = column
            .offsets
            .read_untracked()
            .reveal(slot.index, column.sight.get_untracked());
        if let (Some(scroller), Some(top)) = (column.scroller.get_untracked(), reveal) {
            screen::scroll_to(&scroller, top);
        }
    }

    /// Moves a column to a place among the others.
    pub(super) fn move_column(self, id: StatusId, index: usize) {
        let (after, before) = view::neighbours(&self.statuses.read_untracked(), id, index);
        self.rows.mutate(statuses::Mutation::Move {
            id,
            place: Place::Near { after, before },
        });
    }

    /// Drops a column before another one, counted with itself.
    pub(super) fn drop_column(self, id: StatusId, before: usize) {
        let statuses = self.statuses.get_untracked();
        let own = statuses.iter().position(|status| *status == id);
        if let Some(own) = own {
            let index = before - usize::from(own < before);
            if index != own {
                self.move_column(id, index);
            }
        }
    }

    /// The card that gets the focus when this one goes.
    pub(super) fn neighbour(self, id: TaskId) -> Option<TaskId> {
        let lists = self.lists.read_untracked();
        let slot = slot_of(&lists, id)?;
        let ids = lists.get(&slot.status)?;
        let above = slot.index.checked_sub(1);
        let next = ids.get(slot.index + 1).or_else(|| ids.get(above?));
        next.copied()
    }

    /// What was typed for a new card, kept while the board is on the page.
    pub(super) fn draft(self, writing: Writing) -> RwSignal<String> {
        let draft = self.parts.try_update_value(|parts| {
            parts
                .drafts
                .get_or_insert_with(writing, ArcRwSignal::default)
                .clone()
        });
        draft.unwrap_or_default().into()
    }

    /// Scrolls to the end of a column, once what was added there is drawn.
    pub(super) fn show_end(self, status: StatusId) {
        let scroller = self
            .column(status)
            .and_then(|it| it.scroller.get_untracked());
        if let Some(scroller) = scroller {
            focus::later(move || screen::scroll_to_end(&scroller));
        }
    }

    /// Makes a task.
    pub(super) fn create(self, writing: Writing, title: Title) {
        let place = if writing.at_top {
            Place::First
        } else {
            Place::Last
        };
        self.rows.mutate(tasks::Mutation::Create {
            id: self.rows.new_id(),
            project: self.project,
            status: writing.status,
            place,
            title,
            fields: Box::default(),
        });
    }
}

/// The tasks of a column that pass the filter, in order. Tracked.
fn ids(rows: Rows, status: StatusId, filter: &Filter, key: &str) -> Vec<TaskId> {
    let list = List::Tasks(status);
    if filter.is_empty() {
        return rows.list(list).into_iter().map(TaskId::from).collect();
    }
    rows.list_rows::<Task>(list)
        .iter()
        .filter(|task| filter.matches(task, key))
        .map(|task| task.id)
        .collect()
}
