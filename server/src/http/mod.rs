//! HTTP: what every request passes through, and what belongs to no domain.
//!
//! A domain's handlers live in the domain; [`router`] lists their routers. [`Error`] is the one type that a handler fails
//! with, and the one place that writes an error to the wire.

pub mod api;
pub mod assets;
pub mod client_address;
mod connections;
pub mod cookies;
mod dev_reload;
pub mod doors;
mod earlier_builds;
pub mod error;
pub mod extract;
pub mod flash;
mod health;
pub mod middleware;
pub mod outgoing;
pub(crate) mod plain_page;
pub mod rates;
pub mod router;
pub mod server;
mod server_functions;
mod service_worker;
pub(crate) mod ssr;
mod stopping;
pub mod tls;
mod workspace_hosts;

pub use error::Error;
pub(crate) use middleware::is_followed_here;
pub use server::Server;
