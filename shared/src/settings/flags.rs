//! Features that are on for some. Pure: the server and the pages come to the same answer.

use crate::ids::{UserId, derived};
use serde::{Deserialize, Serialize};

/// For whom a feature is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// For nobody.
    Off,
    /// For everybody.
    On,
    /// For so many of a hundred: always the same ones, and with a greater number these and more.
    Percent(u8),
    /// For these.
    People(Vec<UserId>),
}

/// A feature with its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// For whom it is on.
    pub rule: Rule,
}

impl Flag {
    /// The longest name.
    pub const NAME_MAX: usize = 50;
    /// The most people in a list.
    pub const PEOPLE_MAX: usize = 500;

    /// Reads a name: small letters, digits and hyphens.
    pub fn parse_name(text: &str) -> Result<String, String> {
        let name = text.trim();
        let is_plain = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_plain && (1..=Self::NAME_MAX).contains(&name.len()) {
            Ok(name.to_owned())
        } else {
            Err(format!(
                "Take 1 to {} small letters, digits and hyphens.",
                Self::NAME_MAX
            ))
        }
    }

    /// Whether the feature is on for somebody.
    pub fn is_on(&self, user: UserId) -> bool {
        match &self.rule {
            Rule::Off => false,
            Rule::On => true,
            Rule::Percent(percent) => {
                let place = derived(&[self.name.as_bytes(), user.uuid().as_bytes()]);
                // The last bytes of the hash; those in the middle name the UUID's kind.
                let bytes = place.as_bytes();
                let number = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
                number % 100 < u32::from(*percent)
            }
            Rule::People(people) => people.contains(&user),
        }
    }
}

/// Whether a feature is on for somebody. One that there is no flag of is off.
pub fn is_on(flags: &[Flag], name: &str, user: UserId) -> bool {
    let mut named = flags.iter().filter(|flag| flag.name == name);
    named.next().is_some_and(|flag| flag.is_on(user))
}

/// The names of the features that are on for somebody.
pub fn on_for(flags: &[Flag], user: UserId) -> Vec<String> {
    let on = flags.iter().filter(|flag| flag.is_on(user));
    on.map(|flag| flag.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn flag(rule: Rule) -> Flag {
        Flag {
            name: "new-board".into(),
            rule,
        }
    }

    fn users() -> impl Iterator<Item = UserId> {
        (0..10_000).map(|n: u64| UserId::new(i64::try_from(n).unwrap() * 977, [7; 10]))
    }

    #[test]
    fn a_percentage_is_about_that_many_and_grows_by_adding() {
        let mut before: Vec<UserId> = Vec::new();
        for percent in [0, 10, 50, 90, 100] {
            let flag = flag(Rule::Percent(percent));
            let on: Vec<UserId> = users().filter(|user| flag.is_on(*user)).collect();
            let wanted = usize::from(percent) * 100;
            assert!(on.len().abs_diff(wanted) < 250, "{percent}: {}", on.len());
            assert!(before.iter().all(|user| on.contains(user)), "{percent}");
            before = on;
        }
    }

    #[test]
    fn off_on_and_a_list_are_what_they_say() {
        let (ada, ben) = (
            UserId::from_uuid(Uuid::from_u128(1)),
            UserId::from_uuid(Uuid::from_u128(2)),
        );
        assert!(!flag(Rule::Off).is_on(ada));
        assert!(flag(Rule::On).is_on(ada));
        let list = flag(Rule::People(vec![ada]));
        assert_eq!([list.is_on(ada), list.is_on(ben)], [true, false]);
        let flags = [list, flag(Rule::Off)];
        assert_eq!(on_for(&flags, ada), ["new-board"]);
        assert!(is_on(&flags, "new-board", ada) && !is_on(&flags, "new-board", ben));
        assert!(!is_on(&flags, "old-board", ada));
    }

    #[test]
    fn a_name_is_plain() {
        assert_eq!(Flag::parse_name(" new-board ").unwrap(), "new-board");
        for bad in ["", "New", "a b", "a_b", &"x".repeat(51)] {
            assert!(Flag::parse_name(bad).is_err(), "{bad}");
        }
    }
}
