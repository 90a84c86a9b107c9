use leptos::prelude::*;

/// One choice of a [`Select`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    /// What the form sends.
    pub value: String,
    /// What is shown.
    pub text: String,
}

/// A choice among a few, with the browser's own list.
#[component]
pub fn Select(
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The element's id, when two fields of a page have the same name.
    #[prop(optional, into)]
    id: Option<String>,
    /// The choices.
    #[prop(into)]
    options: Signal<Vec<SelectOption>>,
    /// The chosen value, both ways.
    #[prop(optional, into)]
    value: Option<RwSignal<String>>,
    /// The chosen value at first, where `value` is not given.
    #[prop(optional, into)]
    initial: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Hides the label from sight, not from screen readers.
    #[prop(optional)]
    label_hidden: bool,
    /// Called with the value that was chosen.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.clone());
    let hint_id = hint.as_ref().map(|_| format!("{id}-hint"));
    let chosen = Signal::derive(move || value.map_or_else(|| initial.clone(), |value| value.get()));
    let choices = move || {
        let choice = |option: SelectOption| {
            let selected = chosen.get() == option.value;
            view! { <option value=option.value selected=selected>{option.text}</option> }
        };
        options.get().into_iter().map(choice).collect_view()
    };
    view! {
        <div class="select">
            <label class="text-field__label" class:visually-hidden=label_hidden for=id.clone()>
                {label}
            </label>
            <select
                class="select__input"
                id=id
                name=name
                aria-describedby=hint_id.clone()
                on:change:target=move |event| {
                    let picked = event.target().value();
                    if let Some(value) = value {
                        value.set(picked.clone());
                    }
                    if let Some(on_change) = on_change {
                        on_change.run(picked);
                    }
                }
            >
                {choices}
            </select>
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
        </div>
    }
}
