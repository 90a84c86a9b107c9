//! The board of a project: columns of cards, and the page of what was taken off it.
//!
//! [`page::BoardPage`] finds the project and makes the `Board` that its parts share (`state.rs`). What a part decides is a
//! pure function in `view.rs`, `lift.rs` (a card that is picked up) or `window.rs` (which cards of a long column are
//! drawn); what it measures or moves on screen is in `crate::dom`.
//!
//! Modules with components are public because the component macro makes public items in each.

pub mod add_column;
mod address;
pub mod archive_list;
pub mod archive_page;
pub mod board_empty;
pub mod board_view;
pub mod card;
mod card_facts;
pub mod card_pickers;
mod choices;
pub mod column;
pub mod column_dialog;
pub mod column_foot;
pub mod column_head;
pub mod column_menu;
pub mod column_switch;
pub mod filter_bar;
pub mod filter_chips;
mod keys;
mod lift;
pub mod new_card;
pub mod page;
mod pointer;
pub mod state;
pub mod top_bar;
mod view;
pub mod view_tabs;
mod window;

pub use add_column::NewColumn;
pub use archive_page::ArchivePage;
pub use card_pickers::FieldPicker;
pub use column_dialog::ColumnDialog;
pub use column_menu::ColumnActions;
pub use filter_chips::{Facet, FacetPicker};
pub use page::BoardPage;
pub use state::Field;
pub use view_tabs::ViewTabs;
