//! Texts with a length, counted in characters. Control characters are refused: they only come from broken or hostile input.

use serde::{Deserialize, Serialize};

/// What a text type asks for.
struct Limits {
    noun: &'static str,
    chars_min: usize,
    chars_max: usize,
    /// Whether line breaks and tabs are allowed.
    multiline: bool,
}

fn checked(text: &str, limits: &Limits) -> Result<String, String> {
    let Limits {
        noun,
        chars_min,
        chars_max,
        multiline,
    } = *limits;
    let text = if multiline { text } else { text.trim() };
    // No need to count the characters of a text that is too long in any case.
    if text.len() > chars_max * 4 || text.chars().count() > chars_max {
        return Err(format!(
            "{noun} can have at most {chars_max} characters. Shorten it."
        ));
    }
    if text.chars().count() < chars_min || (chars_min > 0 && text.trim().is_empty()) {
        return Err(format!("{noun} cannot be empty."));
    }
    let allowed = |c: char| !c.is_control() || (multiline && matches!(c, '\n' | '\r' | '\t'));
    if !text.chars().all(allowed) {
        return Err(format!("{noun} contains control characters. Remove them."));
    }
    Ok(text.to_owned())
}

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident $noun:literal $min:literal..=$max:literal $multiline:literal $(with $check:path)?;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters it can have.
            pub const CHARS_MAX: usize = $max;

            /// Checks a text; the error is a sentence for people.
            pub fn parse(text: &str) -> Result<Self, String> {
                let text = checked(text, &Limits { noun: $noun, chars_min: $min, chars_max: $max, multiline: $multiline })?;
                $(let text = $check(text)?;)?
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_types! {
    /// The title of a task, a line in a checklist.
    Title "A title" 1..=255 false;
    /// The name of a person, workspace, project or status.
    Name "A name" 1..=80 false;
    /// The name of a label.
    LabelName "A label's name" 1..=50 false;
    /// A description in Markdown.
    Markdown "A description" 0..=50_000 true;
    /// A comment in Markdown.
    CommentText "A comment" 1..=20_000 true;
    /// A workspace's address: lower-case letters, digits and hyphens.
    Slug "A workspace address" 2..=40 false with slug;
    /// A project's key: two to ten capital letters and digits, beginning with a letter.
    ProjectKey "A project key" 2..=10 false with project_key;
    /// An e-mail address, in lower case.
    Email "An e-mail address" 3..=254 false with email;
    /// What a picture is addressed by: the SHA-256 of its bytes, in hexadecimal digits.
    PictureHash "A picture's hash" 64..=64 false with picture_hash;
    /// A web address: `http`, `https` or `mailto`.
    Link "A link" 1..=2_000 false with link;
}

fn slug(text: String) -> Result<String, String> {
    let fits = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits {
        Ok(text)
    } else {
        Err(
            "A workspace address has lower-case letters, digits and hyphens, such as north-light."
                .into(),
        )
    }
}

fn project_key(text: String) -> Result<String, String> {
    let fits = text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if fits {
        Ok(text)
    } else {
        Err("A project key has 2 to 10 capital letters and digits and begins with a letter, such as WEB.".into())
    }
}

fn email(text: String) -> Result<String, String> {
    let bad = || "Write an e-mail address such as ada@example.org.".to_owned();
    let (name, domain) = text.rsplit_once('@').ok_or_else(bad)?;
    let fits = !name.is_empty()
        && !domain.is_empty()
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !text.contains(char::is_whitespace)
        && !text.contains(['<', '>', '"', ',', ';']);
    if fits {
        // Letters outside of ASCII that fold into it are not the same address.
        Ok(text.to_ascii_lowercase())
    } else {
        Err(bad())
    }
}

fn picture_hash(text: String) -> Result<String, String> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.bytes().all(is_digit) {
        Ok(text)
    } else {
        Err("A picture is addressed by 64 hexadecimal digits.".into())
    }
}

