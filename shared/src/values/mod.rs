//! Small validated types with their limits. Parsing is the only way to make one, so a value that exists is valid.

mod color;
mod date;
pub mod merge;
mod rank;
mod text;
mod time;

pub use color::Color;
pub use date::Date;
pub use rank::{Place, Rank};
pub use text::{
    CommentText, Email, LabelName, Link, Markdown, Name, PictureHash, ProjectKey, Slug, Title,
    is_safe_url,
};

use serde::{Deserialize, Serialize};

/// A moment: Unix milliseconds, always the server's.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

/// Story points in hundredths, 0 to 100 points. Whole numbers of hundredths keep every target's arithmetic identical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Points(u32);

impl Points {
    /// The values that the interface offers.
    pub const OFFERED: [Points; 9] = [
        Points(0),
        Points(50),
        Points(100),
        Points(200),
        Points(300),
        Points(500),
        Points(800),
        Points(1_300),
        Points(2_100),
    ];

    /// Points from hundredths; at most 100 points.
    pub fn from_hundredths(hundredths: u32) -> Result<Self, String> {
        if hundredths > 10_000 {
            return Err("Story points go from 0 to 100.".into());
        }
        Ok(Self(hundredths))
    }

    /// Points from a decimal text such as `2.5`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || "Story points are a number from 0 to 100, such as 3 or 0.5.".to_owned();
        let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        if part.len() > 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let whole: u32 = whole.parse().map_err(|_| bad())?;
        let part: u32 = format!("{part:0<2}").parse().map_err(|_| bad())?;
        Self::from_hundredths(whole.saturating_mul(100).saturating_add(part))
    }

    /// Hundredths of a point.
    pub const fn hundredths(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Points {
    type Error = String;
    fn try_from(hundredths: u32) -> Result<Self, String> {
        Self::from_hundredths(hundredths)
    }
}

impl From<Points> for u32 {
    fn from(points: Points) -> u32 {
        points.0
    }
}

impl std::fmt::Display for Points {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (0, 50) => f.write_str("½"),
            (whole, 50) => write!(f, "{whole}½"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{}", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02}"),
        }
    }
}

/// An estimate in minutes, up to 10,000 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Minutes(u32);

impl Minutes {
    /// Minutes; at most 600,000.
    pub fn new(minutes: u32) -> Result<Self, String> {
        if minutes > 600_000 {
            return Err("An estimate goes up to 10,000 hours.".into());
        }
        Ok(Self(minutes))
    }

    /// Reads `2h 30m`, `2.5h`, `45m`, `90` (minutes) or `3d` (days of eight hours).
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || "Write an estimate like 2h 30m, 45m or 3d.".to_owned();
        let mut total = 0_u32;
        let mut any = false;
        for word in text.split_whitespace() {
            let (number, unit) = match word
                .char_indices()
                .find(|(_, c)| !c.is_ascii_digit() && *c != '.')
            {
                Some((at, _)) => word.split_at(at),
                None => (word, "m"),
            };
            let factor = match unit {
                "m" | "min" => 60,
                "h" => 3_600,
                "d" => 8 * 3_600,
                "w" => 5 * 8 * 3_600,
                _ => return Err(bad()),
            };
            let hundredths = parse_hundredths(number).ok_or_else(bad)?;
            total = hundredths
                .checked_mul(factor)
                .and_then(|n| total.checked_add(n / 6_000))
                .ok_or_else(bad)?;
            any = true;
        }
        if any { Self::new(total) } else { Err(bad()) }
    }

    /// The number of minutes.
    pub const fn get(self) -> u32 {
        self.0
    }
}

fn parse_hundredths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 2 {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

impl TryFrom<u32> for Minutes {
    type Error = String;
    fn try_from(minutes: u32) -> Result<Self, String> {
        Self::new(minutes)
    }
}

impl From<Minutes> for u32 {
    fn from(minutes: Minutes) -> u32 {
        minutes.0
    }
}

impl std::fmt::Display for Minutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0 / 60, self.0 % 60) {
            (0, m) => write!(f, "{m}m"),
            (h, 0) => write!(f, "{h}h"),
            (h, m) => write!(f, "{h}h {m}m"),
        }
    }
}

/// Whether a value is its type's default: such fields are left out on the wire.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_and_shown_as_people_write_them() {
        for (text, shown) in [
            ("0", "0"),
            ("0.5", "½"),
            ("3", "3"),
            ("2.5", "2½"),
            ("1.25", "1.25"),
            ("100", "100"),
        ] {
            assert_eq!(Points::parse(text).unwrap().to_string(), shown);
        }
        for bad in ["", "-1", "101", "1.234", "1,5", "x", "99999999999"] {
            assert!(Points::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn estimates_are_read_and_shown_as_people_write_them() {
        for (text, minutes) in [
            ("90", 90),
            ("45m", 45),
            ("2h 30m", 150),
            ("2.5h", 150),
            ("3d", 1_440),
            ("1w", 2_400),
        ] {
            assert_eq!(Minutes::parse(text).unwrap().get(), minutes, "{text}");
        }
        assert_eq!(Minutes::parse("2h 30m").unwrap().to_string(), "2h 30m");
        for bad in ["", "h", "2x", "1.234h", "99999999999m"] {
            assert!(Minutes::parse(bad).is_err(), "{bad}");
        }
    }
}
