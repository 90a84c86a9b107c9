use leptos::prelude::*;

use super::picker_list::PickerList;
use super::{Anchor, PickerOption, Popover};

/// A list to search and choose from: who, which label, which status. Typing narrows it, arrows
/// move, Enter chooses. Its content exists only while it is open.
#[component]
pub fn Picker(
    /// An id that no other picker of the page has.
    #[prop(into)]
    id: String,
    /// Whether it is open, both ways.
    open: RwSignal<bool>,
    /// What is chosen: "Assignees".
    #[prop(into)]
    label: String,
    /// The choices.
    #[prop(into)]
    options: Signal<Vec<PickerOption>>,
    /// The values chosen now.
    #[prop(into)]
    selected: Signal<Vec<String>>,
    /// Called with the value that was chosen, or, with `multiple`, ticked or unticked.
    #[prop(into)]
    on_pick: Callback<String>,
    /// Whether several can be chosen; then choosing does not close it.
    #[prop(optional)]
    multiple: bool,
    /// Called with what was typed to make a new choice; without it none can be made.
    #[prop(optional_no_strip)]
    on_create: Option<Callback<String>>,
    /// What making a new choice is called.
    #[prop(default = "Create")]
    create_verb: &'static str,
    /// What the search box shows while it is empty.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// What is said when nothing matches.
    #[prop(default = "Nothing matches".to_owned(), into)]
    empty: String,
    /// What it stands beside.
    #[prop(optional)]
    anchor: Anchor,
) -> impl IntoView {
    view! {
        <Popover open=open label=label.clone() anchor=anchor>
            <PickerList
                id=id.clone()
                open=open
                label=label.clone()
                options=options
                selected=selected
                on_pick=on_pick
                multiple=multiple
                on_create=on_create
                create_verb=create_verb
                placeholder=placeholder.clone()
                empty=empty.clone()
            />
        </Popover>
    }
}
