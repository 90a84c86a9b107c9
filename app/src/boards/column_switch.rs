use super::state::use_board;
use super::view;
use crate::dom::{board as screen, focus};
use crate::erased::{For, memo};
use crate::ui::StatusGlyph;
use leptos::prelude::*;
use shared::ids::StatusId;
use shared::statuses::{Category, Status};

/// On a phone, which shows one column at a time: the way to the others.
#[component]
pub(super) fn ColumnSwitch(
    /// The index of the column that is shown.
    in_sight: RwSignal<usize>,
) -> impl IntoView {
    let board = use_board();
    Effect::new(move |before: Option<usize>| {
        let now = in_sight.get();
        if before.is_some_and(|before| before != now) {
            focus::later(|| screen::into_sight(".column-switch [aria-current]"));
        }
        now
    });
    view! {
        <nav class="column-switch" aria-label="Columns">
            <For each=move || board.statuses.get() let:status>
                <SwitchButton status=status in_sight=in_sight/>
            </For>
        </nav>
    }
}

#[component]
fn SwitchButton(status: StatusId, in_sight: RwSignal<usize>) -> impl IntoView {
    let board = use_board();
    let rows = board.rows;
    let index = memo(move || board.statuses.read().iter().position(|it| *it == status));
    let name = rows.map::<Status, _>(status, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let category = rows.map::<Status, _>(status, |it| {
        it.map_or(Category::Todo, |it| it.category)
            .as_str()
            .to_owned()
    });
    let color = rows.map::<Status, _>(status, |it| it.and_then(view::own_color));
    let total = memo(move || rows.column_total(board.project, status));
    let is_current = move || index.get() == Some(in_sight.get());
    let show = move |_| {
        if let (Some(element), Some(index)) = (board.element.get_untracked(), index.get_untracked())
        {
            screen::show_column(&element, index);
        }
    };
    view! {
        <button
            type="button"
            aria-current=move || is_current().then_some("true")
            on:click=show
        >
            <StatusGlyph category=category color=MaybeProp::derive(move || color.get())/>
            {name}
            <span class="column__count">
                {move || board.is_counted().then(|| view::grouped(total.get()))}
            </span>
        </button>
    }
    .into_any()
}
