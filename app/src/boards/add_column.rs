use super::state::{Doing, use_board};
use crate::chunks::{Fetched, Part, Tool};
use crate::dom::focus;
use crate::erased::{Show, memo};
use crate::layout::use_toaster;
use crate::ui::{Button, ButtonKind, ButtonSize, ButtonVariant, IconName, TextField};
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Input;
use leptos::prelude::*;
use shared::access::Action;
use shared::statuses::{Category, Mutation};
use shared::values::{Color, Name, Place};

/// The place after the last column, where another is added.
#[component]
pub(super) fn AddColumn() -> impl IntoView {
    let board = use_board();
    let may_edit = memo(move || board.may(Action::EditStatuses));
    let inside = move || {
        if board.doing.get() == Doing::NewColumn {
            view! { <Fetched part=Part::Tool(Tool::NewColumn)/> }.into_any()
        } else {
            view! {
                <Button
                    variant=ButtonVariant::Ghost
                    icon=IconName::Plus
                    on_click=move |_| board.doing.set(Doing::NewColumn)
                >
                    "Add column"
                </Button>
            }
            .into_any()
        }
    };
    view! {
        <Show when=move || may_edit.get()>
            <div class="add-column">{inside}</div>
        </Show>
    }
}

/// Where a new column is named.
#[component]
pub fn NewColumn() -> impl IntoView {
    let board = use_board();
    let toaster = use_toaster();
    let name = RwSignal::new(String::new());
    let input = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            focus::focus(&input);
        }
    });
    let close = move || board.doing.set(Doing::Nothing);
    let create = move |event: SubmitEvent| {
        event.prevent_default();
        match Name::parse(&name.get_untracked()) {
            Ok(parsed) => {
                board.rows.mutate(Mutation::Create {
                    id: board.rows.new_id(),
                    project: board.project,
                    name: parsed,
                    category: Category::Todo,
                    color: Color::Gray,
                    place: Place::Last,
                });
                name.set(String::new());
                close();
            }
            Err(problem) => toaster.warn(problem),
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
        }
    };
    view! {
        <form on:submit=create on:keydown=on_keydown>
            <TextField
                label="Name of the column"
                name="new-column"
                label_hidden=true
                placeholder="Name of the column"
                maxlength=u32::try_from(Name::CHARS_MAX).unwrap_or(u32::MAX)
                value=name
                node_ref=input
            />
            <div class="new-card__actions">
                <Button size=ButtonSize::Small on_click=move |_| close()>"Cancel"</Button>
                <Button
                    variant=ButtonVariant::Primary
                    size=ButtonSize::Small
                    kind=ButtonKind::Submit
                >
                    "Add column"
                </Button>
            </div>
        </form>
    }
}
