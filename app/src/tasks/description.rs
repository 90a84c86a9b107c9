use super::open::OpenTask;
use crate::dom::{drafts, html};
use crate::erased::{Show, memo};
use crate::layout::{OnItsWay, use_toaster};
use crate::markdown::{Markdown as MarkdownText, MarkdownEditor};
use crate::ui::{Banner, Button, ButtonSize, ButtonVariant, IconButton, IconName};
use leptos::prelude::*;
use shared::tasks::{Description, Mutation};
use shared::values::Markdown;

/// What is being written.
#[derive(Clone, Copy)]
struct Editing {
    is_open: RwSignal<bool>,
    draft: RwSignal<String>,
    /// The text that the draft began with.
    base: RwSignal<String>,
    /// What was written and neither saved nor discarded.
    left: RwSignal<Option<String>>,
    text: Memo<String>,
    place: StoredValue<String>,
}

impl Editing {
    fn new(task: OpenTask) -> Self {
        let text = task.rows.map::<Description, _>(task.id, |it| {
            it.map(|it| it.markdown.as_str().to_owned())
                .unwrap_or_default()
        });
        let editing = Self {
            is_open: RwSignal::new(false),
            draft: RwSignal::new(String::new()),
            base: RwSignal::new(String::new()),
            left: RwSignal::new(None),
            text,
            place: StoredValue::new(format!("description:{}", task.id)),
        };
        Effect::new(move |_| {
            editing
                .left
                .set(editing.place.with_value(|place| drafts::read(place)));
        });
        Effect::new(move |_| {
            let draft = editing.draft.get();
            if editing.is_open.get() && draft != editing.base.get_untracked() {
                editing
                    .place
                    .with_value(|place| drafts::keep(place, &draft));
            }
        });
        editing
    }

    fn begin(self) {
        let text = self.text.get_untracked();
        self.base.set(text.clone());
        self.draft.set(self.left.get_untracked().unwrap_or(text));
        self.left.set(None);
        self.is_open.set(true);
    }

    /// Stops writing; the draft is kept, so that nothing is lost by a wrong key.
    fn leave(self) {
        self.is_open.set(false);
        let draft = self.draft.get_untracked();
        self.left
            .set((draft != self.text.get_untracked()).then_some(draft));
    }

    fn discard(self) {
        self.left.set(None);
        self.place.with_value(|place| drafts::forget(place));
    }

    /// Whether somebody else changed the text meanwhile.
    fn is_overtaken(self) -> bool {
        self.base.get() != self.text.get() && self.draft.get() != self.text.get()
    }
}

/// The description: read, or written.
#[component]
pub(super) fn DescriptionSection(task: OpenTask, is_here: Memo<bool>) -> impl IntoView {
    let toaster = use_toaster();
    let editing = Editing::new(task);
    let has_description = task.map(|it| it.has_description);
    let is_missing =
        move || has_description.get() && !is_here.get() && editing.text.read().is_empty();
    let save = move |()| match Markdown::parse(&editing.draft.read_untracked()) {
        Ok(markdown) => {
            editing.is_open.set(false);
            editing.discard();
            if markdown.as_str() != *editing.text.read_untracked() {
                task.send(match Markdown::parse(&editing.base.read_untracked()) {
                    Ok(base) => Mutation::Rewrite {
                        id: task.id,
                        base,
                        markdown,
                    },
                    Err(_) => Mutation::Describe {
                        id: task.id,
                        markdown,
                    },
                });
            }
        }
        Err(problem) => toaster.warn(problem),
    };
    let may_begin = memo(move || task.may_edit() && !editing.is_open.get());
    let body = move || {
        if editing.is_open.get() {
            view! {
                <Overtaken editing=editing/>
                <MarkdownEditor
                    label="Description"
                    draft=editing.draft
                    maxlength=Markdown::CHARS_MAX
                    on_save=save
                    on_cancel=move |()| editing.leave()
                />
            }
            .into_any()
        } else if is_missing() {
            view! { <OnItsWay count=3/> }.into_any()
        } else {
            view! { <Read task=task editing=editing/> }.into_any()
        }
    };
    view! {
        <section class="panel__section">
            <h3 class="panel__heading">
                "Description"
                <Show when=move || may_begin.get() && !editing.text.read().is_empty()>
                    <IconButton
                        icon=IconName::Pencil
                        label="Edit the description"
                        size=ButtonSize::Small
                        tooltip_end=true
                        on_click=move |_| editing.begin()
                    />
                </Show>
            </h3>
            <Left editing=editing/>
            <div class="description">{body}</div>
        </section>
    }
}

/// The text as it is meant to be read; a click on it begins to edit.
#[component]
fn Read(task: OpenTask, editing: Editing) -> impl IntoView {
    let is_empty = memo(move || editing.text.read().trim().is_empty());
    let begin = move || {
        if untrack(|| task.may_edit()) {
            editing.begin();
        }
    };
    move || {
        if !is_empty.get() {
            view! {
                <div
                    class="description__text"
                    data-editable=move || task.may_edit().then_some("true")
                    on:click=move |event| {
                        if html::is_plain_click(&event) {
                            begin();
                        }
                    }
                >
                    <MarkdownText text=editing.text/>
                </div>
            }
            .into_any()
        } else if task.may_edit() {
            view! {
                <button class="description__empty" type="button" on:click=move |_| begin()>
                    "Add a description"
                </button>
            }
            .into_any()
        } else {
            view! { <p class="description__none">"No description"</p> }.into_any()
        }
    }
}

/// Says that there is a draft that was never saved.
#[component]
fn Left(editing: Editing) -> impl IntoView {
    let actions = move || {
        view! {
            <Button
                size=ButtonSize::Small
                variant=ButtonVariant::Ghost
                on_click=move |_| editing.discard()
            >
                "Discard"
            </Button>
            <Button size=ButtonSize::Small on_click=move |_| editing.begin()>
                "Continue"
            </Button>
        }
    };
    view! {
        <Show when=move || editing.left.read().is_some() && !editing.is_open.get()>
            <Banner actions=actions>"You have a draft that is not saved."</Banner>
        </Show>
    }
}

/// Says that somebody else changed the text that is being edited.
#[component]
fn Overtaken(editing: Editing) -> impl IntoView {
    let take_theirs = move |_| {
        let text = editing.text.get_untracked();
        editing.base.set(text.clone());
        editing.draft.set(text);
    };
    view! {
        <Show when=move || editing.is_overtaken()>
            <div class="conflict" role="status">
                <b>"Somebody changed the description while you were writing."</b>
                "Saving brings both together. "
                <button class="conflict__action" type="button" on:click=take_theirs>
                    "Take theirs"
                </button>
            </div>
        </Show>
    }
}
