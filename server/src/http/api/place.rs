//! Where in a list something goes.

use crate::http::Error;
use serde::Deserialize;
use shared::codes::Rejected;
use shared::values::Place;
use utoipa::ToSchema;

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// Before everything.
    First,
    /// After everything.
    Last,
}

/// The place that `after_id`, `before_id` and `position` say; nothing where they say nothing.
pub fn place<Id>(
    after: Option<Id>,
    before: Option<Id>,
    position: Option<Position>,
) -> Result<Option<Place<Id>>, Error> {
    Ok(match (after, before, position) {
        (None, None, None) => None,
        (None, None, Some(Position::First)) => Some(Place::First),
        (None, None, Some(Position::Last)) => Some(Place::Last),
        (after, before, None) => Some(Place::Near { after, before }),
        _ => {
            let text = "Give either neighbours (after_id, before_id) or a position.";
            return Err(Rejected::field("position", text).into());
        }
    })
}
