use crate::dom::html;
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

/// Text that is edited where it is read: a title, a column's name. Enter or leaving it commits,
/// `Esc` puts back what it was. An empty text is never committed.
#[component]
pub fn EditableText(
    /// The text as it is now.
    #[prop(into)]
    value: Signal<String>,
    /// What the text is, for screen readers.
    #[prop(into)]
    label: String,
    /// Called with the new text, when it changed.
    #[prop(into)]
    on_commit: Callback<String>,
    /// Called when nothing is to change: `Esc`, or leaving it as it was.
    #[prop(optional, into)]
    on_cancel: Option<Callback<()>>,
    /// The longest text, in characters.
    #[prop(optional, into)]
    maxlength: Option<u32>,
    /// Whether Enter starts a new line instead of committing.
    #[prop(optional)]
    multiline: bool,
    /// Whether it can only be read.
    #[prop(optional, into)]
    readonly: Signal<bool>,
    /// The box, to move the focus to it.
    #[prop(optional)]
    node_ref: NodeRef<Textarea>,
) -> impl IntoView {
    let draft = RwSignal::new(None::<String>);
    let shown = Signal::derive(move || draft.get().unwrap_or_else(|| value.get()));
    let finish = move |_| {
        let text = draft
            .try_update(Option::take)
            .flatten()
            .map(|text| text.trim().to_owned());
        match text {
            Some(text) if !text.is_empty() && text != value.get_untracked() => on_commit.run(text),
            _ => {
                if let Some(on_cancel) = on_cancel {
                    on_cancel.run(());
                }
            }
        }
    };
    let leave = move || {
        if let Some(input) = node_ref.get_untracked() {
            // An element that lost its place in the page has nothing left to leave.
            let _ = input.blur();
        }
    };
    let on_keydown = move |event: KeyboardEvent| match event.key().as_str() {
        // Enter chooses a word in an input method before it means anything here.
        "Enter" if !multiline && !event.is_composing() => {
            event.prevent_default();
            leave();
        }
        "Escape" => {
            event.stop_propagation();
            draft.set(None);
            leave();
        }
        _ => {}
    };
    view! {
        <span class="editable" data-value=shown>
            <textarea
                class="editable__input"
                rows="1"
                aria-label=label
                maxlength=maxlength
                readonly=readonly
                prop:value=shown
                on:input:target=move |event| draft.set(Some(event.target().value()))
                on:blur=finish
                on:keydown=on_keydown
                node_ref=node_ref
            >
                {html::text(value.get_untracked())}
            </textarea>
        </span>
    }
}
