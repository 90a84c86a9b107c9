use super::Answer;
use crate::profiles::Profile;

/// The part of the backend that is about what people are like.
pub trait ProfilesBackend {
    /// How who asks wants to see things.
    fn find_profile(&self) -> Answer<Profile>;
    /// Keeps how who asks wants to see things; an empty time zone is the browser's.
    fn save_profile(&self, time_zone: String, theme: String) -> Answer<()>;
    /// Keeps the theme that who asks has chosen, for their other devices.
    fn save_theme(&self, theme: String) -> Answer<()>;
    /// Keeps what who asks wants to hear of: exactly these ways.
    fn save_notices(&self, on: Vec<String>) -> Answer<()>;
    /// Takes the picture of who asks away.
    fn remove_avatar(&self) -> Answer<()>;
}
