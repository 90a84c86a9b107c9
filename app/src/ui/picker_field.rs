use leptos::prelude::*;

use super::picker_list::PickerList;
use super::popover::press_to_toggle;
use super::{PickerOption, Popover};

/// A value that is changed by pressing it: a button that opens a [`Picker`].
#[component]
pub fn PickerField(
    /// An id that no other picker of the page has.
    #[prop(into)]
    id: String,
    /// What is chosen: "Assignees". With the value it is the button's name.
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
    #[prop(optional, into)]
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
    /// Whether it is open, both ways, for a key that opens it.
    #[prop(default = RwSignal::new(false))]
    open: RwSignal<bool>,
    /// Whether it can be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What the button shows: the value.
    children: Children,
) -> impl IntoView {
    let (on_pointerdown, on_click) = press_to_toggle(open);
    view! {
        <button
            class="picker-field"
            type="button"
            aria-haspopup="dialog"
            aria-expanded=move || open.get().to_string()
            disabled=disabled
            on:pointerdown=on_pointerdown
            on:click=on_click
        >
            <span class="visually-hidden">{format!("{label}: ")}</span>
            {children()}
        </button>
        <Popover open=open label=label.clone()>
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
