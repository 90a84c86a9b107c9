//! The board of a project: columns of cards, and the page of what was taken off it.

mod archive_page;
mod page;

pub use archive_page::ArchivePage;
pub use page::BoardPage;
