use crate::dom::{drafts, focus, hotkeys};
use crate::layout::use_toaster;
use crate::tasks::OpenTask;
use crate::ui::{Button, ButtonKind, ButtonVariant};
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::prelude::*;
use shared::comments::Mutation;
use shared::values::CommentText;

/// A box for a comment. Ctrl+Enter sends; what is not sent is kept in this browser.
#[component]
pub(super) fn CommentForm(task: OpenTask) -> impl IntoView {
    let toaster = use_toaster();
    let draft = RwSignal::new(String::new());
    let input = NodeRef::<Textarea>::new();
    let place = StoredValue::new(format!("comment:{}", task.id));
    Effect::new(move |_| {
        if let Some(kept) = place.with_value(|place| drafts::read(place)) {
            draft.set(kept);
        }
    });
    let write = move |text: String| {
        place.with_value(|place| drafts::keep(place, &text));
        draft.set(text);
    };
    let send = move || {
        let text = draft.get_untracked();
        if text.trim().is_empty() {
            return;
        }
        match CommentText::parse(text.trim_end()) {
            Ok(text) => {
                task.rows.mutate(Mutation::Create {
                    id: task.rows.new_id(),
                    task: task.id,
                    text,
                });
                draft.set(String::new());
                place.with_value(|place| drafts::forget(place));
            }
            Err(problem) => toaster.warn(problem),
        }
    };
    hotkeys::use_hotkey("M", "Write a comment", move || {
        if let Some(input) = input.get_untracked() {
            focus::focus(&input);
        }
    });
    let on_keydown = move |event: KeyboardEvent| {
        let command = event.ctrl_key() || event.meta_key();
        if event.key() == "Enter" && command {
            event.prevent_default();
            send();
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! {
        <form class="comment-form" on:submit=on_submit>
            <textarea
                aria-label="Write a comment"
                placeholder="Write a comment"
                rows="1"
                maxlength=CommentText::CHARS_MAX
                prop:value=draft
                on:input:target=move |event| write(event.target().value())
                on:keydown=on_keydown
                node_ref=input
            ></textarea>
            <div class="comment-form__foot">
                <span>"Markdown"</span>
                <Button
                    kind=ButtonKind::Submit
                    variant=ButtonVariant::Primary
                    kbd="Ctrl ⏎"
                    disabled=Signal::derive(move || draft.read().trim().is_empty())
                >
                    "Comment"
                </Button>
            </div>
        </form>
    }
}
