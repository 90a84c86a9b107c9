use crate::erased::Show;
use crate::layout::use_toaster;
use crate::tasks::OpenTask;
use crate::ui::{Button, ButtonSize, ButtonVariant, Icon, IconName};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use shared::checklist_items::Mutation;
use shared::values::{Name, Place, Title};

/// A line for the next line, and for another heading.
#[component]
pub(super) fn AddLine(task: OpenTask, headings: Memo<Vec<Option<String>>>) -> impl IntoView {
    let toaster = use_toaster();
    let draft = RwSignal::new(String::new());
    // The heading of what is added next; until another is begun, the last one.
    let heading = RwSignal::new(None::<String>);
    let names_heading = RwSignal::new(false);
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let text = draft.get_untracked();
        if text.trim().is_empty() {
            return;
        }
        let last = headings.read_untracked().last().cloned().flatten();
        let heading = heading
            .get_untracked()
            .filter(|it| !it.trim().is_empty())
            .or(last)
            .map(|it| Name::parse(&it))
            .transpose();
        match (Title::parse(&text), heading) {
            (Ok(text), Ok(heading)) => {
                task.rows.mutate(Mutation::Create {
                    id: task.rows.new_id(),
                    task: task.id,
                    text,
                    place: Place::Last,
                    heading,
                    done: false,
                });
                draft.set(String::new());
                names_heading.set(false);
            }
            (Err(problem), _) | (_, Err(problem)) => toaster.warn(problem),
        }
    };
    view! {
        <form on:submit=add>
            <Show when=move || names_heading.get()>
                <input
                    class="checklist__heading"
                    type="text"
                    aria-label="Heading"
                    placeholder="Heading of the next lines"
                    maxlength=Name::CHARS_MAX
                    autocomplete="off"
                    prop:value=move || heading.get().unwrap_or_default()
                    on:input:target=move |event| heading.set(Some(event.target().value()))
                />
            </Show>
            <div class="checklist__add">
                <Icon name=IconName::Plus/>
                <input
                    type="text"
                    aria-label="Add a line"
                    placeholder="Add a line"
                    maxlength=Title::CHARS_MAX
                    autocomplete="off"
                    prop:value=draft
                    on:input:target=move |event| draft.set(event.target().value())
                />
                <Show when=move || !names_heading.get() && !headings.read().is_empty()>
                    <Button
                        variant=ButtonVariant::Ghost
                        size=ButtonSize::Small
                        on_click=move |_| {
                            heading.set(Some(String::new()));
                            names_heading.set(true);
                        }
                    >
                        "New heading"
                    </Button>
                </Show>
            </div>
        </form>
    }
}
