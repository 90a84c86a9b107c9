//! Profiles: a person's picture, how they want to see things, and what they want to hear of.

pub mod api;
pub mod notices;
pub mod page;
mod zones;

pub use page::ProfilePage;

use crate::layout::Theme;
use serde::{Deserialize, Serialize};
use shared::values::PictureHash;
use std::collections::BTreeSet;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// Every one, in the order of the page.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Its word in forms and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// What people read.
            pub const fn text(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// The one of that word.
            pub fn parse(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// Something that people are told of.
    Kind {
        /// A task became theirs.
        Assigned = "assigned" "A task is assigned to me",
        /// Somebody named them.
        Mentioned = "mentioned" "Somebody mentions me",
        /// Somebody wrote on a task of theirs.
        Commented = "commented" "Somebody comments on my task",
        /// A task of theirs went on.
        Moved = "moved" "My task changes its status",
        /// A task of theirs is due.
        Due = "due" "My task is due soon",
    }
}

words! {
    /// A way to tell people.
    Channel {
        /// In the application.
        App = "app" "Here",
        /// By mail.
        Mail = "mail" "By mail",
    }
}

words! {
    /// What is wrong with a file that should be a picture.
    PictureProblem {
        /// Too many bytes.
        TooLarge = "large" "A picture can have at most 5 MB. Choose a smaller one.",
        /// Too many pixels.
        TooManyPixels = "pixels" "A picture can have at most 6,000 pixels a side and 16 million in all. Choose a smaller one.",
        /// Not PNG, JPEG or WebP, or broken.
        Unreadable = "unreadable" "This is no picture that can be read. Choose a PNG, JPEG or WebP file.",
    }
}

/// How somebody wants to see things, and what they want to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The address of their picture; initials stand for who has none.
    pub avatar: Option<PictureHash>,
    /// A name of the IANA's list; the browser's where nothing is chosen.
    pub time_zone: Option<String>,
    /// Light, dark, or as the device has it: on every device.
    pub theme: Theme,
    /// What they are told of, by which way.
    pub notices: BTreeSet<(Kind, Channel)>,
}

impl Default for Profile {
    /// Whoever has said nothing hears of everything here, and by mail of what is meant for them.
    fn default() -> Self {
        let here = Kind::ALL.iter().map(|kind| (*kind, Channel::App));
        let by_mail = [Kind::Assigned, Kind::Mentioned].map(|kind| (kind, Channel::Mail));
        Self {
            avatar: None,
            time_zone: None,
            theme: Theme::System,
            notices: here.chain(by_mail).collect(),
        }
    }
}

/// The word of a way to hear of something, in a form: `assigned:mail`.
pub fn place_word((kind, channel): (Kind, Channel)) -> String {
    format!("{}:{}", kind.as_str(), channel.as_str())
}

/// Reads such a word.
pub fn parse_place(word: &str) -> Option<(Kind, Channel)> {
    let (kind, channel) = word.split_once(':')?;
    Some((Kind::parse(kind)?, Channel::parse(channel)?))
}

/// Where a picture is.
pub fn picture_address(hash: &PictureHash) -> String {
    format!("/avatars/{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_hear_of_something_is_read_as_it_was_written() {
        for kind in Kind::ALL {
            for channel in Channel::ALL {
                let place = (*kind, *channel);
                assert_eq!(parse_place(&place_word(place)), Some(place));
            }
        }
        assert_eq!(parse_place("assigned"), None);
        assert_eq!(parse_place("assigned:pigeon"), None);
    }
}
