//! What a board shows: a filter that lives in the URL's query. All parts must hold; within a part, any value.

use crate::ids::{LabelId, UserId};
use crate::tasks::{Priority, Task};

/// A filter over tasks. Empty parts let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that all must occur in the title or the key, whatever their case.
    pub text: String,
    /// Who does it; `None` stands for nobody.
    pub assignees: Vec<Option<UserId>>,
    /// Which labels; `None` stands for no label.
    pub labels: Vec<Option<LabelId>>,
    /// Which priorities.
    pub priorities: Vec<Priority>,
}

/// What stands for "none" in a query.
const NONE: &str = "none";

impl Filter {
    /// Reads a filter from query parameters; `me` stands for the person who looks. What cannot be read is passed over.
    pub fn from_query<'q>(
        pairs: impl IntoIterator<Item = (&'q str, &'q str)>,
        me: Option<UserId>,
    ) -> Self {
        let mut filter = Filter::default();
        for (name, value) in pairs {
            let values = value.split(',').filter(|value| !value.is_empty());
            match name {
                "q" => value.trim().clone_into(&mut filter.text),
                "assignee" => filter
                    .assignees
                    .extend(values.filter_map(|value| match value {
                        NONE => Some(None),
                        "me" => me.map(Some),
                        id => id.parse().ok().map(Some),
                    })),
                "label" => filter.labels.extend(values.filter_map(|value| match value {
                    NONE => Some(None),
                    id => id.parse().ok().map(Some),
                })),
                "priority" => filter.priorities.extend(values.filter_map(Priority::parse)),
                _ => {}
            }
        }
        filter
    }

    /// The query parameters that say the same, in a fixed order; values still need URL encoding.
    pub fn to_query(&self) -> Vec<(&'static str, String)> {
        fn joined(values: impl Iterator<Item = String>) -> String {
            values.collect::<Vec<_>>().join(",")
        }
        fn or_none<T: ToString>(id: Option<&T>) -> String {
            id.map_or_else(|| NONE.to_owned(), T::to_string)
        }
        let pairs = [
            ("q", self.text.clone()),
            (
                "assignee",
                joined(self.assignees.iter().map(Option::as_ref).map(or_none)),
            ),
            (
                "label",
                joined(self.labels.iter().map(Option::as_ref).map(or_none)),
            ),
            (
                "priority",
                joined(self.priorities.iter().map(|p| p.as_str().to_owned())),
            ),
        ];
        pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    /// Whether a task passes. `key` is its project's key, as the text may be a task's name.
    pub fn matches(&self, task: &Task, key: &str) -> bool {
        let any = |empty: bool, found: bool| empty || found;
        any(
            self.assignees.is_empty(),
            self.assignees.iter().any(|wanted| match wanted {
                None => task.assignees.is_empty(),
                Some(user) => task.assignees.contains(user),
            }),
        ) && any(
            self.labels.is_empty(),
            self.labels.iter().any(|wanted| match wanted {
                None => task.labels.is_empty(),
                Some(label) => task.labels.contains(label),
            }),
        ) && any(
            self.priorities.is_empty(),
            self.priorities.contains(&task.priority),
        ) && self.matches_text(task, key)
    }

    fn matches_text(&self, task: &Task, key: &str) -> bool {
        if self.text.is_empty() {
            return true;
        }
        let title = task.title.as_str().to_lowercase();
        let name = format!("{key}-{}", task.number).to_lowercase();
        self.text
            .to_lowercase()
            .split_whitespace()
            .all(|word| title.contains(word) || name == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn ids<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = Vec<Option<T>>> {
        proptest::collection::vec(
            any::<Option<u128>>().prop_map(|id| id.map(|id| T::from(Uuid::from_u128(id)))),
            0..4,
        )
    }

    proptest! {
        #[test]
        fn a_filter_reads_back_from_its_query(
            text in "[a-z ]{0,12}",
            assignees in ids::<UserId>(),
            labels in ids::<LabelId>(),
            priorities in proptest::collection::vec(proptest::sample::select(&Priority::ALL[..]), 0..3),
        ) {
            let filter = Filter { text: text.trim().to_owned(), assignees, labels, priorities };
            let query = filter.to_query();
            let read = Filter::from_query(query.iter().map(|(name, value)| (*name, value.as_str())), None);
            prop_assert_eq!(read, filter);
        }

        #[test]
        fn any_query_is_read_without_harm(name in ".*", value in ".*") {
            let _ = Filter::from_query([(name.as_str(), value.as_str()), ("label", value.as_str())], None);
        }
    }
}
