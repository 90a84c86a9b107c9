//! What is done with bytes that anybody may send. Each function takes whatever there is and must come back; what is not as
//! its documentation says ends it with a panic.
//!
//! `cargo fuzz` calls them with what it finds (see the README), and the server's tests with the corpus beside this folder
//! and thousands of changes to it.

mod authorize;
mod cursors;
mod filters;
mod imports;
mod markdown;
mod passkeys;
mod protocol;
mod uploads;

pub use authorize::authorize;
pub use cursors::cursors;
pub use filters::filters;
pub use imports::imports;
pub use markdown::markdown;
pub use passkeys::passkeys;
pub use protocol::protocol;
pub use uploads::uploads;
