//! A project itself: what it is like, who is in it and sees it, and where it goes when it is put away.

pub mod address;
pub mod archived;
pub mod archived_banner;
pub mod ending;
pub mod fields;
pub mod head;
pub mod people;
pub mod settings;

pub use address::use_project;
pub use archived::ArchivedProjects;
pub use archived_banner::ArchivedBanner;
pub use head::ProjectHead;
pub use people::PeoplePage;
pub use settings::ProjectSettingsPage;
