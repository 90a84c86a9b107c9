use leptos::attr::Value;
use leptos::html::Input;
use leptos::prelude::*;

use super::field::{FieldNotes, described_by};

/// A labelled line of text. In a plain form it needs no script: give `name`, and `initial` for what
/// it starts with. With `value` it follows a signal instead.
#[component]
pub fn TextField(
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The element's id, when two fields of a page have the same name.
    #[prop(optional, into)]
    id: Option<String>,
    /// The input's type, such as `email`.
    #[prop(default = "text")]
    kind: &'static str,
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
    /// What the browser may fill in, such as `current-password`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
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
    /// The input, to move the focus to it.
    #[prop(optional)]
    node_ref: NodeRef<Input>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.clone());
    let described = described_by(&id, hint.is_some(), error);
    let start = value.map_or(initial, |value| value.get_untracked());
    let input = view! {
        <input
            class="text-field__input"
            id=id.clone()
            name=name
            type=kind
            value=start
            placeholder=placeholder
            autocomplete=autocomplete
            required=required
            autofocus=autofocus
            maxlength=maxlength
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=described
            node_ref=node_ref
        />
    };
    let input = match value {
        Some(value) => input.bind(Value, value).into_any(),
        None => input.into_any(),
    };
    view! {
        <div class="text-field">
            <label class="text-field__label" class:visually-hidden=label_hidden for=id.clone()>
                {label}
            </label>
            {input}
            <FieldNotes id=id hint=hint error=error/>
        </div>
    }
}
