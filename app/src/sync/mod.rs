//! The replica as reactive rows: pages read [`Rows`] and write commands through it.
//!
//! On the server [`Rows`] is filled for one request and never changes. In the browser it begins from the page's [`Seed`]
//! and is kept live by the driver, which owns the socket, the timers and the requests.

#[cfg(feature = "hydrate")]
pub mod driver;
#[cfg(any(feature = "hydrate", test))]
mod leaving;
pub mod notice;
mod reach;
mod rows;
mod seed;
mod written;

pub use notice::{Notice, NoticeBanner, Notices};
pub use reach::{Away, use_away};
pub use rows::{Environment, Keeping, Refusal, Rows, use_rows};
pub use seed::{KeptRows, Seed};
pub use written::written;
