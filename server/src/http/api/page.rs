//! Lists, a page at a time. A cursor is opaque to whoever holds it: the place after which the next page begins.

use crate::http::Error;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use shared::codes::Rejected;
use utoipa::{IntoParams, ToSchema};

/// How many things are on a page when nobody says.
const LIMIT_DEFAULT: usize = 25;
/// How many things are on a page at most.
const LIMIT_MAX: usize = 100;

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The `cursor` of the next page; `null` on the last one.
    #[schema(required, example = "MTI")]
    pub next_cursor: Option<String>,
}

/// The query of a list that takes no filter.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items, 25 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// What it says.
    pub fn paging(&self) -> Result<Paging, Error> {
        Paging::of(self.limit, self.cursor.as_deref())
    }
}

/// What a request says about pages.
pub struct Paging {
    /// How many things it wants.
    pub limit: usize,
    /// The place after which it wants them.
    pub after: Option<String>,
}

impl Paging {
    /// Reads the `limit` and the `cursor` of a query.
    pub fn of(limit: Option<usize>, cursor: Option<&str>) -> Result<Self, Error> {
        let limit = limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            let text = format!("A page has 1 to {LIMIT_MAX} items. Ask for the next with cursor.");
            return Err(Rejected::field("limit", text).into());
        }
        let after = cursor.map(read).transpose()?;
        Ok(Self { limit, after })
    }

    /// The page of a list that is in memory. Keys order the list and are unique in it.
    pub fn cut<R, V>(
        &self,
        rows: Vec<R>,
        key: impl Fn(&R) -> String,
        view: impl FnMut(R) -> V,
    ) -> Page<V> {
        let after = self.after.as_deref();
        let mut keyed: Vec<(String, R)> = rows
            .into_iter()
            .map(|row| (key(&row), row))
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        let more = keyed.len() > self.limit;
        keyed.truncate(self.limit);
        let next_cursor = keyed.last().filter(|_| more).map(|(key, _)| cursor(key));
        Page {
            items: keyed.into_iter().map(|(_, row)| row).map(view).collect(),
            next_cursor,
        }
    }
}

/// The cursor of a place.
pub fn cursor(place: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(place)
}

/// The refusal of a cursor that is none.
pub fn bad_cursor() -> Error {
    let text = "This cursor does not belong to this list. Begin again without one.";
    Rejected::field("cursor", text).into()
}

fn read(cursor: &str) -> Result<String, Error> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(cursor)
        .map_err(|_| bad_cursor())?;
    let place = String::from_utf8(bytes).map_err(|_| bad_cursor())?;
    Some(place)
        .filter(|it| !it.contains('\0'))
        .ok_or_else(bad_cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_without_gap_or_overlap() {
        let all: Vec<u32> = (0..60).rev().collect();
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let paging = Paging::of(None, next.as_deref()).unwrap();
            let page = paging.cut(all.clone(), |n| format!("{n:03}"), |n| n);
            assert!(page.items.len() <= LIMIT_DEFAULT);
            seen.extend(page.items);
            next = page.next_cursor;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..60).collect::<Vec<_>>());
    }

    #[test]
    fn limits_and_cursors_out_of_range_are_refused() {
        for limit in [0, LIMIT_MAX + 1] {
            assert!(Paging::of(Some(limit), None).is_err());
        }
        for cursor in ["*", "gA", "ä"] {
            assert!(Paging::of(None, Some(cursor)).is_err(), "{cursor}");
        }
    }
}
