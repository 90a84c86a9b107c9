//! The inside of a picker. It is made anew each time the picker opens, so it starts clean.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::picker_option::{is_taken, matching};
use super::picker_row::PickerRow;
use super::{Icon, IconName, PickerOption};
use crate::dom::focus::{self, Step};
use crate::erased::memo;

/// What is searched for, and what was found.
#[derive(Clone, Copy)]
struct Search {
    query: RwSignal<String>,
    found: Signal<Vec<PickerOption>>,
    /// Whether the last row makes a new choice out of the query.
    creates: Memo<bool>,
    /// The row that Enter chooses.
    active: RwSignal<usize>,
}

impl Search {
    fn new(
        options: Signal<Vec<PickerOption>>,
        selected: Signal<Vec<String>>,
        can_create: bool,
    ) -> Self {
        let query = RwSignal::new(String::new());
        let found = Signal::derive(move || matching(&options.read(), &query.read()));
        let creates = memo(move || can_create && !is_taken(&options.read(), &query.read()));
        let chosen = selected.read_untracked();
        let first = found
            .read_untracked()
            .iter()
            .position(|option| chosen.contains(&option.value));
        Self {
            query,
            found,
            creates,
            active: RwSignal::new(first.unwrap_or(0)),
        }
    }

    fn count(self) -> usize {
        self.found.read().len() + usize::from(self.creates.get())
    }

    /// The row a key leads to. Home and End are left to the text that is being typed.
    fn step(self, key: &str) -> Option<usize> {
        let step = Step::from_key(key).filter(|_| key.starts_with("Arrow"))?;
        untrack(|| step.from_index(Some(self.active.get()), self.count()))
    }

    /// Hands on what the row stands for. Returns whether there was such a row.
    fn choose(
        self,
        index: usize,
        on_pick: Callback<String>,
        on_create: Option<Callback<String>>,
    ) -> bool {
        let option = self.found.with_untracked(|found| found.get(index).cloned());
        if let Some(option) = option {
            on_pick.run(option.value);
        } else if let Some(on_create) = on_create.filter(|_| self.creates.get_untracked()) {
            on_create.run(self.query.get_untracked().trim().to_owned());
            self.query.set(String::new());
        } else {
            return false;
        }
        true
    }
}

/// The search box and the choices.
#[component]
pub(super) fn PickerList(
    id: String,
    open: RwSignal<bool>,
    label: String,
    options: Signal<Vec<PickerOption>>,
    selected: Signal<Vec<String>>,
    on_pick: Callback<String>,
    multiple: bool,
    on_create: Option<Callback<String>>,
    #[prop(default = "Create")] create_verb: &'static str,
    placeholder: Option<String>,
    empty: String,
) -> impl IntoView {
    let search = Search::new(options, selected, on_create.is_some());
    let Search {
        query,
        found,
        creates,
        active,
    } = search;
    let list_id = format!("{id}-list");
    let id = StoredValue::new(id);
    let row_id = move |index: usize| id.with_value(|id| format!("{id}-{index}"));

    let choose = move |index: usize| {
        if search.choose(index, on_pick, on_create) && !multiple {
            open.set(false);
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        event.stop_propagation();
        let key = event.key();
        if let Some(index) = search.step(&key) {
            event.prevent_default();
            active.set(index);
            focus::reveal(&row_id(index));
        } else if key == "Enter" && !event.is_composing() {
            event.prevent_default();
            choose(active.get_untracked());
        } else if key == "Tab" {
            open.set(false);
        }
    };
    let row = move |index: usize, option: PickerOption| {
        let value = option.value.clone();
        let is_selected = Signal::derive(move || selected.read().contains(&value));
        view! { <PickerRow id=row_id(index) index option is_selected active on_choose=choose/> }
    };
    let rows = move || {
        found
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, it)| row(index, it))
            .collect_view()
    };
    let new_row = move || {
        creates.get().then(|| {
            let text = format!("{create_verb} “{}”", query.read().trim());
            let plus = || view! { <Icon name=IconName::Plus/> };
            row(found.read().len(), PickerOption::new("", text).glyph(plus))
        })
    };
    let nothing = move || (search.count() == 0).then(|| empty.clone());
    view! {
        <div class="picker">
            <input
                class="picker__search"
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls=list_id.clone()
                aria-activedescendant=move || {
                    (active.get() < search.count()).then(|| row_id(active.get()))
                }
                aria-label=label.clone()
                placeholder=placeholder.unwrap_or_else(|| label.clone())
                autocomplete="off"
                prop:value=query
                on:input:target=move |event| {
                    query.set(event.target().value());
                    active.set(0);
                }
                on:keydown=on_keydown
            />
            <ul
                class="picker__list"
                role="listbox"
                id=list_id
                aria-label=label
                aria-multiselectable=multiple.then_some("true")
            >
                {rows}
                {new_row}
            </ul>
            {move || nothing().map(|text| view! { <p class="picker__empty">{text}</p> })}
        </div>
    }
}
