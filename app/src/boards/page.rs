use super::address::use_filter;
use super::board_view::BoardView;
use super::state::Board;
use crate::dom::local;
use crate::layout::NotFound;
use crate::projects::use_project;
use crate::routes::href;
use crate::sync::use_rows;
use crate::workspaces::slug_of;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// A project's board.
#[component]
pub fn BoardPage() -> impl IntoView {
    let rows = use_rows();
    let filter = use_filter(rows.me());
    let project = use_project(rows);
    let params = use_params_map();
    // Where the installed application begins when there is no server to ask.
    Effect::new(move |_| {
        if let (Some(_), Some(key)) = (project.get(), params.read().get_str("key")) {
            local::keep(local::LAST_BOARD, &href::board(&slug_of(rows), key));
        }
    });
    move || match project.get() {
        Some(project) => {
            let board = Board::new(project, filter);
            view! { <BoardView board=board/> }.into_any()
        }
        None => view! { <NotFound/> }.into_any(),
    }
}
