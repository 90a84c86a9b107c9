use super::filter_chips::{Chip, Facet};
use super::state::use_board;
use super::view;
use crate::dom::{focus, hotkeys::use_hotkey};
use crate::erased::{Show, memo};
use crate::ui::{Button, ButtonSize, ButtonVariant, Icon, IconName};
use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;
use shared::filter::Filter;
use std::time::Duration;

/// How long typing may pause before what was typed counts.
const SETTLED: Duration = Duration::from_millis(120);

/// What of the board is shown. All of it is in the address.
#[component]
pub(super) fn FilterBar() -> impl IntoView {
    let board = use_board();
    let assignees_open = RwSignal::new(false);
    use_hotkey("F", "Filter", move || assignees_open.set(true));
    let is_filtered = memo(move || !board.filter.read().is_empty());
    let note = move || {
        let total = board.total.get();
        if !board.is_counted() {
            String::new()
        } else if is_filtered.get() {
            view::filtered_words(view::shown(&board.lists.read()), total)
        } else {
            view::count_words(total, None)
        }
    };
    view! {
        <div class="filterbar" role="search" aria-label="Filter">
            <SearchBox/>
            <Chip facet=Facet::Assignee open=assignees_open/>
            <Chip facet=Facet::Label open=RwSignal::new(false)/>
            <Chip facet=Facet::Priority open=RwSignal::new(false)/>
            <Show when=move || is_filtered.get()>
                <Button
                    variant=ButtonVariant::Ghost
                    size=ButtonSize::Small
                    icon=IconName::Close
                    on_click=move |_| board.set_filter(|filter| *filter = Filter::default())
                >
                    "Clear"
                </Button>
            </Show>
            <span class="filterbar__space"></span>
            <span class="filterbar__note" role="status">{note}</span>
        </div>
    }
}

/// Words that the title or the key of a task must have.
#[component]
fn SearchBox() -> impl IntoView {
    let board = use_board();
    let input = NodeRef::<Input>::new();
    use_hotkey("/", "Search this board", move || {
        if let Some(input) = input.get_untracked() {
            focus::focus(&input);
        }
    });
    // What is being typed stays as it was typed, with its spaces, until the box is left.
    let typed = RwSignal::new(None::<String>);
    let shown = move || {
        typed
            .get()
            .unwrap_or_else(|| board.filter.read().text.clone())
    };
    let mut apply = debounce(SETTLED, move |text: String| {
        board.set_filter(|filter| text.trim().clone_into(&mut filter.text));
    });
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            event.prevent_default();
            typed.set(None);
            board.set_filter(|filter| filter.text.clear());
            if let Some(input) = input.get_untracked() {
                // It fails only for an element that is not in the page any more.
                let _ = input.blur();
            }
        }
    };
    view! {
        <label class="filterbar__search">
            <Icon name=IconName::Search/>
            <input
                type="search"
                name="q"
                placeholder="Search"
                aria-label="Search this board"
                autocomplete="off"
                value=board.filter.read_untracked().text.clone()
                prop:value=shown
                node_ref=input
                on:input:target=move |event| {
                    let text = event.target().value();
                    typed.set(Some(text.clone()));
                    apply(text);
                }
                on:blur=move |_| typed.set(None)
                on:keydown=on_keydown
            />
        </label>
    }
}
