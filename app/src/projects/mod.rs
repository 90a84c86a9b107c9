//! A project itself: who is in it, and who sees it.

pub mod people;

pub use people::PeoplePage;
