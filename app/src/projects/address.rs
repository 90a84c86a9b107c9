//! The project in the address.

use crate::erased::memo;
use crate::routes::{href, in_place};
use crate::sync::Rows;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate, use_params_map};
use shared::ids::ProjectId;
use shared::projects::Project;
use shared::values::ProjectKey;

/// A project under a key in the address, which need not be its key any more.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    project: ProjectId,
    at: String,
    key: ProjectKey,
}

/// The project in the address, if the person sees one there. When its key changes while it is open, be it by others or
/// because a change was refused, the address goes along.
pub fn use_project(rows: Rows) -> Memo<Option<ProjectId>> {
    let params = use_params_map();
    let open = Memo::new(move |before: Option<&Option<Open>>| {
        let params = params.read();
        let at = params.get_str("key")?;
        let projects = rows.all::<Project>();
        let find = |is_it: &dyn Fn(&Project) -> bool| {
            let mut seen = projects.iter().filter(|it| it.trashed_at.is_none());
            seen.find(|it| is_it(it))
        };
        let before = before.and_then(Option::as_ref).filter(|it| it.at == at);
        let same = before.and_then(|before| find(&|it| it.id == before.project));
        let found = same.or_else(|| find(&|it| it.key.as_str() == at))?;
        Some(Open {
            project: found.id,
            at: at.to_owned(),
            key: found.key.clone(),
        })
    });
    let (location, navigate) = (use_location(), use_navigate());
    Effect::new(move |_| {
        let open = open.read();
        let Some(open) = open.as_ref().filter(|it| it.at != it.key.as_str()) else {
            return;
        };
        let path = moved(&location.pathname.get_untracked(), open.key.as_str());
        let address = href::with_query(path, &location.search.read_untracked());
        navigate(&address, in_place());
    });
    memo(move || open.read().as_ref().map(|it| it.project))
}

/// A page's path under another key: `/w/:slug/:key` and what follows.
fn moved(path: &str, key: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    if let Some(part) = parts.get_mut(3) {
        *part = key;
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_what_it_is_but_for_the_key() {
        assert_eq!(moved("/w/north/WA/board", "SHOP"), "/w/north/SHOP/board");
        assert_eq!(
            moved("/w/north/WA/board/7", "SHOP"),
            "/w/north/SHOP/board/7"
        );
        let queried = |search| href::with_query(String::new(), search);
        assert_eq!(queried(""), "");
        assert_eq!(queried("?q=a%20b"), "?q=a%20b");
        assert_eq!(queried("q=a"), "?q=a");
    }
}
