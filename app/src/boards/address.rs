//! The board's part of the address: which filter it shows.

use crate::erased::memo;
use crate::routes::href::encoded;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use shared::filter::Filter;
use shared::ids::UserId;
use std::sync::Arc;

type Navigate = Arc<dyn Fn(&str, NavigateOptions) + Send + Sync>;

/// Leads to other addresses of the board.
#[derive(Clone, Copy)]
pub(super) struct Address {
    path: Memo<String>,
    navigate: StoredValue<Navigate>,
}

impl Address {
    pub(super) fn here() -> Self {
        let navigate: Navigate = Arc::new(use_navigate());
        Self {
            path: use_location().pathname,
            navigate: StoredValue::new(navigate),
        }
    }

    /// Goes to a path with a filter. What is replaced, "back" passes over.
    pub(super) fn go(self, path: &str, filter: &Filter, replace: bool) {
        let options = NavigateOptions {
            replace,
            scroll: false,
            ..NavigateOptions::default()
        };
        let address = format!("{path}{}", query(filter));
        // Out of the borrow: going there may end the board that asks for it.
        let navigate = self.navigate.get_value();
        navigate(&address, options);
    }

    /// Stays here with another filter.
    pub(super) fn filter(self, filter: &Filter) {
        self.go(&self.path.get_untracked(), filter, true);
    }
}

/// The filter in the address.
pub(super) fn use_filter(me: UserId) -> Memo<Filter> {
    let params = use_query_map();
    memo(move || {
        let params = params.read();
        let pairs = ["q", "assignee", "label", "priority"]
            .into_iter()
            .filter_map(|name| Some((name, params.get_str(name)?)));
        Filter::from_query(pairs, Some(me))
    })
}

/// A filter as the end of an address: empty, or `?` and what follows.
fn query(filter: &Filter) -> String {
    let pairs = filter.to_query();
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    if query.is_empty() {
        query
    } else {
        format!("?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::tasks::Priority;

    #[test]
    fn a_filter_is_written_as_a_query() {
        assert_eq!(query(&Filter::default()), "");
        let filter = Filter {
            text: "drag & drop".into(),
            assignees: vec![None],
            priorities: vec![Priority::High, Priority::Urgent],
            ..Filter::default()
        };
        assert_eq!(
            query(&filter),
            "?q=drag%20%26%20drop&assignee=none&priority=high%2Curgent"
        );
    }
}
