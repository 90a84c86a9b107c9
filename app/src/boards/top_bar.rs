use super::state::{Doing, Writing, use_board};
use super::view_tabs::ViewTabs;
use crate::erased::{Show, memo};
use crate::layout::MenuButton;
use crate::members::face;
use crate::ui::{AvatarSize, AvatarStack, Button, ButtonVariant, IconName};
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::UserId;
use shared::members::Member;
use shared::sorted::SortedMap;

/// The board's top bar: the project, its views, who is here, and the one thing to do.
#[component]
pub(super) fn TopBar(
    /// The project's name.
    name: Memo<String>,
) -> impl IntoView {
    let board = use_board();
    let may_create =
        memo(move || board.may(Action::CreateTasks) && !board.statuses.read().is_empty());
    let write = move |_| {
        if let Some(status) = board.focused_column() {
            board.doing.set(Doing::NewTask(Writing {
                status,
                at_top: true,
            }));
        }
    };
    view! {
        <header class="topbar">
            <MenuButton/>
            <h1 class="topbar__title">{name}</h1>
            <ViewTabs project_key=board.key/>
            <div class="topbar__actions">
                <People/>
                <Show when=move || may_create.get()>
                    <Button
                        variant=ButtonVariant::Primary
                        icon=IconName::Plus
                        kbd="C"
                        on_click=write
                    >
                        "New task"
                    </Button>
                </Show>
            </div>
        </header>
    }
}

/// Who looks at the board now: the others first.
#[component]
fn People() -> impl IntoView {
    let board = use_board();
    let rows = board.rows;
    let faces = memo(move || {
        let people = rows.people(board.project);
        let here: SortedMap<UserId, ()> = people.iter().map(|person| (person.user, ())).collect();
        let (me, others): (Vec<_>, Vec<_>) = here.keys().partition(|user| **user == rows.me());
        let face = |user: &UserId| rows.get::<Member>(*user).map(|member| face(&member));
        others
            .into_iter()
            .chain(me)
            .filter_map(face)
            .collect::<Vec<_>>()
    });
    view! { <AvatarStack faces=faces max=4 size=AvatarSize::Medium/> }
}
