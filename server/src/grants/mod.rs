//! Grants: what a person lets a program do that they did not make a key for. An OAuth 2.1 authorization server for programs
//! that keep no secret, such as command lines and mobile applications.
//!
//! A program sends the person to `authorize`'s page, gets a code by way of the browser (`codes`), and exchanges it for a
//! session of its own kind, which lives and ends like all others: see [`crate::sessions`]. There is no other way in: no
//! implicit grant, no passwords, no challenge but S256.

mod authorize;
pub mod clients;
mod codes;
mod names;
mod page;
mod params;
pub(crate) mod redirects;
mod refusal;
pub(crate) mod routes;
mod store;

pub use authorize::redirect_of;
pub use clients::Client;
