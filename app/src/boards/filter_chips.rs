//! The parts of the filter that are chosen from lists.

use super::choices;
use super::state::{Board, use_board};
use crate::chunks::{FetchedOnce, Tool};
use crate::erased::memo;
use crate::ui::{Picker, PickerOption, press_to_toggle};
use leptos::prelude::*;
use shared::filter::Filter;
use shared::tasks::Priority;
use std::str::FromStr;

/// What stands for "none" among the choices.
const NONE: &str = "none";

/// A part of the filter that is chosen from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// Who does it.
    Assignee,
    /// Which labels.
    Label,
    /// Which priorities.
    Priority,
}

impl Facet {
    const fn name(self) -> &'static str {
        match self {
            Self::Assignee => "Assignee",
            Self::Label => "Label",
            Self::Priority => "Priority",
        }
    }

    fn options(self, board: Board) -> Vec<PickerOption> {
        let (none, options) = match self {
            Self::Assignee => (Some("Nobody"), choices::people(board)),
            Self::Label => (Some("No label"), choices::labels(board)),
            Self::Priority => (None, choices::priorities()),
        };
        let none = none.map(|text| PickerOption::new(NONE, text));
        none.into_iter().chain(options).collect()
    }

    fn chosen(self, filter: &Filter) -> Vec<String> {
        match self {
            Self::Assignee => filter
                .assignees
                .iter()
                .map(|it| written(it.as_ref()))
                .collect(),
            Self::Label => filter
                .labels
                .iter()
                .map(|it| written(it.as_ref()))
                .collect(),
            Self::Priority => {
                let names = filter.priorities.iter().map(|it| it.as_str().to_owned());
                names.collect()
            }
        }
    }

    fn pick(self, filter: &mut Filter, value: &str) {
        match self {
            Self::Assignee => toggle(&mut filter.assignees, parse(value).ok()),
            Self::Label => toggle(&mut filter.labels, parse(value).ok()),
            Self::Priority => toggle(&mut filter.priorities, Priority::parse(value)),
        }
    }
}

/// One part of the filter: says what is chosen, and opens the choices.
#[component]
pub(super) fn Chip(
    facet: Facet,
    /// Whether the choices are open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let board = use_board();
    let chosen = memo(move || facet.chosen(&board.filter.read()));
    let words = move || {
        let chosen = chosen.read();
        if chosen.is_empty() {
            return None;
        }
        let options = facet.options(board);
        let mut texts = chosen.iter().filter_map(|value| {
            let option = options.iter().find(|option| option.value == *value)?;
            Some(option.text.clone())
        });
        let first = texts.next()?;
        match texts.count() {
            0 => Some(first),
            others => Some(format!("{first} +{others}")),
        }
    };
    let (on_pointerdown, on_click) = press_to_toggle(open);
    view! {
        <span class="filterbar__part">
            <button
                class="filterbar__chip"
                type="button"
                aria-haspopup="dialog"
                aria-expanded=move || open.get().to_string()
                data-active=move || (!chosen.read().is_empty()).then_some("true")
                on:pointerdown=on_pointerdown
                on:click=on_click
            >
                {facet.name()}
                {move || words().map(|words| view! { <b>{words}</b> })}
            </button>
            <FetchedOnce tool=Tool::Facet(facet, open) open=open/>
        </span>
    }
}

/// The choices for a part of the filter.
#[component]
pub fn FacetPicker(
    /// Which part.
    facet: Facet,
    /// Whether they are open, both ways.
    open: RwSignal<bool>,
) -> impl IntoView {
    let board = use_board();
    view! {
        <Picker
            id=format!("filter-{}", facet.name())
            open=open
            label=facet.name()
            options=Signal::derive(move || facet.options(board))
            selected=memo(move || facet.chosen(&board.filter.read()))
            on_pick=move |value: String| board.set_filter(|filter| facet.pick(filter, &value))
            multiple=true
        />
    }
}

/// Reads a choice; nothing is "none".
fn parse<T: FromStr>(value: &str) -> Result<Option<T>, T::Err> {
    if value == NONE {
        Ok(None)
    } else {
        value.parse().map(Some)
    }
}

fn written<T: ToString>(choice: Option<&T>) -> String {
    choice.map_or_else(|| NONE.to_owned(), T::to_string)
}

fn toggle<T: PartialEq>(choices: &mut Vec<T>, choice: Option<T>) {
    let Some(choice) = choice else { return };
    let before = choices.len();
    choices.retain(|other| *other != choice);
    if choices.len() == before {
        choices.push(choice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ids::LabelId;

    #[test]
    fn a_choice_is_taken_and_taken_back() {
        let mut labels: Vec<Option<LabelId>> = Vec::new();
        toggle(&mut labels, parse(NONE).ok());
        assert_eq!(labels, [None]);
        toggle(
            &mut labels,
            parse("00000000-0000-0000-0000-000000000001").ok(),
        );
        assert_eq!(labels.len(), 2);
        toggle(&mut labels, parse(NONE).ok());
        toggle(&mut labels, parse("nothing that can be read").ok());
        assert_eq!(labels.len(), 1);
        assert_eq!(
            written(labels[0].as_ref()),
            "00000000-0000-0000-0000-000000000001"
        );
    }
}