fn link(text: String) -> Result<String, String> {
    if is_safe_url(&text) {
        Ok(text)
    } else {
        Err("A link begins with https://, http:// or mailto:.".into())
    }
}

/// Whether a URL may become a link: only schemes that cannot run code.
pub fn is_safe_url(url: &str) -> bool {
    let lower = url.trim_start().to_ascii_lowercase();
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
}

/// Addresses that no workspace gets: hosts and folders that mean something else, or may one day.
const RESERVED: [&str; 36] = [
    "account",
    "accounts",
    "admin",
    "api",
    "app",
    "assets",
    "auth",
    "autoconfig",
    "blog",
    "cdn",
    "docs",
    "email",
    "files",
    "ftp",
    "graphql",
    "health",
    "help",
    "imap",
    "invite",
    "localhost",
    "login",
    "mail",
    "mcp",
    "ns1",
    "ns2",
    "root",
    "settings",
    "sign-in",
    "sign-up",
    "smtp",
    "static",
    "status",
    "support",
    "teamflow",
    "webmail",
    "www",
];

impl Slug {
    /// Whether no workspace may have it.
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.0.as_str())
    }

    /// A slug made from a name: `North Light` becomes `north-light`; `workspace` where nothing usable is left.
    pub fn from_name(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.to_lowercase().chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.ends_with('-') && !slug.is_empty() {
                slug.push('-');
            }
        }
        slug.truncate(40);
        Self::parse(slug.trim_matches('-')).unwrap_or_else(|_| Self("workspace".into()))
    }
}

impl ProjectKey {
    /// A key made from a name: the initials of several words, else the first letters; `PRJ` where nothing usable is left.
    pub fn from_name(name: &str) -> Self {
        let ascii = |word: &str| -> String {
            word.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_uppercase()
        };
        let words: Vec<String> = name
            .split_whitespace()
            .map(ascii)
            .filter(|w| !w.is_empty())
            .collect();
        let key: String = match words.as_slice() {
            [one] => one.chars().take(3).collect(),
            several => several
                .iter()
                .filter_map(|w| w.chars().next())
                .take(4)
                .collect(),
        };
        Self::parse(&key).unwrap_or_else(|_| Self("PRJ".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_counted_in_characters_and_named() {
        assert!(Title::parse(&"ü".repeat(255)).is_ok());
        let long = Title::parse(&"ü".repeat(256)).unwrap_err();
        assert!(long.contains("255"), "{long}");
        assert!(Title::parse("   ").is_err());
        assert!(Title::parse("a\u{0}b").is_err());
        assert!(Title::parse("a\nb").is_err());
        assert!(CommentText::parse("a\nb").is_ok());
        assert!(Markdown::parse("").is_ok());
        assert_eq!(Title::parse("  a  ").unwrap().as_str(), "a");
    }

    #[test]
    fn keys_and_slugs_are_made_from_names() {
        assert_eq!(Slug::from_name("North Light!").as_str(), "north-light");
        assert_eq!(Slug::from_name("בדיקה").as_str(), "workspace");
        assert_eq!(ProjectKey::from_name("Web app").as_str(), "WA");
        assert_eq!(ProjectKey::from_name("Nebula").as_str(), "NEB");
        assert_eq!(ProjectKey::from_name("בדיקה").as_str(), "PRJ");
        assert_eq!(ProjectKey::from_name("1 thing").as_str(), "PRJ");
    }

    #[test]
    fn only_harmless_schemes_become_links() {
        assert!(Link::parse("https://example.org").is_ok());
        for bad in [
            "javascript:alert(1)",
            " JaVaScRiPt:x",
            "data:text/html,x",
            "//example.org",
        ] {
            assert!(Link::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_email_address_is_kept_in_lower_case() {
        assert_eq!(
            Email::parse("Ada@Example.org").unwrap().as_str(),
            "ada@example.org"
        );
        for bad in [
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "a@.org",
            "<a@b>",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }
}
