//! The parts of the filter that are chosen from lists.

use super::choices;
use super::state::use_board;
use crate::erased::memo;
use crate::ui::{Picker, PickerOption, press_to_toggle};
use leptos::prelude::*;
use shared::filter::Filter;
use shared::tasks::Priority;
use std::str::FromStr;

/// What stands for "none" among the choices.
const NONE: &str = "none";

/// Who does it.
#[component]
pub(super) fn AssigneeChip(
    /// Whether the choices are open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let board = use_board();
    let options = move || {
        let mut options = vec![PickerOption::new(NONE, "Nobody")];
        options.extend(choices::people(board));
        options
    };
    let pick = |filter: &mut Filter, value: &str| toggle(&mut filter.assignees, parse(value).ok());
    view! {
        <Chip
            name="Assignee"
            open=open
            options=Signal::derive(options)
            selected=|filter: &Filter| filter.assignees.iter().map(|it| written(it.as_ref())).collect()
            pick=pick
        />
    }
}

/// Which labels.
#[component]
pub(super) fn LabelChipFilter() -> impl IntoView {
    let board = use_board();
    let options = move || {
        let mut options = vec![PickerOption::new(NONE, "No label")];
        options.extend(choices::labels(board));
        options
    };
    let pick = |filter: &mut Filter, value: &str| toggle(&mut filter.labels, parse(value).ok());
    view! {
        <Chip
            name="Label"
            open=RwSignal::new(false)
            options=Signal::derive(options)
            selected=|filter: &Filter| filter.labels.iter().map(|it| written(it.as_ref())).collect()
            pick=pick
        />
    }
}

/// Which priorities.
#[component]
pub(super) fn PriorityChip() -> impl IntoView {
    let pick =
        |filter: &mut Filter, value: &str| toggle(&mut filter.priorities, Priority::parse(value));
    let selected = |filter: &Filter| {
        let names = filter
            .priorities
            .iter()
            .map(|priority| priority.as_str().to_owned());
        names.collect()
    };
    view! {
        <Chip
            name="Priority"
            open=RwSignal::new(false)
            options=Signal::derive(choices::priorities)
            selected=selected
            pick=pick
        />
    }
}

/// One part of the filter: says what is chosen, and opens the choices.
#[component]
fn Chip(
    name: &'static str,
    open: RwSignal<bool>,
    options: Signal<Vec<PickerOption>>,
    selected: fn(&Filter) -> Vec<String>,
    pick: fn(&mut Filter, &str),
) -> impl IntoView {
    let board = use_board();
    let chosen = memo(move || selected(&board.filter.read()));
    let words = move || {
        let chosen = chosen.read();
        let options = options.read();
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
                {name}
                {move || words().map(|words| view! { <b>{words}</b> })}
            </button>
            <Picker
                id=format!("filter-{name}")
                open=open
                label=name
                options=options
                selected=chosen
                on_pick=move |value: String| board.set_filter(|filter| pick(filter, &value))
                multiple=true
            />
        </span>
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
