use crate::dom::html;
use leptos::attr::Value;
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

use super::field::{FieldNotes, described_by};

/// A labelled box for longer text. It grows with what is typed where the browser can do that.
#[component]
pub fn TextArea(
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The element's id, when two fields of a page have the same name.
    #[prop(optional, into)]
    id: Option<String>,
    /// The text, both ways.
    #[prop(optional, into)]
    value: Option<RwSignal<String>>,
    /// The text at first, where `value` is not given.
    #[prop(optional, into)]
    initial: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong and what to do.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// An example of what to type; never the only label.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Whether it must be filled in.
    #[prop(optional)]
    required: bool,
    /// Whether it takes the focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
    /// Hides the label from sight, not from screen readers.
    #[prop(optional)]
    label_hidden: bool,
    /// The longest text, in characters.
    #[prop(optional, into)]
    maxlength: Option<u32>,
    /// Lines shown when empty.
    #[prop(default = 3)]
    rows: u32,
    /// Called for each key, for "send" and "cancel".
    #[prop(optional, into)]
    on_keydown: Option<Callback<KeyboardEvent>>,
    /// The box, to move the focus to it.
    #[prop(optional)]
    node_ref: NodeRef<Textarea>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.clone());
    let described = described_by(&id, hint.is_some(), error);
    let start = value.map_or(initial, |value| value.get_untracked());
    let input = view! {
        <textarea
            class="text-area__input"
            id=id.clone()
            name=name
            placeholder=placeholder
            required=required
            autofocus=autofocus
            maxlength=maxlength
            rows=rows
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=described
            node_ref=node_ref
            on:keydown=move |event| {
                if let Some(on_keydown) = on_keydown {
                    on_keydown.run(event);
                }
            }
        >
            {html::text(start)}
        </textarea>
    };
    let input = match value {
        Some(value) => input.bind(Value, value).into_any(),
        None => input.into_any(),
    };
    view! {
        <div class="text-area">
            <label class="text-field__label" class:visually-hidden=label_hidden for=id.clone()>
                {label}
            </label>
            {input}
            <FieldNotes id=id hint=hint error=error/>
        </div>
    }
}
