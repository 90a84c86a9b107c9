use super::new_card::NewCard;
use super::state::{Doing, Writing, use_board};
use crate::erased::{Show, memo};
use crate::ui::{Button, ButtonVariant, IconName};
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::StatusId;

/// The foot of a column: where a new card is written below the others.
#[component]
pub(super) fn ColumnFoot(
    /// The column.
    status: StatusId,
) -> impl IntoView {
    let board = use_board();
    let end = Writing {
        status,
        at_top: false,
    };
    let may_create = memo(move || board.may(Action::CreateTasks));
    let is_writing = memo(move || board.doing.get() == Doing::NewTask(end));
    let inside = move || {
        if is_writing.get() {
            view! { <NewCard writing=end/> }.into_any()
        } else {
            view! {
                <Button
                    variant=ButtonVariant::Ghost
                    icon=IconName::Plus
                    on_click=move |_| board.doing.set(Doing::NewTask(end))
                >
                    "New task"
                </Button>
            }
            .into_any()
        }
    };
    view! {
        <Show when=move || may_create.get()>
            <div class="column__foot">{inside}</div>
        </Show>
    }
}
