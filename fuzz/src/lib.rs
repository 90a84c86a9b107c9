//! What is done with bytes that anybody may send. Each function takes whatever there is and must come back; what is not as
//! its documentation says ends it with a panic.
//!
//! `cargo fuzz` calls them with what it finds (see the README), and the server's tests with the corpus beside this folder
//! and thousands of changes to it.

mod filters;
mod imports;
mod markdown;
mod protocol;

pub use filters::filters;
pub use imports::imports;
pub use markdown::markdown;
pub use protocol::protocol;
