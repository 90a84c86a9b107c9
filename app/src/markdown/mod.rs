//! Markdown: reading it, writing it, and turning it into HTML that cannot do harm.
//!
//! **Invariant:** HTML in the source is text, never markup; every tag and attribute that comes out is written by
//! [`render`], and every address passed [`shared::values::is_safe_url`] or was made here.
//!
//! The parser is a chunk of its own in the browser, fetched when the first text is shown; on the server it runs at once,
//! so a page's HTML is complete before any script. Start reading at [`view`].

pub mod editing;
pub mod editor;
pub mod linkify;
pub mod links;
pub mod parser;
pub mod render;
pub mod toolbar;
pub mod view;

pub use editor::MarkdownEditor;
pub use links::TaskLinks;
pub use view::Markdown;
