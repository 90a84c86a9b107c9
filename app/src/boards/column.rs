use super::card::Card;
use super::column_foot::ColumnFoot;
use super::column_head::ColumnHead;
use super::new_card::NewCard;
use super::state::{Board, ColumnParts, Doing, Writing, use_board};
use super::view;
use super::window::{Drawn, Entry, Heights, Offsets, Sight, estimate};
use crate::dom::board as screen;
use crate::dom::hold;
use crate::erased::{Show, memo};
use crate::ui::{Skeleton, SkeletonShape};
use leptos::html::Ul;
use leptos::prelude::*;
use shared::ids::{StatusId, TaskId};
use shared::statuses::Status;
use shared::tasks::Task;
use std::sync::Arc;

/// One column: its head, its cards as far as they are in sight, and the place to write a new one.
#[component]
pub(super) fn Column(
    /// The status it shows.
    status: StatusId,
) -> impl IntoView {
    let board = use_board();
    let rows = board.rows;
    let cards = Cards::new(board, status);
    board.add_column(status, cards.parts);
    cards.watch();

    let name = rows.map::<Status, _>(status, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let limit = rows.map::<Status, _>(status, |it| it.and_then(|it| it.wip_limit));
    let is_over = move || view::is_over(cards.total.get(), limit.get()).then_some("true");
    let is_target = memo(move || {
        let lift = board.lift.get();
        lift.is_some_and(|lift| {
            lift.to.is_some_and(|to| to.status == status) && !lift.is_idle(&board.lists.read())
        })
    });
    let insert = memo(move || {
        let (moving, before) = board.moving_column.get()?;
        view::insert_mark(&board.statuses.read(), moving, before, status)
    });
    let is_moving = move || {
        board
            .moving_column
            .get()
            .is_some_and(|(it, _)| it == status)
    };
    let top = Writing {
        status,
        at_top: true,
    };
    // While there is no server to wait for, the board says so as a whole.
    let waits = move || cards.ids.read().is_empty() && !board.is_complete() && !board.is_away();
    view! {
        <section
            class="column"
            aria-label=name
            data-over-limit=is_over
            data-drop=move || is_target.get().then_some("true")
            data-insert=move || insert.get()
            data-dragging=move || is_moving().then_some("true")
        >
            <ColumnHead status=status name=name total=cards.total shown=cards.shown limit=limit/>
            <Show when=move || board.doing.get() == Doing::NewTask(top)>
                <div class="column__foot">
                    <NewCard writing=top/>
                </div>
            </Show>
            <div class="column__scroll" node_ref=cards.parts.scroller>
                <ul class="column__list" node_ref=cards.list>
                    <For each=move || cards.parts.entries.get() key=|entry| *entry let:entry>
                        <ListEntry board=board entry=entry stop=cards.stop/>
                    </For>
                </ul>
                <Show when=waits>
                    <Skeleton shape=SkeletonShape::Card count=3/>
                </Show>
            </div>
            <ColumnFoot status=status/>
        </section>
    }
    .into_any()
}

#[component]
fn ListEntry(board: Board, entry: Entry, stop: Memo<Option<TaskId>>) -> impl IntoView {
    match entry {
        Entry::Card(id) => view! { <Card board=board id=id stop=stop/> }.into_any(),
        Entry::Gap(_, px) => {
            let style = format!("block-size:{px}px");
            view! { <li class="column__spacer" aria-hidden="true" style=style></li> }.into_any()
        }
        Entry::Marker => view! { <li class="drop-marker" aria-hidden="true"></li> }.into_any(),
    }
}

/// The cards of a column, and which of them are drawn.
#[derive(Clone, Copy)]
struct Cards {
    ids: Memo<Arc<Vec<TaskId>>>,
    /// How many there are without the filter.
    total: Memo<usize>,
    /// How many pass the filter.
    shown: Memo<usize>,
    /// The card that the Tab key stops at.
    stop: Memo<Option<TaskId>>,
    heights: StoredValue<Heights>,
    remeasured: Trigger,
    list: NodeRef<Ul>,
    parts: ColumnParts,
}

impl Cards {
    fn new(board: Board, status: StatusId) -> Self {
        let rows = board.rows;
        let ids = memo(move || board.list(status));
        let shown = memo(move || ids.read().len());
        let total = memo(move || rows.column_total(board.project, status));
        let heights = StoredValue::new(Heights::default());
        let remeasured = Trigger::new();
        let offsets = memo(move || {
            remeasured.track();
            let is_filtered = !board.filter.read().is_empty();
            let ids = ids.read();
            let missing = if is_filtered {
                0
            } else {
                total.get().saturating_sub(ids.len())
            };
            let height = |id: &TaskId| {
                let read = || estimate(rows.get_untracked::<Task>(*id).as_deref());
                heights
                    .try_update_value(|heights| heights.get(*id, read))
                    .unwrap_or_default()
            };
            Offsets::new(ids.iter().map(height), missing)
        });
        let sight = RwSignal::new(Sight::default());
        let window = memo(move || offsets.read().window(sight.get()));
        let entries = memo(move || {
            let ids = ids.read();
            let index = |id: TaskId| ids.iter().position(|other| *other == id);
            let kept = [board.current.get(), board.lifted.get()];
            let lift = board.lift.get();
            let drawn = Drawn {
                ids: &ids,
                offsets: &offsets.read(),
                window: window.get(),
                pinned: kept.into_iter().flatten().filter_map(index).collect(),
                marker: lift.and_then(|lift| lift.marker(&board.lists.read(), status)),
            };
            drawn.entries()
        });
        let stop = memo(move || {
            let ids = ids.read();
            let current = board.current.get().filter(|id| ids.contains(id));
            current.or_else(|| ids.get(window.read().start).copied())
        });
        Self {
            ids,
            total,
            shown,
            stop,
            heights,
            remeasured,
            list: NodeRef::new(),
            parts: ColumnParts {
                entries,
                offsets,
                sight,
                scroller: NodeRef::new(),
            },
        }
    }

    /// Follows what is in sight and how tall the drawn cards are.
    fn watch(self) {
        let width = StoredValue::new(0.0_f64);
        Effect::new(move |_| {
            let (Some(scroller), Some(list)) = (self.parts.scroller.get(), self.list.get()) else {
                return;
            };
            let on_scroll = move |top| {
                self.parts.sight.try_update(|sight| sight.top = top);
            };
            let on_resize = move |measures: screen::Measures| {
                let before =
                    width.try_update_value(|width| std::mem::replace(width, measures.width));
                if let Some(before) = before {
                    // Titles break differently now.
                    if (before - measures.width).abs() > 1.0 {
                        self.heights.update_value(Heights::clear);
                    }
                    self.measured(&measures);
                }
            };
            hold(screen::watch_column(&scroller, &list, on_scroll, on_resize));
        });
    }

    fn measured(self, measures: &screen::Measures) {
        let Some(entries) = self.parts.entries.try_get_untracked() else {
            return;
        };
        let card = |entry: &Entry| match entry {
            Entry::Card(id) => Some(*id),
            Entry::Gap(..) | Entry::Marker => None,
        };
        let drawn: Vec<TaskId> = entries.iter().filter_map(card).collect();
        let changed = self.heights.try_update_value(|heights| {
            // While cards come and go, the next measure tells.
            drawn.len() == measures.cards.len()
                && drawn
                    .iter()
                    .zip(&measures.cards)
                    .fold(false, |changed, (id, px)| {
                        heights.measured(*id, *px) || changed
                    })
        });
        if changed == Some(true) {
            self.remeasured.notify();
        }
        let sight = Sight {
            top: measures.top,
            height: measures.height,
        };
        if self.parts.sight.get_untracked() != sight {
            self.parts.sight.set(sight);
        }
    }
}
