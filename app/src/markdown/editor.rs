use super::editing::{self, Mark};
use super::toolbar::Toolbar;
use super::view::Markdown;
use crate::dom::{focus, html, text_input};
use crate::ui::{Button, ButtonVariant};
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

/// A box to write Markdown in, with a preview. Ctrl+Enter saves, Esc leaves without saving.
#[component]
pub fn MarkdownEditor(
    /// What is written: "Description".
    #[prop(into)]
    label: String,
    /// The text, both ways.
    draft: RwSignal<String>,
    /// What saving is called.
    #[prop(default = "Save", into)]
    save_text: &'static str,
    /// Whether it can be saved.
    #[prop(default = Signal::stored(true), into)]
    can_save: Signal<bool>,
    /// The longest text, in characters.
    maxlength: usize,
    /// Called to save.
    #[prop(into)]
    on_save: Callback<()>,
    /// Called to leave.
    #[prop(into)]
    on_cancel: Callback<()>,
) -> impl IntoView {
    let is_preview = RwSignal::new(false);
    let input = NodeRef::<Textarea>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            focus::focus(&input);
        }
    });
    let on_mark = Callback::new(move |mark: Mark| {
        if let Some(input) = input.get_untracked() {
            let change = editing::change(&input.value(), text_input::selection(&input), mark);
            text_input::replace(&input, change.replaced, &change.text, change.selected);
        }
    });
    let on_keydown = move |event: KeyboardEvent| {
        let command = event.ctrl_key() || event.meta_key();
        match event.key().as_str() {
            "Enter" if command && can_save.get_untracked() => on_save.run(()),
            "Escape" => on_cancel.run(()),
            "b" if command => on_mark.run(Mark::Bold),
            "i" if command => on_mark.run(Mark::Italic),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let tab = move |text: &'static str, preview: bool| {
        view! {
            <button
                type="button"
                role="tab"
                aria-selected=move || (is_preview.get() == preview).to_string()
                on:click=move |_| is_preview.set(preview)
            >
                {text}
            </button>
        }
    };
    let write = move || {
        view! {
            <textarea
                class="editor__input"
                aria-label=label.clone()
                maxlength=maxlength
                prop:value=draft
                on:input:target=move |event| draft.set(event.target().value())
                node_ref=input
            >
                {html::text(draft.get_untracked())}
            </textarea>
        }
    };
    let read = move || view! { <div class="editor__preview"><Markdown text=draft/></div> };
    let body = move || {
        if is_preview.get() {
            read().into_any()
        } else {
            write().into_any()
        }
    };
    view! {
        <div class="editor" on:keydown=on_keydown>
            <div class="editor__head">
                <div class="editor__tabs" role="tablist" aria-label="View">
                    {tab("Write", false)} {tab("Preview", true)}
                </div>
                <Toolbar disabled=is_preview on_mark=on_mark/>
            </div>
            <div role="tabpanel" aria-label="Text">{body}</div>
            <div class="editor__foot">
                <span>"Markdown"</span>
                <Button variant=ButtonVariant::Ghost on_click=move |_| on_cancel.run(())>
                    "Cancel"
                </Button>
                <Button
                    variant=ButtonVariant::Primary
                    kbd="Ctrl ⏎"
                    disabled=Signal::derive(move || !can_save.get())
                    on_click=move |_| on_save.run(())
                >
                    {save_text}
                </Button>
            </div>
        </div>
    }
}
