use super::column_menu::ColumnMenu;
use super::state::{Doing, Writing, use_board};
use super::view;
use crate::dom::text_input;
use crate::erased::{Show, memo};
use crate::layout::use_toaster;
use crate::ui::{ButtonSize, EditableText, IconButton, IconName, StatusGlyph};
use leptos::html::Textarea;
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::StatusId;
use shared::statuses::{Category, Mutation, Status, StatusPatch};
use shared::values::Name;

/// The head of a column: what it is called, how much is in it, and what can be done with it. By it, the column is dragged.
#[component]
pub(super) fn ColumnHead(
    /// The column.
    status: StatusId,
    /// Its name.
    name: Memo<String>,
    /// How many tasks it has.
    total: Memo<usize>,
    /// How many of them pass the filter.
    shown: Memo<usize>,
    /// Its limit.
    limit: Memo<Option<u32>>,
) -> impl IntoView {
    let board = use_board();
    let renaming = RwSignal::new(false);
    let category = board.rows.map::<Status, _>(status, |it| {
        it.map_or(Category::Todo, |it| it.category)
            .as_str()
            .to_owned()
    });
    let color = board
        .rows
        .map::<Status, _>(status, |it| it.and_then(view::own_color));
    let count = move || {
        let is_filtered = !board.filter.read().is_empty();
        let is_counted = board.is_counted();
        is_counted.then(|| view::count(total.get(), shown.get(), limit.get(), is_filtered))
    };
    let count_words = move || {
        let is_counted = board.is_counted();
        is_counted.then(|| view::count_words(total.get(), limit.get()))
    };
    let may_edit = memo(move || board.may(Action::EditStatuses));
    let may_create = memo(move || board.may(Action::CreateTasks));
    let top = Writing {
        status,
        at_top: true,
    };
    view! {
        <header class="column__head" data-handle=move || may_edit.get().then_some("true")>
            <StatusGlyph category=category color=MaybeProp::derive(move || color.get())/>
            <h2
                class="column__name"
                on:dblclick=move |_| renaming.set(may_edit.get_untracked())
            >
                {move || {
                    if renaming.get() {
                        view! { <NameField status=status name=name renaming=renaming/> }.into_any()
                    } else {
                        name.get().into_any()
                    }
                }}
            </h2>
            <span class="column__count" title=count_words>{count}</span>
            <div class="column__actions">
                <Show when=move || may_create.get()>
                    <IconButton
                        icon=IconName::Plus
                        label="New task at the top"
                        size=ButtonSize::Small
                        on_click=move |_| board.doing.set(Doing::NewTask(top))
                    />
                </Show>
                <Show when=move || may_edit.get()>
                    <ColumnMenu status=status name=name renaming=renaming/>
                </Show>
            </div>
        </header>
    }
}

/// The column's name while it is being changed.
#[component]
fn NameField(status: StatusId, name: Memo<String>, renaming: RwSignal<bool>) -> impl IntoView {
    let board = use_board();
    let toaster = use_toaster();
    let input = NodeRef::<Textarea>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            text_input::select_all(&input);
        }
    });
    let commit = move |text: String| {
        renaming.set(false);
        match Name::parse(&text) {
            Ok(name) => board.rows.mutate(Mutation::Edit {
                id: status,
                patch: StatusPatch {
                    name: Some(name),
                    ..StatusPatch::default()
                },
            }),
            Err(problem) => toaster.warn(problem),
        }
    };
    let max = u32::try_from(Name::CHARS_MAX).unwrap_or(u32::MAX);
    view! {
        <EditableText
            value=name
            label="Column name"
            maxlength=max
            on_commit=commit
            on_cancel=move |()| renaming.set(false)
            node_ref=input
        />
    }
}
