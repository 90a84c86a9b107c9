use super::state::{Doing, Writing, use_board};
use crate::dom::{focus, html};
use crate::layout::use_toaster;
use crate::ui::{Button, ButtonKind, ButtonSize, ButtonVariant, IconButton, IconName};
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::prelude::*;
use shared::values::Title;

/// A card that is being written where it will stand. Enter makes it and goes on with the next.
#[component]
pub(super) fn NewCard(
    /// Where it will stand.
    writing: Writing,
) -> impl IntoView {
    let board = use_board();
    let toaster = use_toaster();
    let input = NodeRef::<Textarea>::new();
    // What was begun is there again when the box is opened the next time.
    let draft = board.draft(writing);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            focus::focus(&input);
        }
    });
    let create = move || {
        let text = draft.get_untracked();
        let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return;
        }
        match Title::parse(&title) {
            Ok(title) => {
                draft.set(String::new());
                board.create(writing, title);
                if !writing.at_top {
                    board.show_end(writing.status);
                }
            }
            Err(problem) => toaster.warn(problem),
        }
        if let Some(input) = input.get_untracked() {
            focus::focus(&input);
        }
    };
    let close = move || {
        board.doing.set(Doing::Nothing);
        if let Some(card) = board.current.get_untracked() {
            board.focus(card);
        }
    };
    let on_keydown = move |event: KeyboardEvent| match event.key().as_str() {
        // Enter chooses a word in an input method before it means anything here.
        "Enter" if !event.is_composing() && !event.shift_key() => {
            event.prevent_default();
            create();
        }
        "Escape" => {
            event.stop_propagation();
            close();
        }
        _ => {}
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        create();
    };
    view! {
        <form class="new-card" on:submit=on_submit>
            <textarea
                class="new-card__title"
                rows="2"
                aria-label="Title of the new task"
                placeholder="What is to be done?"
                maxlength=Title::CHARS_MAX.to_string()
                node_ref=input
                prop:value=draft
                on:input:target=move |event| draft.set(event.target().value())
                on:keydown=on_keydown
            >
                {html::text(draft.get_untracked())}
            </textarea>
            <div class="new-card__actions">
                <Button
                    variant=ButtonVariant::Primary
                    size=ButtonSize::Small
                    kind=ButtonKind::Submit
                >
                    "Create task"
                </Button>
                <IconButton
                    icon=IconName::Close
                    label="Close"
                    kbd="Esc"
                    size=ButtonSize::Small
                    on_click=move |_| close()
                />
            </div>
        </form>
    }
}
