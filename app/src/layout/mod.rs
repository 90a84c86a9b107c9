//! The frame around a workspace's pages: the sidebar with the connection in words, toasts, the list of keys, and what
//! stands where a page is missing. A page begins with its own top bar, which holds a [`MenuButton`].

pub mod drawer;
pub mod failed;
pub mod frame;
pub mod help;
pub mod not_found;
pub mod not_here;
pub mod page_title;
pub mod parked;
pub mod settings;
pub mod sidebar;
pub mod sidebar_link;
pub mod theme;
pub mod toaster;
pub mod unsent;
mod words;
pub mod workspace_menu;

pub use drawer::MenuButton;
pub use failed::Failed;
pub use frame::Frame;
pub use help::Keys;
pub use not_found::NotFound;
pub use not_here::{NotHere, OnItsWay};
pub use page_title::PageTitle;
pub use parked::ParkedChanges;
pub use settings::SettingsLayout;
pub use theme::Theme;
pub use toaster::{DialogToasts, Toaster, use_toaster};
pub use unsent::Unsent;
pub use workspace_menu::OtherWorkspaces;
