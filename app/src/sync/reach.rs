//! Whether there is a server to wait for.

use super::Rows;
use crate::dom::network::use_online;
use crate::erased::memo;
use leptos::prelude::*;
use shared::sync::Link;

/// Whether the server cannot be reached, in the context of the frame. While it is tried again that stays true.
#[derive(Clone, Copy)]
pub struct Away(Memo<bool>);

impl Away {
    /// Follows the connection.
    pub fn new(rows: Rows) -> Self {
        let (link, online) = (rows.link(), use_online());
        let was_away = StoredValue::new(false);
        Self(memo(move || {
            let is_away = match link.get().link {
                _ if !online.get() => true,
                Link::Backoff => true,
                Link::Connecting => was_away.get_value(),
                Link::CatchingUp | Link::Live | Link::Closed => false,
            };
            was_away.set_value(is_away);
            is_away
        }))
    }
}

/// Whether the server cannot be reached.
///
/// # Panics
/// Outside of a workspace's pages, which is a mistake in the routes.
pub fn use_away() -> Memo<bool> {
    use_context::<Away>().expect("the frame provides it").0
}
