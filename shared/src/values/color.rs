//! The palette: names, so that each theme decides what they look like.

use serde::{Deserialize, Serialize};

macro_rules! colors {
    ($($name:ident = $text:literal)*) => {
        /// A colour of the palette.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Color { #[default] $($name),* }

        impl Color {
            /// The palette in the order in which it is offered.
            pub const ALL: &'static [Color] = &[$(Color::$name),*];

            /// The name, as in `data-color`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Color::$name => $text),* }
            }

            /// The colour of that name.
            pub fn parse(name: &str) -> Option<Color> {
                match name { $($text => Some(Color::$name),)* _ => None }
            }
        }
    };
}

colors! {
    Gray = "gray"
    Red = "red"
    Orange = "orange"
    Amber = "amber"
    Yellow = "yellow"
    Lime = "lime"
    Green = "green"
    Teal = "teal"
    Cyan = "cyan"
    Blue = "blue"
    Indigo = "indigo"
    Violet = "violet"
    Pink = "pink"
    Brown = "brown"
}

impl Color {
    /// A colour that is always the same for the same bytes: for people and imported things that have none.
    pub fn of(bytes: &[u8]) -> Color {
        let sum = bytes.iter().fold(7_u32, |sum, b| {
            sum.wrapping_mul(31).wrapping_add((*b).into())
        });
        // Grey stands for "none".
        Self::ALL[1 + sum as usize % (Self::ALL.len() - 1)]
    }
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
